import { FILTERED } from '../../lib/text.ts';

interface Span {
  readonly start: number;
  readonly end: number;
  readonly isJson: boolean;
}

/** Parts of one text that must not leave, as finders say them: in any order, and over each other. */
export class Spans {
  readonly #spans: Span[] = [];

  add(start: number, end: number, isJson = false): void {
    if (end > start) this.#spans.push({ start, end, isJson });
  }

  /** The text with one mark in place of each part; those that meet are one. */
  write(text: string): string {
    const spans = this.#spans;
    if (spans.length === 0) return text;
    spans.sort((a, b) => a.start - b.start || b.end - a.end);
    let result = '';
    let done = 0;
    for (let index = 0; index < spans.length;) {
      const first = spans[index] as Span;
      // Of a text that goes on, the end is looked at and does not show.
      if (first.start >= text.length) break;
      let { end } = first;
      index += 1;
      for (let next = spans[index]; next !== undefined && next.start <= end; next = spans[index]) {
        end = Math.max(end, next.end);
        index += 1;
      }
      const isJson = first.isJson && end === first.end;
      result += text.slice(done, first.start) + (isJson ? `"${FILTERED}"` : FILTERED);
      done = end;
    }
    return result + text.slice(done);
  }
}
