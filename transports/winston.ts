/**
 * A transport for winston: `createLogger({ transports: [new ErrsightTransport({ apiKey })] })`.
 * Runs on the main thread, where the scope of each line is known.
 *
 *   winston ─► level of the transport ─► level gate ─► record ─► pipeline
 *                                            └─► breadcrumb of the scope
 */
import winston, { type Logform, type transport } from 'winston';
import { flatCopy, LineStep } from '../src/event/make/line-step.ts';
import { isObject } from '../src/lib/safe-read.ts';
import { OptionError } from '../src/options/option-error.ts';
import { OptionReader } from '../src/options/reader.ts';
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
import { mayEnd, Undecided } from './winston/undecided.ts';
import { waitingIn } from './winston/waiting.ts';
import type { Level } from '../src/event/level.ts';
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

/** The options of every winston transport. */
interface WinstonOptions {
  /**
   * The lowest of winston's levels that reaches the transport. Default: the logger's, as for all
   * its transports. Lines below it do not become breadcrumbs either.
   */
  readonly level?: string | undefined;
  /** Whether to ignore all lines. Default: false. */
  readonly silent?: boolean | undefined;
  /** A format for this transport alone, after the logger's. Default: none. */
  readonly format?: Logform.Format | undefined;
  /** Whether winston handles uncaught exceptions, as it does for any transport. Default: false. */
  readonly handleExceptions?: boolean | undefined;
  /** Whether winston handles unhandled rejections. Default: false. */
  readonly handleRejections?: boolean | undefined;
}

/** Options of the transport: those of `init`, and those of every winston transport. */
export interface ErrsightTransportOptions extends InitOptions, WinstonOptions {}

type TransportClass = new (options?: transport.TransportStreamOptions) => transport;

// Taken from winston, which the application has. `winston-transport` can't be found if each package
// sees only its own dependencies. The types have it in lower case.
const Transport: TransportClass = (winston as unknown as { readonly Transport: TransportClass })
  .Transport;

type Listener = (...args: unknown[]) => unknown;
type Done = (error?: Error | null) => void;

/** The state of the stream on which winston's transports are built. */
interface StreamState {
  readonly ending: boolean;
  readonly destroyed: boolean;
}

/**
 * A transport that sends winston's lines to ErrSight. Those at or above `minLevel` become events.
 * Those below become breadcrumbs of the scope in which they are logged.
 *
 * With options of `init` it has a client of its own. Without them it uses the client that `init`
 * has started, or starts that one from the environment. Without an API key it does nothing.
 *
 * It is built on winston-transport. `test/conformance` checks that it does what winston expects of
 * one.
 */
export class ErrsightTransport extends Transport {
  readonly #client: LoggerClient;
  /** The loggers that write to it, each with a function that ends its watch. */
  readonly #loggers = new Map<object, () => void>();
  /** The origin of the line that winston is about to pass. */
  #origin: Origin | undefined;
  /**
   * The lines that were taken before winston passed them: their origins, or the objects themselves.
   */
  readonly #early = new WeakSet<object>();
  /** Whether there was ever such a line, so that most lines need no look-up. */
  #hasEarly = false;
  /** Ends the gathering of waiting lines. */
  #endGathering: (() => void) | undefined;
  readonly #undecided = new Undecided();
  /** Whether `_final` has waited for delivery. */
  #hadItsTime = false;

