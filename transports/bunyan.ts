/**
 * A stream for bunyan: `createLogger({ name, streams: [createErrsightStream({ apiKey })] })`. Runs
 * on the main thread. bunyan gives it each record within the call, so the scope is known.
 *
 *   bunyan ─► level of the stream ─► level gate ─► record ─► pipeline
 *                                        └─► breadcrumb of the scope
 */
import { Writable } from 'node:stream';
import { types } from 'node:util';
import bunyan from 'bunyan';
import { isErrorInstance } from '../src/event/error/class.ts';
import { attempt, copyOf, isObject, read } from '../src/lib/safe-read.ts';
import { levelFromNumber, severity, type Level } from '../src/event/level.ts';
import { isoTime } from '../src/lib/time.ts';
import { flatCopy, LineStep } from '../src/event/make/line-step.ts';
import { takeContext, takeThrown } from './fields.ts';
import { Circumstances, LoggerClient, type Line } from './logger-client.ts';
import { parseLine } from './pino/trail.ts';
import type { LogRecord } from '../src/event/record.ts';
import type { InitOptions } from '../src/options/options.ts';
import type { Stats } from '../src/stats.ts';

export { OptionError } from '../src/options/option-error.ts';
export type {
  BeforeBreadcrumb,
  BeforeSend,
  InitOptions,
  LevelName,
} from '../src/options/options.ts';
export type { DropReason, Stats } from '../src/stats.ts';

/** An element of bunyan's `streams`. */
export interface ErrsightStreamEntry {
  /** Makes bunyan pass records instead of text. */
  readonly type: 'raw';
  /** The name for `logger.levels('errsight', …)`. */
  readonly name: 'errsight';
  /** The lower of `minLevel` and `breadcrumbLevel`, as bunyan's number. */
  readonly level: number;
  readonly stream: ErrsightStream;
}

/** bunyan's numbers. `debug` is that of `trace`, since bunyan has a level below `debug`. */
const NUMBERS: Readonly<Record<Level, number>> = {
  debug: 10,
  info: 30,
  warning: 40,
  error: 50,
  fatal: 60,
};

/**
 * Makes an element of bunyan's `streams` that sends records to ErrSight. Those at or above
 * `minLevel` become events. Those below become breadcrumbs of the scope in which they are logged.
 * To give it another level: `{ ...createErrsightStream(), level: 'error' }`.
 *
 * With options it has a client of its own. Without options it uses the client that `init` has
 * started, or starts that one from the environment. Without an API key it does nothing.
 *
 * @throws {OptionError} if an option is wrong. The message names it.
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

/** The stream to which bunyan writes its records. It takes each at once and never emits 'error'. */
export class ErrsightStream extends Writable {
  readonly #client: LoggerClient;

  /** @internal */
  constructor(client: LoggerClient) {
    super({ objectMode: true });
    this.#client = client;
  }

  /** Called by bunyan with a record, also after `end`: a server may still log while it closes. */
  override write(
    record: unknown,
    encoding?: BufferEncoding | Written,
    callback?: Written,
  ): boolean {
    // Without `type: 'raw'` bunyan passes JSON.
    const given = typeof record === 'string' ? parseLine(record) : record;
    if (isObject(given)) this.#take(given);
    const written = typeof encoding === 'function' ? encoding : callback;
    if (written !== undefined) process.nextTick(written, null);
    return true;
  }

  /**
   * Sends what waits. Resolves to true once everything that was logged so far has arrived. Resolves
   * to false if something was lost, or after `timeout` ms (default: `shutdownTimeout`). Never
   * rejects.
   */
  flush(timeout?: number): Promise<boolean> {
    return this.#client.flush(timeout);
  }

  /** How many events there were so far, and what became of them. */
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
    const around = new Circumstances();
    const destiny = this.#client.accept(level, around, record);
    if (destiny === 'nothing') return;
    const step = destiny === 'breadcrumb' ? stepOf(record, level) : undefined;
    if (step === undefined) this.#client.take(destiny, bunyanLine(record, level), around);
    else this.#client.record(step, around);
  }
}

/** A line that is read only if an event needs it; undefined if the line has to be read at once. */
function stepOf(record: object, level: Level): LineStep | undefined {
  const time = read(record, 'time');
  if (!types.isDate(time)) return undefined;
  const copy = flatCopy(record, 'time');
  return copy && new LineStep(copy, level, Date.prototype.getTime.call(time), readFlat);
}

function readFlat(copy: object, level: Level, time: number): LogRecord {
  return { ...bunyanLine(copy, level).record, time };
}

/** The fields that bunyan itself writes. */
const OF_RECORDS: ReadonlySet<string> = new Set(['level', 'msg', 'time', 'v']);

/** bunyan's text for an undefined message. Fastify passes the message of a thrown value, which may have none. */
const NOTHING = 'undefined';

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
      message: typeof msg === 'string' && !(thrown && msg === NOTHING) ? msg : '',
      ...(thrown && { thrown: { value } }),
      mechanism: 'bunyan',
      logger: fields['name'],
      fields,
    },
    context,
  };
}

/** The time of a record: a Date, as bunyan sets it, or its text. */
function timeIn(time: unknown): number {
  const now = Date.now();
  return types.isDate(time) ? Date.prototype.getTime.call(time) : Date.parse(isoTime(time, now));
}

/** The Error of each object that our serializer has made. */
const serialized = new WeakMap<object, Error>();

/** A function that bunyan calls with the value of a field before any stream gets it. */
export type Serializer = (value: unknown) => unknown;

const ofBunyan = bunyan.stdSerializers.err as Serializer;

function err(value: unknown): unknown {
  const plain = ofBunyan(value);
  if (isObject(plain) && plain !== value && isErrorInstance(value)) {
    serialized.set(plain, value as Error);
  }
  return plain;
}

// bunyan's own serializer does not tell which Error its result came from, so an Error that is
// logged and thrown would be two events. Ours remembers that and returns the same result.
attempt(() => Reflect.set(bunyan.stdSerializers, 'err', err));

/**
 * Serializers in place of bunyan's: `createLogger({ name, serializers })`. They write the same as
 * bunyan's. ErrSight also gets the class and the causes of an error, which bunyan's leave out.
 */
export const serializers: Readonly<Record<'err' | 'req' | 'res', Serializer>> = {
  req: bunyan.stdSerializers.req as Serializer,
  res: bunyan.stdSerializers.res as Serializer,
  err,
};
