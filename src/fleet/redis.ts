/**
 * For the option `transport`. It puts events into streams of Redis instead of posting them to
 * ErrSight, so that a fleet shares one queue. `errsight relay` sends them on.
 *
 * It runs in pino's worker, on the main thread, and at the end of a process in a thread of its own.
 * Each opens its own connection when there is something to send.
 */
import { createClient } from 'redis';
import { createReporter } from '../lib/report.ts';
import { createSorter } from './sort.ts';
import { FIELD, redisUrl, streamsOf } from './streams.ts';
import type { Outcome, Transport, TransportRequest } from '../transport.ts';

export type { Outcome, Transport, TransportRequest } from '../transport.ts';

/** Where the queue is. */
export interface RedisTransportOptions {
  /**
   * The URL, for example `redis://user:password@host:6379/0`. Default: `ERRSIGHT_REDIS_URL`, else
   * `REDIS_URL`, else port 6379 of this machine.
   */
  readonly url?: string | undefined;
  /** The key of the queue, one for each project. Default: `ERRSIGHT_STREAM`, else `errsight`. */
  readonly stream?: string | undefined;
  /**
   * Entries that wait in each of its two streams at most. While there are so many, processes hold
   * their events. An entry has up to 500,000 bytes. Default: `ERRSIGHT_STREAM_MAX`, else 10,000.
   */
  readonly maxEntries?: number | undefined;
}

const DEFAULT_MAX = 10_000;

/** ms after which a process asks again whether a full stream has room. */
const FULL_MS = 5_000;

type Connection = ReturnType<typeof open>;
type Client = Connection['client'];

/**
 * Makes a sender for the option `transport`. While Redis can't be reached, or its streams are full,
 * events are held and tried again later. It connects with the first event.
 *
 * @throws {TypeError} if `maxEntries` is no whole number above 0.
 */
export function createRedisTransport(options: RedisTransportOptions = {}): Transport {
  const url = redisUrl(options.url);
  const streams = streamsOf(options.stream ?? process.env['ERRSIGHT_STREAM']);
  const most = options.maxEntries ?? mostOf(process.env['ERRSIGHT_STREAM_MAX']);
  if (!isCount(most)) {
    throw new TypeError('errsight: expected `maxEntries` to be a whole number above 0');
  }
  const sort = createSorter();
  let connection: Connection | undefined;

  const forget = ({ client }: Connection): void => {
    if (connection?.client === client) connection = undefined;
    if (client.isOpen) client.destroy();
  };

  return async (body, { signal }) => {
    const current = (connection ??= open(url, () => forget(current)));
    let end: ((error: Error) => void) | undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
      end = reject;
    });
    // Redis does not answer, so the next attempt begins with a new connection.
    const giveUp = (): void => {
      forget(current);
      end?.(new Error('Redis does not answer'));
    };
    signal.addEventListener('abort', giveUp);
    try {
      const done = current.opened.then(() => put(current.client, body));
      return await Promise.race([done, aborted]);
    } catch (error) {
      forget(current);
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };

  async function put(client: Client, body: Uint8Array): Promise<Outcome | undefined> {
    let { urgent, others } = sort(body);
    if (others !== undefined && (await client.xLen(streams.others)) >= most) {
      if (urgent === undefined) return full(streams.others, most);
      // Urgent events don't wait for room. A request is never divided, or a part of it could be
      // sent twice.
      [urgent, others] = [body, undefined];
    }
    if (urgent !== undefined && (await client.xLen(streams.urgent)) >= most) {
      return full(streams.urgent, most);
    }
    const all = client.multi();
    if (urgent !== undefined) all.xAdd(streams.urgent, '*', { [FIELD]: Buffer.from(urgent) });
    if (others !== undefined) all.xAdd(streams.others, '*', { [FIELD]: Buffer.from(others) });
    await all.exec();
    return undefined;
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** A wrong variable is told, and counts as not set. */
function mostOf(said = ''): number {
  if (said.trim() === '') return DEFAULT_MAX;
  if (isCount(Number(said))) return Number(said);
  createReporter({ debug: false, apiKey: undefined }).warn(
    `\`ERRSIGHT_STREAM_MAX\` is no whole number above 0, got \`${said}\`; ${DEFAULT_MAX} is used`,
  );
  return DEFAULT_MAX;
}

function full(stream: string, most: number): Outcome {
  return { kind: 'retry', reason: `${stream} has ${most} entries`, retryAfterMs: FULL_MS };
}

function open(url: string, onEnd: () => void) {
  const client = createClient({
    url,
    // errsight decides when to try again.
    socket: { reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  // Without a listener an error would end the process. A command that fails rejects as well.
  client.on('error', onEnd);
  // An idle connection must not keep a process alive. errsight does so while events are on their
  // way.
  client.unref();
  return { client, opened: client.connect() };
}

let shared: Transport | undefined;

/**
 * What `transport: 'errsight/redis'` uses. It is made from the environment with the first event.
 */
export function transport(
  body: Uint8Array,
  request: TransportRequest,
): Outcome | undefined | void | Promise<Outcome | undefined | void> {
  shared ??= createRedisTransport();
  return shared(body, request);
}
