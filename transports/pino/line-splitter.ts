import { systemClock } from '../../src/lib/clock.ts';

/** A piece of text that lines were cut from. */
export interface Piece {
  /** When it was looked at: ms since the epoch. To ask the clock for each line took a tenth of the time. */
  readonly at: number;
  /** UTF-16 units, which V8 keeps as long as any line of it. */
  readonly length: number;
}

/** Where the lines go. None of these throws. */
export interface LineTaker {
  line(line: string, piece: Piece): void;
  /** A line of more than `MAX_LINE` characters: as many of them, and how many there were. */
  longLine(beginning: string, length: number): void;
}

/** Characters of one line that are kept. */
export const MAX_LINE: number = 4 * 1_048_576;

/** Lines between two looks at the clock: 64 errors take some 4 ms, 64 lines of a trail 10 µs. */
const LINES_PER_LOOK = 64;

/** Cuts text into lines, which may begin in one piece of it and end in another. */
export class LineSplitter {
  readonly #taker: LineTaker;
  /** The line that has no end yet. */
  #rest = '';
  /** Characters of it that were thrown away, since it is too long. */
  #skipped = 0;

  constructor(taker: LineTaker) {
    this.#taker = taker;
  }

  /**
   * Hands over the lines of a text from an index on, until it ends, or soon after the clock's time
   * `until`. Returns where to go on, which is the text's length when it is through.
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
