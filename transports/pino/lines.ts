import { setImmediate } from 'node:timers';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { systemClock, type Timer } from '../../src/lib/clock.ts';
import { LineSplitter, type LineTaker } from './line-splitter.ts';
import type { Stats } from '../../src/stats.ts';

/** @internal Gets the lines. None of its methods throws or rejects. */
export interface LineSink extends LineTaker {
  /** Whether pino has to wait for the promise of `arrived`. */
  readonly isAwaited?: boolean;
  /** Whether the last line of this text has to be handled at once. */
  endsInHaste?(text: string): boolean;
  /** Resolves when the events that must not be lost have arrived; undefined if there are none. */
  arrived?(): Promise<void> | undefined;
  flush(): Promise<boolean>;
  close(): Promise<boolean>;
  stats(): Stats;
}

/**
 * How many characters may wait. More are handled at once, and pino, whose own buffer has 4 MiB,
 * waits for us.
 */
const MAX_WAITING = 16 * 1_048_576;

type Written = (error: Error | null | undefined) => void;

/**
 * A stream of lines that takes everything at once. If the stream of pino's worker made pino wait,
 * the application would freeze. It does so only behind a fatal line; see `LastWords`. `finish` comes when the
 * lines have been delivered, since in a pipeline pino ends the thread right after it and does not wait for
 * `close`.
 */
// It is not built with pino-abstract-transport. Its `close` comes too late for that, and its
// `write` waits for a slow reader. It parses each line before the level can be seen, and needs two
// more packages. `test/conformance` checks that this stream does what pino expects of such a one.
export class LineStream extends Writable {
  readonly #sink: LineSink;
  readonly #splitter: LineSplitter;
  readonly #decoder = new StringDecoder('utf8');
  readonly #slice: number;
  /** Texts that were taken but not handled yet. */
  readonly #waiting: string[] = [];
  /** How many characters of the first text are handled. */
  #done = 0;
  #characters = 0;
  #held:
    { readonly patience: number; readonly look: () => void; timer: Timer | undefined } | undefined;
  #isScheduled = false;
  #isWorking = false;
  /** Whether pino waits for the end of `hold`. */
  #isAwaited = false;
  /** Keeps the thread alive while pino waits. With pino 8 and 9 nothing else does. */
  #alive: Timer | undefined;
  #hasTaken = false;

  /**
   * @internal With a `slice` lines are handled for about so many ms at a time. Their events are sent
   * while the next lines are handled, and not all at the end. With 5,000 errors at once the process
   * then needs 172 MB at most instead of 191. Without a `slice` no line waits.
   */
  constructor(sink: LineSink, slice: number = Infinity) {
    // pino writes at most 4 MiB at once. With room for more, write() always returns true.
    super({ decodeStrings: false, highWaterMark: 16 * 1_048_576 });
    this.#sink = sink;
    this.#splitter = new LineSplitter(sink);
    this.#slice = slice;
  }

  /** @internal Whether anything was written to the stream. */
  get hasTaken(): boolean {
    return this.#hasTaken;
  }

  /**
   * @internal Lets lines wait until `release`, or for `patience` ms after the first one. `flush` and the end
   * of the stream handle them at once. `look` looks for what they wait for, before the first one.
   */
  hold(patience: number, look: () => void = () => undefined): void {
    this.#held = { patience, look, timer: undefined };
  }

