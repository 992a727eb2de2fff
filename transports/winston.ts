/**
 * A transport for winston: `createLogger({ transports: [new ErrsightTransport({ apiKey })] })`.
 * Runs on the main thread, where the scope of each line is known.
 *
 *   winston ─► level of the transport ─► level gate ─► record ─► pipeline
 *                                            └─► step of the scope's trail
 */
import winston, { type Logform, type transport } from 'winston';
import { flatCopy, LineStep } from '../src/event/make/line-step.ts';
import { isObject } from '../src/lib/safe-read.ts';
import { OptionError, OptionReader } from '../src/options/reader.ts';
import { LoggerClient } from './logger-client.ts';
import {
  caughtBy,
  levelOf,
  readFlat,
  winstonLine,
  type Caught,
  type Levels,
} from './winston/line.ts';
import { Origin, originOf, watchLogger } from './winston/origin.ts';
import { sayingOf } from './winston/saying.ts';
import { waitingIn } from './winston/waiting.ts';
import type { Level } from '../src/event/level.ts';
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

/** What every transport of winston's takes. */
interface WinstonOptions {
  /**
   * The least grave of winston's levels that is looked at. Default: that of the logger, as with all
   * its transports; what it leaves out is no breadcrumb either.
   */
  readonly level?: string | undefined;
  /** Take nothing. Default false. */
  readonly silent?: boolean | undefined;
  /** A format for this transport alone, behind the logger's. Default: none. */
  readonly format?: Logform.Format | undefined;
  /** Have winston handle uncaught exceptions, as it does for any transport. Default false. */
  readonly handleExceptions?: boolean | undefined;
  /** The same for unhandled rejections. Default false. */
  readonly handleRejections?: boolean | undefined;
}

/** Options of the transport: those of `init`, and what every transport of winston's takes. */
export interface ErrsightTransportOptions extends InitOptions, WinstonOptions {}

type TransportClass = new (options?: transport.TransportStreamOptions) => transport;

// Through winston itself, which the application has: where each package sees only its own
// dependencies, `winston-transport` could not be found. The types write it in lower case.
const Transport: TransportClass = (winston as unknown as { readonly Transport: TransportClass })
  .Transport;

type Done = (error?: Error | null) => void;

/** What the stream that winston's transports are made of knows about itself. */
interface StreamState {
  readonly ending: boolean;
  readonly destroyed: boolean;
}

/**
 * Brings winston's lines to ErrSight: at or above `minLevel` as events, below as the trail of the
 * scope they are logged in.
 *
 * With options of `init` it has a client of its own. Without any it uses the one that `init` has
 * started, or starts it from the environment. Without an API key it does nothing.
 *
 * It is built on winston-transport; `test/conformance` holds it to what a host may expect of any that is.
 */
export class ErrsightTransport extends Transport {
  readonly #client: LoggerClient;
  /** The loggers that write to it, and what ends the watch over them. */
  readonly #loggers = new Map<object, () => void>();
  /** Where the line comes from that winston is about to hand over. */
  #origin: Origin | undefined;
  /** What was taken before winston handed it over: where it comes from, or the object itself. */
  readonly #early = new WeakSet<object>();
  /** Whether anything ever was: most lines need no look. */
  #hasEarly = false;
  /** Ends that what waits in the loggers is taken at the end. */
  #endGathering: (() => void) | undefined;
  /** Whether the end has waited for delivery. */
  #hadItsTime = false;

  /** @throws {OptionError} for an option that cannot work, naming it. */
  constructor(options: ErrsightTransportOptions = {}) {
    const [own, ofWinston] = splitOptions(options);
    super(readOptions(ofWinston));
    this.#client = new LoggerClient(own, 'errsight/winston');
    this.on('pipe', (logger: object) => {
      this.#client.open();
      this.#loggers.set(
        logger,
        watchLogger(logger, (info) => this.#wants(info)),
      );
      this.#endGathering ??= this.#client.gather(() => this.#takeWaiting());
    });
    // Each logger that writes to it listens to it.
    this.setMaxListeners(0);
    // Before winston's own listener, which closes the transport that its first logger has left.
    this.prependListener('unpipe', (logger: object) => {
      this.#loggers.get(logger)?.();
      this.#loggers.delete(logger);
      if (this.#loggers.size === 0) {
        this.#endGathering?.();
        this.#endGathering = undefined;
      }
      this.close();
    });
  }

