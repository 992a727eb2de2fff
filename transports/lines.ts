import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Stats } from '../src/stats.ts';

/** Where the lines go. None of these throws or rejects. */
export interface LineSink {
  line(line: string): void;
  /** A line of more than `MAX_LINE` characters: as many of them, and how many there were. */
  longLine(beginning: string, length: number): void;
  flush(): Promise<boolean>;
  close(): Promise<boolean>;
  stats(): Stats;
}

/** Characters of one line that are kept. */
export const MAX_LINE: number = 4 * 1_048_576;

type Written = (error: Error | null | undefined) => void;

/**
 * A stream of lines that is never slow: it takes everything at once, since a pino worker whose
 * stream hesitates freezes the application. Its `finish` waits until the lines have been delivered:
 * in a pipeline pino ends the thread right after that, without waiting for `close`.
 */
export class LineStream extends Writable {
  readonly #sink: LineSink;
  readonly #decoder = new StringDecoder('utf8');
  /** The line that has no end yet. */
  #rest = '';
  /** Characters of it that were thrown away, since it is too long. */
  #skipped = 0;

  constructor(sink: LineSink) {
    // pino hands over 4 MiB at most at once: with room for that, write() always says "go on".
    super({ decodeStrings: false, highWaterMark: 16 * 1_048_576 });
    this.#sink = sink;
  }

  /**
   * Calls back, and resolves, once everything written so far has arrived or `shutdownTimeout` is
   * over: true if all of it arrived. pino's `logger.flush(callback)` ends up here.
   */
  async flush(callback?: () => void): Promise<boolean> {
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
    this.#split(`${this.#decoder.end()}\n`);
    void this.#sink.close().then(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Memoised: after _final there is nothing left to do, after a pipeline's failure everything.
    void this.#sink.close().then(() => callback(error));
  }

  #take(chunk: string | Buffer): void {
    this.#split(typeof chunk === 'string' ? chunk : this.#decoder.write(chunk));
  }

  #split(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#end(text.slice(start, end));
      start = end + 1;
    }
    this.#keep(text.slice(start));
  }

  #keep(part: string): void {
    const room = MAX_LINE - this.#rest.length;
    this.#rest += part.length > room ? part.slice(0, room) : part;
    this.#skipped += Math.max(0, part.length - room);
  }

  #end(tail: string): void {
    if (this.#rest === '' && tail.length <= MAX_LINE) {
      if (tail !== '') this.#sink.line(tail);
      return;
    }
    this.#keep(tail);
    const line = this.#rest;
    const skipped = this.#skipped;
    this.#rest = '';
    this.#skipped = 0;
    if (skipped > 0) this.#sink.longLine(line, line.length + skipped);
    else if (line !== '') this.#sink.line(line);
  }
}