  /** @internal Ends `hold`. */
  release(): void {
    if (this.#held?.timer !== undefined) systemClock.clearTimer(this.#held.timer);
    this.#held = undefined;
    if (this.#isAwaited) {
      this.#isAwaited = false;
      this.#work(Infinity);
      if (this.#canGoOn(true)) this.#goOn();
    }
    if (this.#waiting.length > 0 && !this.#isScheduled) this.#goOnLater();
  }

  /** @internal Handles all lines that wait. */
  settle(): void {
    this.release();
    this.#work(Infinity);
  }

  /**
   * Sends what waits. Calls back and resolves once everything that was written so far has arrived,
   * or `shutdownTimeout` is over. Resolves to true if all has arrived. Rejects only if `callback`
   * throws. pino's `logger.flush(callback)` calls it.
   */
  async flush(callback?: () => void): Promise<boolean> {
    this.settle();
    const arrived = await this.#sink.flush();
    callback?.();
    return arrived;
  }

  /** How many events there were so far, and what became of them. */
  stats(): Stats {
    return this.#sink.stats();
  }

  // A logger may outlive its stream: requests may still log while the process shuts down. A
  // Writable would emit an 'error' for that, and end the process if nobody listens. Here the sink
  // decides what happens to such lines.
  override write(chunk: unknown, encoding?: BufferEncoding | Written, callback?: Written): boolean {
    const written = typeof encoding === 'function' ? encoding : callback;
    if (!this.writableEnded && !this.destroyed) {
      const isReady = super.write(chunk, typeof encoding === 'string' ? encoding : 'utf8', written);
      return this.#sink.isAwaited === true ? this.#canGoOn(isReady) : isReady;
    }
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) this.#take(chunk);
    if (written !== undefined) process.nextTick(written, null);
    return true;
  }

  /** Whether pino may go on. If it has to wait, a 'drain' tells it when the wait is over. */
  #canGoOn(isReady: boolean): boolean {
    // The lines that are held are not read yet, so a fatal one may be among them.
    const arrived = this.#held === undefined ? this.#sink.arrived?.() : undefined;
    this.#isAwaited = this.#held !== undefined;
    if (!this.#isAwaited && arrived === undefined) return isReady;
    this.#alive ??= systemClock.setTimer(() => undefined, Infinity, { ref: true });
    void arrived?.then(() => this.#goOn());
    return false;
  }

  /** Tells pino to go on. */
  #goOn(): void {
    if (this.#alive !== undefined) systemClock.clearTimer(this.#alive);
    this.#alive = undefined;
    this.emit('drain');
  }

  override _write(
    chunk: string | Buffer,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#take(chunk);
    callback();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#handle(`${this.#decoder.end()}\n`);
    this.#afterHold(() => {
      this.settle();
      void this.#sink.close().then(() => callback());
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.settle();
    // The sink closes once. After `_final` nothing is left to do, after a failed pipeline everything is.
    void this.#sink.close().then(() => callback(error));
  }

  /**
   * The message that ends `hold` may be on its way to this thread. It comes within two turns of the
   * event loop.
   */
  #afterHold(action: () => void): void {
    if (this.#held === undefined) action();
    else setImmediate(() => setImmediate(action));
  }

  #take(chunk: string | Buffer): void {
    this.#hasTaken = true;
    this.#handle(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
  }

  #handle(text: string): void {
    if (this.#held?.timer === undefined) this.#held?.look();
    this.#waiting.push(text);
    this.#characters += text.length;
    const isHasty = this.#sink.endsInHaste?.(text) === true;
    // pino itself waits for the stream, so there is time for what the lines wait for.
    const canWait = this.#held !== undefined && this.#sink.isAwaited === true;
    if (this.#characters > MAX_WAITING || (isHasty && !canWait)) this.settle();
    else if (this.#held !== undefined) {
      const { patience } = this.#held;
      this.#held.timer ??= systemClock.setTimer(
        () => this.#afterHold(() => this.release()),
        patience,
      );
    } else if (!this.#isScheduled) this.#work(systemClock.now() + this.#slice);
  }

  #work(until: number): void {
    // A hook that logs is called while a line is being handled. Its lines are handled next.
    if (this.#isWorking) return;
    this.#isWorking = true;
    while (this.#waiting.length > 0 && this.#splitFirst(until));
    this.#isWorking = false;
    if (this.#waiting.length > 0 && !this.#isScheduled) this.#goOnLater();
  }

  #goOnLater(): void {
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work(systemClock.now() + this.#slice);
    });
  }

  /** Splits the first waiting text. Returns whether all of it is done. */
  #splitFirst(until: number): boolean {
    const text = this.#waiting[0] ?? '';
    this.#done = this.#splitter.split(text, this.#done, until);
    if (this.#done < text.length) return false;
    this.#waiting.shift();
    this.#done = 0;
    this.#characters -= text.length;
    return true;
  }
}
