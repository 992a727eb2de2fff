/**
 * How long an error is only in memory on its way to the disk: `npm run bench:spool`. From the return of
 * the logging call until the event lies in the spool, where `kill -9` cannot reach it. Directly that is
 * before the call returns; with pino its worker has to get to it. The exit code says whether all of them
 * did within 50 ms, once the worker had started, on a machine that has nothing else to do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import pino from 'pino';

const ERRORS = 2_000;
/** ms between two errors. */
const PAUSE = 2;
/** ms. */
const ALLOWED = 50;
/** What the worker's hook says: which event it makes, and when. */
const CHANNEL = 'errsight:bench:spool-delay';

interface Word {
  readonly n: number;
  readonly at: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'errsight-bench-'));
  const transport = pino.transport({
    target: 'errsight/pino',
    options: {
      apiKey: `elp_${'0'.repeat(48)}`,
      // Nobody listens there: the events stay on the disk.
      host: 'http://127.0.0.1:9',
      spool: folder,
      shutdownTimeout: 0,
      beforeSend: fileURLToPath(import.meta.url),
    },
  }) as NodeJS.EventEmitter & pino.DestinationStream & { end(): void };
  // pino's worker keeps no process alive.
  const alive = setInterval(() => undefined, 60_000);
  await once(transport, 'ready');
  const logger = pino(transport);
  const returned = new Map<number, number>();
  const delays: number[] = [];
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener('message', (message) => {
    const { n, at } = (message as unknown as { data: Word }).data;
    delays.push(at - (returned.get(n) ?? at));
  });
  for (let n = 0; n < ERRORS; n += 1) {
    logger.error({ err: new Error(`event ${n}`), n });
    returned.set(n, now());
    await sleep(PAUSE);
  }
  while (delays.length < ERRORS) await sleep(10);
  channel.close();
  transport.end();
  await once(transport, 'close');
  clearInterval(alive);
  rmSync(folder, { recursive: true });
  delays.sort((a, b) => a - b);
  const part = (share: number): string =>
    `${(delays[Math.floor(share * (ERRORS - 1))] ?? 0).toFixed(1)} ms`;
  const met = (delays.at(-1) ?? Infinity) <= ALLOWED;
  process.stdout.write(
    `${ERRORS} errors, one each ${PAUSE} ms: median ${part(0.5)}, 99 % ${part(0.99)}, all ${part(1)}; ` +
      `${ALLOWED} ms are allowed: ${met ? 'met' : 'NOT MET'}\n`,
  );
  process.exitCode = met ? 0 : 1;
}

/** ms, by a clock that all threads share. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

let channel: BroadcastChannel | undefined;

/** The hook, in pino's worker. Right after it the event goes to the disk, within some 10 µs. */
export function beforeSend<T extends { readonly metadata: Readonly<Record<string, unknown>> }>(
  event: T,
): T {
  channel ??= new BroadcastChannel(CHANNEL);
  channel.unref();
  channel.postMessage({ n: Number(event.metadata['n']), at: now() } satisfies Word);
  return event;
}

if (isMainThread) await main();
