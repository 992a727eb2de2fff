/**
 * A stream for bunyan: `createLogger({ name, streams: [createErrsightStream({ apiKey })] })`.
 * Runs on the main thread; bunyan hands over each record within the call, so its scope is known.
 *
 *   bunyan ─► level of the stream ─► level gate ─► record ─► pipeline
 *                                        └─► step of the scope's trail
 */
import { Writable } from 'node:stream';
import { types } from 'node:util';
import bunyan from 'bunyan';
import { isErrorInstance } from '../src/event/error/class.ts';
import { attempt, copyOf, isObject, read } from '../src/lib/safe-read.ts';
import { levelFromNumber, severity, type Level } from '../src/event/level.ts';
import { isoTime } from '../src/lib/time.ts';
import { takeContext, takeThrown } from './fields.ts';
import { LoggerClient, type Line } from './logger-client.ts';
import { parseLine } from './pino/trail.ts';
import type { InitOptions } from '../src/options/options.ts';
import type { Stats } from '../src/stats.ts';

export { OptionError } from '../src/options/reader.ts';
export type {
  BeforeBreadcrumb,
  BeforeSend,
  InitOptions,
  LevelName,
} from '../src/options/options.ts';
export type { DropReason, Stats } from '../src/stats.ts';

/** An element of bunyan's `streams`. */
export interface ErrsightStreamEntry {
  /** So that bunyan hands over records, and no text. */
  readonly type: 'raw';
  /** What `logger.levels('errsight', …)` finds it by. */
  readonly name: 'errsight';
  /** The lower one of `minLevel` and `breadcrumbLevel`, as bunyan's number. */
  readonly level: number;
  readonly stream: ErrsightStream;
}

/** bunyan's numbers; below its `debug` there is only `trace`. */
const NUMBERS: Readonly<Record<Level, number>> = {
  debug: 10,
  info: 30,
  warning: 40,
  error: 50,
  fatal: 60,
};

/**
 * Makes an element of bunyan's `streams` that brings records to ErrSight: at or above `minLevel` as
 * events, below as the trail of the scope they are logged in. Another `level` can be set on it, as on
 * any: `{ ...createErrsightStream(), level: 'error' }`.
 *
 * With options it has a client of its own. Without any it uses the one that `init` has started, or
 * starts it from the environment. Without an API key it does nothing.
 *
 * @throws {OptionError} for an option that cannot work, naming it.
 */
export function createErrsightStream(options: InitOptions = {}): ErrsightStreamEntry {
  const client = new LoggerClient(options, 'errsight/bunyan');
  const { minLevel, breadcrumbLevel } = client.config;
  const lower = severity(minLevel) < severity(breadcrumbLevel) ? minLevel : breadcrumbLevel;
  return {
    type: 'raw',
    name: 'errsight',
    level: NUMBERS[lower],
    stream: new ErrsightStream(client),
  };
}

type Written = (error: Error | null | undefined) => void;

/** What bunyan writes its records to. It is never slow, and emits no 'error'. */
export class ErrsightStream extends Writable {
  readonly #client: LoggerClient;

  /** @internal */
  constructor(client: LoggerClient) {
    super({ objectMode: true });
    this.#client = client;
  }

  /** Called by bunyan with a record, also after `end`, as where a server still logs what it closes. */
  override write(
    record: unknown,
    encoding?: BufferEncoding | Written,
    callback?: Written,
  ): boolean {
    // Without `type: 'raw'` bunyan writes JSON.
    const given = typeof record === 'string' ? parseLine(record) : record;
    if (isObject(given)) this.#take(given);
    const written = typeof encoding === 'function' ? encoding : callback;
    if (written !== undefined) process.nextTick(written, null);
    return true;
  }

  /**
   * Resolves to true once everything logged so far has arrived, to false if something was lost or
   * `timeout` ms (default: `shutdownTimeout`) are over. Never rejects.
   */
  flush(timeout?: number): Promise<boolean> {
    return this.#client.flush(timeout);
  }

  /** What became of the events so far. */
  stats(): Stats {
    return this.#client.stats();
  }

  /** @internal `finish` means that everything has arrived, or `shutdownTimeout` is over. */
  override _final(callback: (error?: Error | null) => void): void {
    void this.#client.close().then(() => callback());
  }

  #take(record: object): void {
    const number = read(record, 'level');
    const level = typeof number === 'number' ? levelFromNumber(number) : 'info';
    this.#client.log(record, level, () => bunyanLine(record, level));
  }
}

/** What bunyan itself writes. */
const OF_RECORDS: ReadonlySet<string> = new Set(['level', 'msg', 'time', 'v']);

function bunyanLine(record: object, level: Level): Line {
  const [msg, time] = [read(record, 'msg'), read(record, 'time')];
  const fields = copyOf(record, OF_RECORDS);
  const context = takeContext(fields);
  const thrown = takeThrown(fields, 'err');
  const value = isObject(thrown?.value)
    ? (serialized.get(thrown.value) ?? thrown.value)
    : thrown?.value;
  return {
    record: {
      time: timeIn(time),
      level,
      message: typeof msg === 'string' ? msg : '',
      ...(thrown && { thrown: { value } }),
      mechanism: 'bunyan',
      logger: fields['name'],
      fields,
    },
    context,
  };
}

/** A Date, as bunyan sets it, or the text that it makes of one. */
function timeIn(time: unknown): number {
  const now = Date.now();
  return types.isDate(time) ? Date.prototype.getTime.call(time) : Date.parse(isoTime(time, now));
}

/** The Errors behind what serializers have made of them. */
const serialized = new WeakMap<object, Error>();

/** A function that bunyan calls with the value of a field, before any stream sees it. */
export type Serializer = (value: unknown) => unknown;

const ofBunyan = bunyan.stdSerializers.err as Serializer;

function err(value: unknown): unknown {
  const plain = ofBunyan(value);
  if (isObject(plain) && plain !== value && isErrorInstance(value)) {
    serialized.set(plain, value as Error);
  }
  return plain;
}

// What bunyan makes of an Error, it makes by this one, and says in no way which Error it was: one that
// is logged and thrown would be two events. The result is the same.
attempt(() => Reflect.set(bunyan.stdSerializers, 'err', err));

/**
 * bunyan's own serializers. They write what bunyan's write; of an error ErrSight alone gets what that
 * leaves out, its class and its causes: `createLogger({ name, serializers })`.
 */
export const serializers: Readonly<Record<'err' | 'req' | 'res', Serializer>> = {
  req: bunyan.stdSerializers.req as Serializer,
  res: bunyan.stdSerializers.res as Serializer,
  err,
};
