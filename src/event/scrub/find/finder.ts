import type { Judge } from '../names.ts';

/**
 * Marks a part of a text that must not leave. `isJson`: the part is a whole value of JSON, with its quotes
 * if it has some. Then the mark that replaces it needs quotes as well.
 */
export type Hide = (start: number, end: number, isJson?: boolean) => void;

/**
 * Looks for secrets of one form in a text and calls `hide` for each. Its time grows in proportion to the
 * length of the text. It knows nothing about what other finders find. Most texts have no secret, so a
 * finder first asks whether the text has the signs that it needs; see `signsOf`.
 */
export type Finder = (text: string, hide: Hide, judge: Judge, signs: number) => void;

export const BACKSLASH = 92;

export const LINE_FEED = 10;

const [TAB, RETURN, SPACE] = [9, 13, 32];

export function isBlankUnit(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}

/** A blank, the end of a line, or the end of the text. */
export function isSpaceUnit(unit: number): boolean {
  return unit === SPACE || (unit >= TAB && unit <= RETURN) || unit === 0xa0 || Number.isNaN(unit);
}

export function isQuoteUnit(unit: number): boolean {
  return unit === 34 || unit === 39 || unit === 96;
}

export function isDigitUnit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

/** Letters and digits. From `À` on all units count, except the two that end lines. */
export function isLetterUnit(unit: number): boolean {
  if (unit > 127) return unit > 191 && unit !== 0x2028 && unit !== 0x2029;
  return isDigitUnit(unit) || ((unit | 32) >= 97 && (unit | 32) <= 122);
}

/** The start of a frame of a stack. It is short because V8 makes a table to search for a longer text. */
const FRAME = '\n    a';

/** Calls `take` with each part of a text that is no frame of a stack: frames hold no sentences. */
export function outsideFrames(text: string, take: (part: string, start: number) => void): void {
  for (let start = 0; start < text.length;) {
    const frame = text.indexOf(FRAME, start);
    const end = frame === -1 ? text.length : frame;
    if (end > start) take(start === 0 && frame === -1 ? text : text.slice(start, end), start);
    if (frame === -1) return;
    const next = text.indexOf('\n', frame + 1);
    start = next === -1 ? text.length : next;
  }
}

/** Finds where lines end. Asked from left to right, it looks through a long line only once. */
export class Lines {
  readonly #text: string;
  #from = 0;
  #end = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The end of the line that `at` is in. */
  endOf(at: number): number {
    if (at < this.#from || at > this.#end) {
      const found = this.#text.indexOf('\n', at);
      this.#from = at;
      this.#end = found === -1 ? this.#text.length : found;
    }
    return this.#end;
  }
}

/** Finds where a sign comes next. Asked from left to right, it looks through the text only once. */
export class Signs {
  readonly #text: string;
  readonly #sign: string;
  #from = 0;
  #found = -1;

  constructor(text: string, sign: string) {
    this.#text = text;
    this.#sign = sign;
  }

  /** The place of the first one from `at` on; Infinity if there is none. */
  from(at: number): number {
    if (at < this.#from || at > this.#found) {
      const found = this.#text.indexOf(this.#sign, at);
      this.#from = at;
      this.#found = found === -1 ? Infinity : found;
    }
    return this.#found;
  }
}

/**
 * The place of the quote that closes the one at `open`; -1 if there is none before `end`. A quote is part
 * of the text if it stands behind an odd number of backslashes or is doubled, as in SQL.
 */
export function closingQuote(text: string, open: number, end: number): number {
  const quote = text.charCodeAt(open);
  const sign = text.charAt(open);
  let at = text.indexOf(sign, open + 1);
  while (at !== -1 && at < end) {
    let run = at;
    while (run > open + 1 && text.charCodeAt(run - 1) === BACKSLASH) run -= 1;
    if ((at - run) % 2 === 1) at = text.indexOf(sign, at + 1);
    else if (at > open + 1 && text.charCodeAt(at + 1) === quote) at = text.indexOf(sign, at + 2);
    else return at;
  }
  return -1;
}
