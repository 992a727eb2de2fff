/** What one contestant is asked to do, in a process of its own. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { mainThreadCpu, processCpu } from './cpu.ts';
import { FRAMES, failureOf } from './failure.ts';
import type { Failure, Opened } from './contestant.ts';

export type MeasureName = 'errors' | 'burst' | 'lines' | 'one';

export type Figures = Readonly<Record<string, number>>;

export const ERRORS = 960;
export const BURST = 5_000;
export const LINES = 200_000;

/** Errors for which everything is compiled and open; their numbers are beyond those that count. */
const WARM_UP = 320;
const WARM_UP_FROM = 1_000_000;

/**
 * Errors at once, and ms until the next: fewer than the 64 requests that Sentry's SDK has under way at
 * most, so that nobody saves work by dropping.
 */
const AT_ONCE = 32;
const PAUSE = 64;

/** Lines or errors that a busy server logs in one turn of its event loop. */
const TURN = 100;

export const MEASURES: Readonly<Record<MeasureName, (open: Open) => Promise<Figures>>> = {
  errors: measureErrors,
  burst: measureBurst,
  lines: measureLines,
  one: measureOne,
};

type Open = () => Promise<Opened>;

/** CPU for each error, with all that follows from it until it has arrived. */
async function measureErrors(open: Open): Promise<Figures> {
  const opened = await openWarm(open);
  // What an application does to make an error is not what is measured.
  const failures = Array.from({ length: ERRORS }, (_, number) => failureOf(number));
  const [main, all] = [mainThreadCpu(), processCpu()];
  await failPaced(opened, failures);
  await opened.close();
  return { mainUs: (mainThreadCpu() - main) / ERRORS, allUs: (processCpu() - all) / ERRORS };
}

/** As many errors as the process can log, until they have arrived. */
async function measureBurst(open: Open): Promise<Figures> {
  const opened = await openWarm(open);
  const started = Date.now();
  const before = otherThreadsCpu();
  for (let number = 0; number < BURST; number += 1) {
    opened.fail(failureOf(number));
    if (number % TURN === TURN - 1) await setImmediate();
  }
  await opened.close();
  const ended = Date.now();
  const workerUs = otherThreadsCpu() - before;
  return { started, ended, workerUs, peakMb: process.resourceUsage().maxRSS / 1_000 };
}

/** µs of CPU of a worker, with what the main thread's compiler and collector do in others. */
function otherThreadsCpu(): number {
  return processCpu() - mainThreadCpu();
}

/** CPU for lines below the threshold, and that of the whole process from its start to its end. */
async function measureLines(open: Open): Promise<Figures> {
  const opened = await open();
  const main = mainThreadCpu();
  for (let line = 0; line < LINES; line += 1) {
    opened.line?.({ line, path: '/orders/17', userAgent: 'curl/8.5.0' }, 'request completed');
    if (line % TURN === TURN - 1) await setImmediate();
  }
  await opened.close();
  return { mainUs: (mainThreadCpu() - main) / LINES, allMs: processCpu() / 1_000 };
}

/** What a short program does; its parent looks at the clock besides. */
async function measureOne(open: Open): Promise<Figures> {
  const opened = await open();
  opened.fail(failureOf(0));
  await opened.close();
  return { cpuMs: processCpu() / 1_000 };
}

async function openWarm(open: Open): Promise<Opened> {
  const opened = await open();
  await opened.ready;
  // After the contestant, which may have set another.
  Error.stackTraceLimit = FRAMES;
  const failures = Array.from({ length: WARM_UP }, (_, number) => failureOf(WARM_UP_FROM + number));
  await failPaced(opened, failures);
  return opened;
}

async function failPaced(opened: Opened, failures: readonly Failure[]): Promise<void> {
  for (const [index, failure] of failures.entries()) {
    opened.fail(failure);
    if (index % AT_ONCE === AT_ONCE - 1) await sleep(PAUSE);
  }
}
