/** `errsight relay`: sends on what a fleet has put into a queue in Redis. */
import { hostname } from 'node:os';
import { createSorter } from '../fleet/sort.ts';
import { redisUrl, streamsOf } from '../fleet/streams.ts';
import { Relay, type Queue } from '../fleet/relay.ts';
import { systemClock } from '../lib/clock.ts';
import { Pipeline } from '../pipeline.ts';
import type { Stats } from '../stats.ts';
import { readOptions, UsageError } from './args.ts';
import { CONFIG_OPTIONS, loadConfiguration } from './config.ts';
import { printAside } from './output.ts';

/** Events that wait in memory. The relay bounds its bytes. */
const MAX_EVENTS = 1_000_000;
/** Twice the bytes that it takes out of the queue, so that no event is ever dropped. */
const MAX_BYTES = 128 * 1_048_576;

interface OpenedQueue {
  readonly queue: Queue;
  readonly connect: () => Promise<void>;
  readonly close: () => void;
}

/** Runs until a signal asks it to end. Resolves with the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readOptions('relay', args, {
    redis: { type: 'string' },
    stream: { type: 'string' },
    name: { type: 'string' },
    ...CONFIG_OPTIONS,
  });
  const { config, problems } = await loadConfiguration(flags);
  const { apiKey } = config;
  if (apiKey === undefined) {
    throw new UsageError(
      problems.at(0) ?? 'no key is known: set ERRSIGHT_API_KEY to the write key',
    );
  }
  for (const each of problems) say(each);
  const url = redisUrl(flags.redis);
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError('--redis takes the URL of a Redis, as redis://127.0.0.1:6379');
  }
  const streams = streamsOf(flags.stream ?? process.env['ERRSIGHT_STREAM']);
  const name = flags.name ?? `${hostname()}-${process.pid}`;
  const opened = await openQueue({ url, streams: Object.values(streams) as string[], name });
  // The application's own `transport` would lead back into the queue.
  const pipeline = new Pipeline(
    {
      ...config,
      apiKey,
      transport: undefined,
      spool: false,
      maxQueueSize: MAX_EVENTS,
      maxQueueBytes: MAX_BYTES,
    },
    { door: 'errsight relay' },
  );
  const relay = new Relay({
    queue: opened.queue,
    streams,
    clock: systemClock,
    send: (body) => pipeline.relay(body, Infinity),
    sort: createSorter(),
    say,
    losses: () => lossesIn(pipeline.stats()),
  });
  const ending = new AbortController();
  const end = (): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    relay.stop();
    // Events that have not arrived by then stay in Redis.
    void pipeline.close(config.shutdownTimeout);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  say(`${name} takes ${streams.others} to ${new URL(config.host).origin}`);
  while (!ending.signal.aborted) {
    try {
      await opened.connect();
      await relay.run();
    } catch (error) {
      if (!ending.signal.aborted) await relay.failed(error);
    }
  }
  await pipeline.close(config.shutdownTimeout);
  await relay.settle().catch(() => undefined);
  opened.close();
  return 0;
}

/**
 * The reasons as in `2 rejected, 1 invalid`, in the words of `stats`, which docs/delivery.md
 * explains.
 */
export function lossesIn({ dropped }: Pick<Stats, 'dropped'>): string {
  const reasons = Object.entries(dropped).filter(([, count]) => count > 0);
  return reasons.map(([reason, count]) => `${count} ${reason}`).join(', ');
}

function say(text: string): void {
  printAside(`errsight relay: ${text}\n`);
}

interface Place {
  readonly url: string;
  readonly streams: readonly string[];
  readonly name: string;
}

/** @throws {UsageError} if the client of Redis is not installed. */
async function openQueue(place: Place): Promise<OpenedQueue> {
  try {
    const { createQueue } = await import('./redis-queue.ts');
    return createQueue(place);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError('the package redis is missing: npm install redis');
  }
}
