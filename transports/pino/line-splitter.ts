import { systemClock } from '../../src/lib/clock.ts';

/** A text from which lines were cut. */
export interface Piece {
  /**
   * When it was split, in ms since the epoch. Reading the clock for each line took a tenth of the
   * time.
   */
  readonly at: number;
  /** Its UTF-16 units. V8 keeps all of them in memory while a line of it is kept. */
  readonly length: number;
}

/** Gets the lines. None of its methods throws. */
export interface LineTaker {
  line(line: string, piece: Piece): void;
  /** Gets the first `MAX_LINE` characters of a longer line, and how many it had. */
  longLine(beginning: string, length: number): void;
}

/** How many characters of a line are kept. */
export const MAX_LINE: number = 4 * 1_048_576;

/**
 * How many lines are split before the clock is asked. 64 errors take about 4 ms, 64 other lines 10
 * µs.
 */
const LINES_PER_LOOK = 64;

/** Splits text into lines. A line may begin in one piece of text and end in another. */
export class LineSplitter {
  readonly #taker: LineTaker;
  /** The beginning of a line whose end has not come yet. */
  #rest = '';
  /** How many characters of that line were dropped because it is too long. */
  #skipped = 0;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  /**
   * Passes the lines of a text, from the index `from` on, until the text ends or the clock's time
   * `until` is over. Returns the index at which to continue. It is the text's length if all is
   * done.
   */
  split(text: string, from: number, until: number): number {
    const piece: Piece = { at: Date.now(), length: text.length };
    let start = from;
    let lines = 0;
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      this.#end(text.slice(start, end), piece);
      start = end + 1;
      lines += 1;
      if (lines % LINES_PER_LOOK === 0 && until !== Infinity && systemClock.now() >= until) {
        return start;
      }
    }
    this.#keep(text.slice(start));
    return text.length;
  }

  #keep(part: string): void {
    const room = MAX_LINE - this.#rest.length;
    this.#rest += part.length > room ? part.slice(0, room) : part;
    this.#skipped += Math.max(0, part.length - room);
  }

  #end(tail: string, piece: Piece): void {
    if (this.#rest === '' && tail.length <= MAX_LINE) {
      if (tail !== '') this.#taker.line(tail, piece);
      return;
    }
    this.#keep(tail);
    const line = this.#rest;
    const skipped = this.#skipped;
    this.#rest = '';
    this.#skipped = 0;
    if (skipped > 0) this.#taker.longLine(line, line.length + skipped);
    else if (line !== '') this.#taker.line(line, piece);
  }
}
