/**
 * A text as it reads once what encodes it is undone: JSON in JSON, a URL within a URL, HTML. Each unit
 * knows where it comes from, so that what is found here can be hidden there.
 */
export interface View {
  readonly text: string;
  /** For each unit, and for the end, its place in the text that it was made of. */
  readonly places: Uint32Array;
}

/** One way of undoing an encoding; undefined where a text shows no sign of it. */
export type Decoder = (text: string) => View | undefined;

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const PERCENT = 37;

const ESCAPED = /\\["'`\\/nrtux]/;
const PERCENT_ENCODED = /%(?:[2-7][\da-f]|0[9ad])/i;
const ENTITY = /&(?:quot|apos|amp|lt|gt|colon|equals|#3[49]|#61|#x(?:2[27f]|3[acde]));/gi;
const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  amp: '&',
  lt: '<',
  gt: '>',
  colon: ':',
  equals: '=',
  '#34': '"',
  '#39': "'",
  '#61': '=',
  '#x22': '"',
  '#x27': "'",
  '#x2f': '/',
  '#x3a': ':',
  '#x3c': '<',
  '#x3d': '=',
  '#x3e': '>',
};
const LETTERS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9 };

class Writer {
  readonly #units: Uint16Array;
  readonly #places: Uint32Array;
  #length = 0;

  constructor(longest: number) {
    this.#units = new Uint16Array(longest);
    this.#places = new Uint32Array(longest + 1);
  }

  put(unit: number, place: number): void {
    this.#units[this.#length] = unit;
    this.#places[this.#length] = place;
    this.#length += 1;
  }

  view(end: number): View {
    this.#places[this.#length] = end;
    const { buffer } = this.#units;
    const text = Buffer.from(buffer, 0, this.#length * 2).toString('utf16le');
    return { text, places: this.#places.subarray(0, this.#length + 1) };
  }
}

/**
 * Undoes backslashes, as JSON and `util.inspect` write them. A quote without one ends a string, and with
 * it everything that stands in it: it becomes the end of a line.
 */
export const withoutBackslashes: Decoder = (text) =>
  text.includes('\\') && ESCAPED.test(text) ? unescaped(text, NEWLINE) : undefined;

/** The same where such quotes are part of a string in other ones: `'{"a":"b\\"c"}'`. */
export const withinOtherQuotes: Decoder = (text) =>
  text.includes('\\\\"') && /['`]/.test(text) ? unescaped(text, QUOTE) : undefined;

function unescaped(text: string, quote: number): View {
  const writer = new Writer(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) writer.put(quote, at);
    else if (unit !== BACKSLASH || at + 1 === text.length) writer.put(unit, at);
    else {
      const next = text.charAt(at + 1);
      const digits = next === 'u' ? 4 : next === 'x' ? 2 : 0;
      const code = digits > 0 ? hexAt(text, at + 2, digits) : -1;
      if (code !== -1) {
        writer.put(code, at);
        at += 1 + digits;
      } else if ('"\'`\\/'.includes(next)) {
        writer.put(text.charCodeAt(at + 1), at);
        at += 1;
      } else if (LETTERS[next] !== undefined) {
        writer.put(LETTERS[next], at);
        at += 1;
      } else writer.put(unit, at);
    }
  }
  return writer.view(text.length);
}

const JOIN = /['"`] \+\r?\n[ \t]{0,200}['"`]/g;

export function hasJoins(text: string): boolean {
  if (!text.includes(' +')) return false;
  JOIN.lastIndex = 0;
  return JOIN.test(text);
}

/** Undoes what `util.inspect` makes of a text of many lines: `'a\n' +\n  'b'`. */
export const withoutJoins: Decoder = (text) => replaced(text, JOIN, () => '');

/** Puts the sign that each match stands for in its place, or nothing where that is empty. */
function replaced(
  text: string,
  pattern: RegExp,
  signOf: (match: string) => string,
): View | undefined {
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  if (match === null) return undefined;
  const writer = new Writer(text.length);
  let done = 0;
  for (; match !== null; match = pattern.exec(text)) {
    for (; done < match.index; done += 1) writer.put(text.charCodeAt(done), done);
    const sign = signOf(match[0]);
    if (sign !== '') writer.put(sign.charCodeAt(0), done);
    done = pattern.lastIndex;
  }
  for (; done < text.length; done += 1) writer.put(text.charCodeAt(done), done);
  return writer.view(text.length);
}

/** Undoes `%3D`. */
export const withoutPercents: Decoder = (text) => {
  if (!text.includes('%') || !PERCENT_ENCODED.test(text)) return undefined;
  const writer = new Writer(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const code = unit === PERCENT ? hexAt(text, at + 1, 2) : -1;
    // Other alphabets take several bytes a letter; no form needs them.
    const isKnown = (code >= 32 && code < 127) || code === 9 || code === 10 || code === 13;
    writer.put(isKnown ? code : unit, at);
    if (isKnown) at += 2;
  }
  return writer.view(text.length);
};

/** Undoes `&quot;`. */
export const withoutEntities: Decoder = (text) =>
  text.includes('&')
    ? replaced(text, ENTITY, (match) => ENTITIES[match.slice(1, -1).toLowerCase()] ?? '&')
    : undefined;

function hexAt(text: string, start: number, digits: number): number {
  let code = 0;
  for (let at = start; at < start + digits; at += 1) {
    const unit = text.charCodeAt(at) | 32;
    const digit = unit >= 97 && unit <= 102 ? unit - 87 : unit >= 48 && unit <= 57 ? unit - 48 : -1;
    if (digit === -1) return -1;
    code = code * 16 + digit;
  }
  return Number.isNaN(code) ? -1 : code;
}
