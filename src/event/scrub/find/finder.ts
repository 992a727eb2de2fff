import type { Judge } from '../names.ts';

/**
 * Takes note of a part of a text that must not leave. `isJson`: the part is a whole value of JSON, with
 * its quotes if it has some, so that what stands in its place needs quotes as well.
 */
export type Hide = (start: number, end: number, isJson?: boolean) => void;

/**
 * Looks for secrets of one form in a text, in time that grows with its length and no more, and says
 * where they are. It knows nothing of what others find.
 */
export type Finder = (text: string, hide: Hide, judge: Judge) => void;

export const BACKSLASH = 92;

/** Where lines end, asked from left to right: a line that is long is looked through once. */
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

/**
 * The place of the quote that closes the one at `open`, or -1 where there is none up to `end`. A quote
 * behind an odd number of backslashes, or doubled as in SQL, is part of the text.
 */
export function closingQuote(text: string, open: number, end: number): number {
  const quote = text.charAt(open);
  let at = text.indexOf(quote, open + 1);
  while (at !== -1 && at < end) {
    let run = at;
    while (run > open + 1 && text.charCodeAt(run - 1) === BACKSLASH) run -= 1;
    if ((at - run) % 2 === 1) at = text.indexOf(quote, at + 1);
    else if (at > open + 1 && text.charAt(at + 1) === quote) at = text.indexOf(quote, at + 2);
    else return at;
  }
  return -1;
}