  /** Called by winston. Calls back at once. */
  override log(info: unknown, next: () => void): void {
    try {
      if (isObject(info)) this.#take(info);
    } finally {
      next();
    }
    // As winston's own transports do, for whoever listens.
    if (this.listenerCount('logged') > 0) setImmediate(() => this.emit('logged', info));
    // winston ends the process when those that handle the exception have finished, or after 3 s.
    const { _ending: isEnding } = this as { readonly _ending?: unknown };
    if (isEnding === true && isObject(info) && caughtBy(info) !== undefined) {
      Reflect.set(this, '_ending', false);
      void this.#client.flush().then(() => this.emit('finish'));
    }
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

  /**
   * Called by winston when a logger leaves the transport. Once none is left, what waits is sent, and
   * a client of its own is closed; the process-wide one goes on.
   */
  override close(): void {
    if (this.#loggers.size === 0) void this.#client.close(this.#hadItsTime ? 0 : undefined);
  }

  /**
   * @internal A logger that is ended beside a slow transport still hands lines to those that it has
   * ended already. A Writable answers that with an 'error'; here they are lines like any other.
   */
  override write(info: unknown, encoding?: BufferEncoding | Done, callback?: Done): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    if (this.#hasEarly && isObject(info) && this.#early.delete(originOf(info) ?? info)) {
      if (done !== undefined) process.nextTick(done);
      return true;
    }
    const { _writableState: state } = this as unknown as { readonly _writableState: StreamState };
    if (!state.ending && !state.destroyed) return super.write(info, 'utf8', done);
    this.#pass(info, () => undefined);
    if (done !== undefined) process.nextTick(done);
    return true;
  }

  /** @internal */
  override _write(info: unknown, _encoding: BufferEncoding, callback: Done): void {
    this.#pass(info, callback);
  }

  /** @internal Several at once, as where a hook of ours logs: winston's own calls back twice. */
  override _writev(chunks: readonly { readonly chunk: unknown }[], callback: Done): void {
    for (const { chunk } of chunks) this.#pass(chunk, () => undefined);
    callback();
  }

  /** @internal `finish` means that everything has arrived, or `shutdownTimeout` is over. */
  override _final(callback: Done): void {
    this.#takeWaiting();
    // A logger has not left yet: its leaving closes the client.
    const arrived = this.#loggers.size === 0 ? this.#client.close() : this.#client.flush();
    void arrived.then(() => {
      this.#hadItsTime = true;
      callback();
    });
  }

  /**
   * Takes what a slow transport beside this one holds up, where the end may be near: at 'finish', at
   * the end of the process, by `flush()`. What comes again is known.
   */
  #takeWaiting(): void {
    for (const logger of this.#loggers.keys()) {
      for (const { info, formatted } of waitingIn(logger)) {
        const origin = originOf(info);
        const key = origin ?? info;
        if (this.#early.has(key) || (origin === undefined && !this.#wants(info))) continue;
        this.#early.add(key);
        this.#hasEarly = true;
        const line = formatted();
        if (line !== undefined) this.#pass(line, () => undefined, origin);
      }
    }
  }

  /** winston decides whether the line is for this transport, and calls `log` if so. */
  #pass(info: unknown, callback: Done, origin: Origin | undefined = originOf(info)): void {
    const around = this.#origin;
    this.#origin = origin;
    try {
      // oxlint-disable-next-line no-underscore-dangle -- what a stream's class is to implement
      super._write(info, 'utf8', callback);
    } finally {
      this.#origin = around;
    }
  }

  #wants(info: object): boolean {
    return this.#client.wants(this.#levelOf(info));
  }

  #levelOf(info: object, caught: Caught | undefined = caughtBy(info)): Level {
    const { levels } = this as { readonly levels?: Levels };
    return levelOf(info, levels, caught);
  }

  #take(info: object): void {
    const caught = caughtBy(info);
    const level = this.#levelOf(info, caught);
    const known = this.#origin;
    const around = known ?? new Origin(sayingOf(info));
    const destiny = this.#client.accept(level, around, known === undefined ? info : undefined);
    if (destiny === 'nothing') return;
    const { saying, time } = around;
    // Where a handler of winston's logs nobody has called it.
    const isCaught = caught !== undefined;
    if (destiny === 'breadcrumb' && saying.error === undefined && !isCaught) {
      const copy = flatCopy(info);
      if (copy !== undefined) {
        around.scope.record(new LineStep(copy, level, time, readFlat));
        return;
      }
    }
    // A client that watches has reported it; of what is no object it cannot be told which.
    const isKnown = this.#client.config.captureUncaught && !isObject(saying.error);
    if (isKnown && isCaught) return;
    const line = winstonLine(info, level, saying, time);
    this.#client.take(destiny, line, around, isCaught ? false : around.isLogging);
  }
}

function splitOptions(options: ErrsightTransportOptions): [object, WinstonOptions] {
  // What is no object is for the reader of options to name.
  if (!isObject(options)) return [options, {}];
  const { level, silent, format, handleExceptions, handleRejections, ...own } = options;
  return [own, { level, silent, format, handleExceptions, handleRejections }];
}

function readOptions(given: WinstonOptions): transport.TransportStreamOptions {
  const reader = new OptionReader(given, {});
  const { format } = given;
  if (format !== undefined && !(isObject(format) && typeof format.transform === 'function')) {
    throw new OptionError('format', "expected `format` to be one of winston's formats");
  }
  const level = reader.plainText('level', LEVEL);
  return {
    silent: reader.boolean('silent', false),
    handleExceptions: reader.boolean('handleExceptions', false),
    handleRejections: reader.boolean('handleRejections', false),
    ...(level !== undefined && { level }),
    ...(format !== undefined && { format }),
  };
}

const LEVEL = {
  expected: 'the name of a level',
  test: (text: string): boolean => text.length <= 100,
};
