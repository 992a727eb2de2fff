import { FILTERED } from '../../lib/text.ts';

/** There is room for so many numbers at first. */
const FEW = 16;

/** So many units of a result are written as one text: V8 takes five times as long for a text of 400,000 pieces. */
const PIECE = 4_096;

/** The parts of one text that must not leave. Finders add them in any order, and they may overlap. */
export class Spans {
  /**
   * The start of each part, then twice its end, plus one if it is a value of JSON. These are numbers and no
   * objects: a hostile text has some 200,000 parts, and so many objects cost more than all the rest.
   */
  #parts: Int32Array | undefined;
  #length = 0;
  #isSorted = true;

  add(start: number, end: number, isJson = false): void {
    if (end <= start) return;
    let parts = (this.#parts ??= new Int32Array(FEW));
    const length = this.#length;
    if (length > 0) {
      const from = parts[length - 2] as number;
      const to = (parts[length - 1] as number) >> 1;
      if (start > from && end <= to) return;
      this.#isSorted &&= start > from || (start === from && end <= to);
    }
    if (length === parts.length) {
      const more = new Int32Array(length * 2);
      more.set(parts);
      this.#parts = parts = more;
    }
    parts[length] = start;
    parts[length + 1] = isJson ? end * 2 + 1 : end * 2;
    this.#length = length + 2;
  }

  /** The text with one mark in place of each part. Parts that touch or overlap are one. */
  write(text: string): string {
    if (this.#parts === undefined) return text;
    const known = this.#parts.subarray(0, this.#length);
    const parts = this.#isSorted ? known : inOrder(known);
    let result = '';
    let piece = '';
    let done = 0;
    for (let index = 0; index < parts.length;) {
      const start = parts[index] as number;
      // The text may be shorter than the one that was searched; see `HALVED` in scrubber.ts.
      if (start >= text.length) break;
      const first = parts[index + 1] as number;
      let end = first >> 1;
      for (index += 2; index < parts.length && (parts[index] as number) <= end; index += 2) {
        end = Math.max(end, (parts[index + 1] as number) >> 1);
      }
      const isJson = first === end * 2 + 1;
      piece += text.slice(done, start) + (isJson ? `"${FILTERED}"` : FILTERED);
      done = end;
      if (piece.length > PIECE) {
        result += joined(piece);
        piece = '';
      }
    }
    return result + piece + text.slice(done);
  }
}

/** The same text. V8 joins the pieces of a text when a unit of it is read. */
function joined(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** The parts by their starts; of two with the same start the longer one comes first. */
function inOrder(parts: Int32Array): Int32Array {
  const order = Array.from({ length: parts.length / 2 }, (_, index) => index * 2);
  order.sort((a, b) => {
    const difference = (parts[a] as number) - (parts[b] as number);
    return difference === 0 ? (parts[b + 1] as number) - (parts[a + 1] as number) : difference;
  });
  const sorted = new Int32Array(parts.length);
  for (const [place, index] of order.entries()) {
    sorted[place * 2] = parts[index] as number;
    sorted[place * 2 + 1] = parts[index + 1] as number;
  }
  return sorted;
}
