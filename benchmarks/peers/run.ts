/** One case in a process of its own, and what the server says of it. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ROOT } from './install.ts';
import { BURST, ERRORS, type Figures, type MeasureName } from './measures.ts';
import type { Contestant } from './contestant.ts';
import type { Target } from './target.ts';

/** ms after which a process that does not end is killed. */
const PATIENCE = 60_000;

const EXPECTED: Readonly<Record<MeasureName, number>> = {
  errors: ERRORS,
  burst: BURST,
  lines: 0,
  one: 1,
};

/** Nothing of whoever runs the benchmark: no keys, no proxies, no options of Node. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_ENV: 'production',
};

export interface Outcome {
  readonly figures: Figures;
  /** What the first error had that arrived. */
  readonly has: readonly string[];
}

/** @throws {Error} when the process fails or does not end, with the end of what it printed. */
export async function runCase(
  contestant: Contestant,
  measure: MeasureName,
  folder: string,
  target: Target,
): Promise<Outcome> {
  target.reset();
  const started = performance.now();
  const child = fork(
    fileURLToPath(new URL('case.js', import.meta.url)),
    [contestant.name, measure, folder, target.url],
    {
      // Where the errors come from is the application's.
      cwd: ROOT,
      env: ENVIRONMENT,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    },
  );
  let said: Figures | undefined;
  child.once('message', (figures) => (said = figures as Figures));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream
      ?.setEncoding('utf8')
      .on('data', (text: string) => (printed = (printed + text).slice(-800)));
  }
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const tookMs = performance.now() - started;
  await closed;
  if (said === undefined || code !== 0) {
    const how = signal ?? `status ${code}`;
    throw new Error(`${contestant.name}, ${measure}: ended with ${how}\n${printed}`);
  }
  const arrived = await target.report();
  const lost = EXPECTED[measure] - arrived.errors;
  return {
    figures: figuresOf(measure, said, {
      lost,
      last: arrived.last,
      tookMs,
      isWorker: contestant.isWorker === true,
    }),
    has: arrived.has,
  };
}

function figuresOf(
  measure: MeasureName,
  said: Figures,
  seen: {
    readonly lost: number;
    readonly last: number;
    readonly tookMs: number;
    readonly isWorker: boolean;
  },
): Figures {
  if (measure === 'lines') return said;
  if (measure === 'one') return { ...said, ms: seen.tookMs, lost: seen.lost };
  if (measure === 'errors') return { ...said, lost: seen.lost };
  const { started = NaN, ended = NaN, workerUs = NaN, ...rest } = said;
  // Who says that all is done before it has arrived is not faster for it.
  const seconds = (Math.max(ended, seen.last) - started) / 1_000;
  const delivered = BURST - seen.lost;
  const perCpuSecond = seen.isWorker ? { perCpuSecond: delivered / (workerUs / 1_000_000) } : {};
  return { ...rest, ...perCpuSecond, perSecond: delivered / seconds, lost: seen.lost };
}

/** From the start of a process until it has imported a module. */
export interface Imported {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Without a module: what Node alone takes. */
export async function runImport(module: string | undefined, folder: string): Promise<Imported> {
  const statement = module === undefined ? '' : `import ${JSON.stringify(module)};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${statement} ${TELL}`], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the import of ${module} ended with ${code}`);
  const [ms = NaN, cpuMs = NaN] = JSON.parse(printed) as number[];
  return { ms, cpuMs };
}

const TELL = `const ms = performance.now(); const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify([ms, (user + system) / 1_000]));`;
