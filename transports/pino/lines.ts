import { setImmediate } from 'node:timers';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { systemClock, type Timer } from '../../src/lib/clock.ts';
import { LineSplitter, type LineTaker } from './line-splitter.ts';
import type { Stats } from '../../src/stats.ts';

/** Where the lines go. None of these throws or rejects. */
export interface LineSink extends LineTaker {
  flush(): Promise<boolean>;
  close(): Promise<boolean>;
  stats(): Stats;
}

/**
 * Characters that may wait; what exceeds it is handled at once, and pino, whose own buffer has 4 MiB,
 * waits for us.
 */
const MAX_WAITING = 16 * 1_048_576;

type Written = (error: Error | null | undefined) => void;

/**
 * A stream of lines that is never slow: it takes everything at once, since a pino worker whose
 * stream hesitates freezes the application. Its `finish` waits until the lines have been delivered:
 * in a pipeline pino ends the thread right after that, without waiting for `close`.
 *
 * It is not built with pino-abstract-transport, whose `close` comes too late for that, whose `write`
 * hesitates beside a slow reader, and which has read and split each line (with two packages more) before
 * its level can be looked at. `test/conformance` holds it to whatever a host may expect of one that is.
 */
export class LineStream extends Writable {
  readonly #sink: LineSink;
  readonly #splitter: LineSplitter;
  readonly #decoder = new StringDecoder('utf8');
  readonly #slice: number;
  /** What was taken and is not handled yet. */
  readonly #waiting: string[] = [];
  /** How much of the first of them is. */
  #done = 0;
  #characters = 0;
  #held: { readonly patience: number; timer: Timer | undefined } | undefined;
  #isScheduled = false;
  #isWorking = false;
  #hasTaken = false;

  /**
   * With a `slice` lines are handled for about so many ms at a time. What they became is then sent
   * while the next ones are handled, and not in one heap behind them: with 5,000 errors at once the
   * process takes 172 MB at most, and not 191. Without one no line ever waits.
   */
  constructor(sink: LineSink, slice: number = Infinity) {
    // pino hands over 4 MiB at most at once: with room for that, write() always says "go on".
    super({ decodeStrings: false, highWaterMark: 16 * 1_048_576 });
    this.#sink = sink;
    this.#splitter = new LineSplitter(sink);
    this.#slice = slice;
  }

  /** Whether anything was written to it. */
  get hasTaken(): boolean {
    return this.#hasTaken;
  }

  /**
   * Lets lines wait until `release`, or for `patience` ms from the first one on. Nobody else waits for
   * that: what flushes or closes the stream has them handled at once.
   */
  hold(patience: number): void {
    this.#held = { patience, timer: undefined };
  }

  /** Goes on after `hold`. */
  release(): void {
    if (this.#held?.timer !== undefined) systemClock.clearTimer(this.#held.timer);
    this.#held = undefined;
    if (this.#waiting.length > 0 && !this.#isScheduled) this.#goOnLater();
  }

  /** Handles all lines that wait. */
  settle(): void {
    this.release();
    this.#work(Infinity);
  }

  /**
   * Calls back, and resolves, once everything written so far has arrived or `shutdownTimeout` is
   * over: true if all of it arrived. pino's `logger.flush(callback)` ends up here.
   */
  async flush(callback?: () => void): Promise<boolean> {
    this.settle();
    const arrived = await this.#sink.flush();
    callback?.();
    return arrived;
  }

  /** What became of the events so far. */
  stats(): Stats {
    return this.#sink.stats();
  }

  /**
   * A logger may outlive its stream, as where requests still log while the process shuts down. A
   * Writable answers that with an 'error' that nobody listens for, which ends the process; here it
   * is for the sink to say what becomes of the lines.
   */
  override write(chunk: unknown, encoding?: BufferEncoding | Written, callback?: Written): boolean {
    const written = typeof encoding === 'function' ? encoding : callback;
    if (!this.writableEnded && !this.destroyed) {
      return super.write(chunk, typeof encoding === 'string' ? encoding : 'utf8', written);
    }
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) this.#take(chunk);
    if (written !== undefined) process.nextTick(written, null);
    return true;
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
    // Memoised: after _final there is nothing left to do, after a pipeline's failure everything.
    void this.#sink.close().then(() => callback(error));
  }

  /** What `release` waits for may be on its way to this thread: two turns of its loop bring it. */
  #afterHold(action: () => void): void {
    if (this.#held === undefined) action();
    else setImmediate(() => setImmediate(action));
  }

  #take(chunk: string | Buffer): void {
    this.#hasTaken = true;
    this.#handle(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
  }

  #handle(text: string): void {
    this.#waiting.push(text);
    this.#characters += text.length;
    if (this.#characters > MAX_WAITING) this.settle();
    else if (this.#held !== undefined) {
      this.#held.timer ??= systemClock.setTimer(() => this.release(), this.#held.patience);
    } else if (!this.#isScheduled) this.#work(systemClock.now() + this.#slice);
  }

  #work(until: number): void {
    // A hook that logs is called for a line that is not through yet: what it logs is next.
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

  /** Whether it got through with the first that waits. */
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
