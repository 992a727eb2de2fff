import { jsonBytes, ownCopy } from '../../lib/text.ts';

/** The most UTF-16 units of one text that is remembered, and of all of them together. */
const [LONGEST, ALL] = [2_048, 262_144];
/** Places for texts. If two texts have the same place, the later one is kept. */
const PLACES = 1_024;
/** How many units of a text are read to find its place. */
const LOOKED_AT = 8;

/**
 * Remembers texts in which there is nothing to hide, since events repeat them: names, paths, messages, a
 * browser's name. A text with a secret is never kept.
 *
 * This is no Map: a Map reads the whole of each text and takes 0.5 µs to keep one, and most texts with
 * numbers and ids come only once. So a text is kept only when its mark comes for the second time, and a
 * look-up compares it with one text.
 */
export class CleanTexts {
  readonly #marks = new Uint32Array(PLACES);
  #texts: string[] = emptyPlaces();
  /** How many bytes each text has in JSON; 0 if nobody has asked yet. */
  readonly #bytes = new Uint32Array(PLACES);
  #units = 0;

  /** How many bytes a text has in JSON if it is known as clean; -1 if it is not. */
  bytesOf(text: string): number {
    if (text.length > LONGEST) return -1;
    const place = markOf(text) % PLACES;
    if (this.#texts[place] !== text) return -1;
    return (this.#bytes[place] ||= jsonBytes(text));
  }

  /** Remembers that a text has nothing to hide. */
  add(text: string): void {
    if (text.length > LONGEST) return;
    const mark = markOf(text);
    const place = mark % PLACES;
    if (this.#marks[place] !== mark) {
      this.#marks[place] = mark;
      return;
    }
    this.#units += text.length - (this.#texts[place] as string).length;
    if (this.#units > ALL) {
      this.#texts = emptyPlaces();
      this.#units = text.length;
    }
    // A copy, since a part of a text keeps the whole text in memory.
    this.#texts[place] = ownCopy(text);
    this.#bytes[place] = 0;
  }
}

function emptyPlaces(): string[] {
  return Array.from({ length: PLACES }, () => '');
}

/** A number that few other texts have, made from some of the units. */
function markOf(text: string): number {
  const { length } = text;
  let mark = length;
  const step = Math.ceil(length / LOOKED_AT);
  for (let at = length - 1; at >= 0; at -= step) {
    mark = (Math.imul(mark, 31) + text.charCodeAt(at)) | 0;
  }
  return (mark ^ (mark >>> 15)) >>> 0;
}