  /** @throws {OptionError} if an option is wrong. The message names it. */
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
      this.#endGathering ??= this.#client.gather(() => {
        this.#takeWaiting();
        this.#undecided.settle();
      });
    });
    // Each logger that writes to it adds a listener.
    this.setMaxListeners(0);
    // This has to run before winston's own listener, which closes the transport as soon as one logger leaves.
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

  /** Called by winston with a line. Calls back at once. */
  override log(info: unknown, next: () => void): void {
    try {
      if (isObject(info)) this.#take(info);
    } finally {
      next();
    }
    // winston's own transports emit this too.
    if (this.listenerCount('logged') > 0) setImmediate(() => this.emit('logged', info));
    // winston ends the process when those that handle the exception have finished, or after 3 s.
    const { _ending: isEnding } = this as { readonly _ending?: unknown };
    if (isEnding === true && isObject(info) && caughtBy(info) !== undefined) {
      Reflect.set(this, '_ending', false);
      // The listener that winston has just added.
      const ended = this.rawListeners('finish').at(-1) as Listener | undefined;
      // It ends after the application's own listeners have run.
      if (ended !== undefined) process.nextTick(() => this.#endCaught(ended));
    }
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

  /**
   * Called by winston when a logger leaves the transport. When the last one has left, what waits is
   * sent, and the transport's own client is closed. The client of `init` stays open.
   */
  override close(): void {
    if (this.#loggers.size === 0) void this.#client.close(this.#hadItsTime ? 0 : undefined);
  }

  /**
   * @internal A logger with a slow transport still passes lines after it has ended the others. A
   *   Writable would emit an 'error' for them. Here they are lines like any other.
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

  /**
   * @internal Called with several lines at once, for example if a hook of ours logs. winston's own
   *   method would call back twice.
   */
  override _writev(chunks: readonly { readonly chunk: unknown }[], callback: Done): void {
    for (const { chunk } of chunks) this.#pass(chunk, () => undefined);
    callback();
  }

  /** @internal `finish` means that everything has arrived, or `shutdownTimeout` is over. */
  override _final(callback: Done): void {
    this.#takeWaiting();
    // If a logger has not left yet, the client is closed when it leaves.
    const arrived = this.#loggers.size === 0 ? this.#client.close() : this.#client.flush();
    void arrived.then(() => {
      this.#hadItsTime = true;
      callback();
    });
  }

  /**
   * Lets winston end the process. What waits is then sent once, at the end. Anything that was on its way by
   * then would be sent again. If the application's own function sends, winston has to wait for it here.
   *
   * It emits no 'finish', since the logger would then leave the transport although the process may go on.
   */
  #endCaught(ended: Listener): void {
    const tell = (): void => void Reflect.apply(ended, this, []);
    if (typeof this.#client.config.transport !== 'function') tell();
    else void this.#client.flush().then(tell);
  }

  /**
   * Takes lines that wait in a logger because of another, slow transport. It is called at 'finish',
   * at the end of the process and by `flush()`. When such a line comes again, it is recognised.
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

  /** Lets winston decide whether the line is for this transport. If so winston calls `log`. */
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
    const { levels, parent } = this as { readonly levels?: Levels; readonly parent?: object };
    return levelOf(info, levels, caught, parent);
  }

  #take(info: object): void {
    const caught = caughtBy(info);
    const level = this.#levelOf(info, caught);
    const known = this.#origin;
    const around = known ?? new Origin(sayingOf(info));
    const destiny = this.#client.accept(level, around, known === undefined ? info : undefined);
    if (destiny === 'nothing') return;
    const { saying, time } = around;
    // If a handler of winston's logs the line, no code of the application is in the stack.
    const isCaught = caught !== undefined;
    const { parent } = this as { readonly parent?: object };
    if (caught === 'unhandledRejection' && mayEnd(parent)) {
      this.#undecided.add(() => {
        if (!isObject(saying.error)) this.#client.raiseUncaught('fatal', around);
        else this.#client.take('event', winstonLine(info, 'fatal', saying, time), around, false);
      });
    }
    if (destiny === 'breadcrumb' && saying.error === undefined && !isCaught) {
      const copy = flatCopy(info);
      if (copy !== undefined) {
        this.#client.record(new LineStep(copy, level, time, readFlat), around);
        return;
      }
    }
    // A client that captures uncaught errors has reported this one. Below, an object would be recognised as
    // reported, but any other value would not.
    const isKnown = this.#client.config.captureUncaught && !isObject(saying.error);
    if (isKnown && isCaught) {
      // The report could not know that winston ends the process.
      if (level === 'fatal') this.#client.raiseUncaught(level, around);
      return;
    }
    const line = winstonLine(info, level, saying, time);
    this.#client.take(destiny, line, around, isCaught ? false : around.isLogging);
  }
}

function splitOptions(options: ErrsightTransportOptions): [object, WinstonOptions] {
  // If it is no object, the reader of options reports that.
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
