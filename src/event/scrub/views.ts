import { isLetterUnit } from './find/finder.ts';
import { hasAll, QUOTES, SIGN } from './find/signs.ts';

/**
 * A text after one encoding is undone: JSON in JSON, a URL within a URL, HTML. Each unit has its place in the
 * encoded text, so that a secret that is found here can be hidden there.
 */
export interface View {
  readonly text: string;
  /** For each unit, and for the end, the place in the encoded text. */
  readonly places: Uint32Array;
}

/** One way to undo an encoding; undefined if a text shows no sign of it. */
export type Decoder = (text: string, signs: number) => View | undefined;

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const PERCENT = 37;

/** An escaped letter: people write one only to hide a name. */
const LETTER = /\\u00[4-7][\da-f]/i;
const ESCAPED = /\\["'`\\/nrtux]/;
const PERCENT_ENCODED = /%(?:[2-7][\da-f]|0[9ad]|[cde][\da-f]%[89ab])/i;
/** UTF-16 units of the longest name of an entity. */
const ENTITY = 6;
const ENTITIES = new Map<string, number>(
  Object.entries({
    quot: '"',
    apos: "'",
    amp: '&',
    lt: '<',
    gt: '>',
    colon: ':',
    equals: '=',
    sol: '/',
    num: '#',
    lbrace: '{',
    rbrace: '}',
    nbsp: ' ',
  }).map(([name, sign]) => [name, sign.charCodeAt(0)]),
);
/** The entities with numbers, for the signs that finders need. */
for (const sign of '"\'=/:<>&{}[]()?#@;, ') {
  const code = sign.charCodeAt(0);
  for (const name of [`#${code}`, `#0${code}`, `#x${code.toString(16)}`]) ENTITIES.set(name, code);
}

class Writer {
  readonly #units: Uint16Array;
  readonly #places: Uint32Array;
  #length = 0;
  #seen = 0;

  constructor(longest: number) {
    this.#units = new Uint16Array(longest);
    this.#places = new Uint32Array(longest + 1);
  }

  put(unit: number, place: number): void {
    this.#units[this.#length] = unit;
    this.#places[this.#length] = place;
    this.#length += 1;
    this.#seen |= unit;
  }

  view(end: number): View {
    this.#places[this.#length] = end;
    const units = this.#units.subarray(0, this.#length);
    // V8 searches a text of one byte per unit in half the time.
    const text =
      this.#seen < 256
        ? Buffer.from(units).toString('latin1')
        : Buffer.from(units.buffer, 0, this.#length * 2).toString('utf16le');
    return { text, places: this.#places };
  }
}

/**
 * Undoes backslashes of JSON and `util.inspect`. A quote without a backslash ends a string with everything
 * in it, so it becomes the end of a line.
 */
export const withoutBackslashes: Decoder = (text, signs) =>
  hasAll(signs, SIGN.backslash) && ESCAPED.test(text) ? unescaped(text, NEWLINE) : undefined;

/** The same if double quotes are part of a string in other quotes, so that they stay: `'{"a":"b\\"c"}'`, `'a\n b="c"'`. */
export const withinOtherQuotes: Decoder = (text, signs) => {
  if (!hasAll(signs, SIGN.backslash)) return undefined;
  const first = text.indexOf('"');
  const hides = text.includes('\\u00') && LETTER.test(text);
  if (hides) return unescaped(text, QUOTE);
  if (first === -1 || !ESCAPED.test(text)) return undefined;
  const isOther = isBefore(text, "'", first) || isBefore(text, '`', first);
  const isMixed = text.includes('\\\\"') && (isOther || text.includes("'") || text.includes('`'));
  return isOther || isMixed ? unescaped(text, QUOTE) : undefined;
};

function isBefore(text: string, sign: string, place: number): boolean {
  const at = text.indexOf(sign);
  return at !== -1 && at < place;
}

/** The same for joined parts. Double quotes stay, since a part in other quotes has them without a backslash. */
export const withinQuotes: Decoder = (text, signs) =>
  hasAll(signs, SIGN.backslash | SIGN.double) ? unescaped(text, QUOTE) : undefined;

/** For the unit behind a backslash: the unit that both stand for; 0 if the backslash is an ordinary one. */
const STANDS_FOR = new Uint8Array(128);
for (const unit of [QUOTE, 39, 96, 47, BACKSLASH]) STANDS_FOR[unit] = unit;
for (const [letter, unit] of Object.entries({ n: 10, r: 13, t: 9 })) {
  STANDS_FOR[letter.charCodeAt(0)] = unit;
}

function unescaped(text: string, quote: number): View {
  const writer = new Writer(text.length);
  const last = text.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) writer.put(quote, at);
    else if (unit !== BACKSLASH || at === last) writer.put(unit, at);
    else {
      const next = text.charCodeAt(at + 1);
      const digits = next === 117 ? 4 : next === 120 ? 2 : 0;
      const code = digits > 0 ? hexAt(text, at + 2, digits) : -1;
      const known = next < 128 ? (STANDS_FOR[next] ?? 0) : 0;
      if (code !== -1) {
        writer.put(code, at);
        at += 1 + digits;
      } else if (known !== 0) {
        writer.put(known, at);
        at += 1;
      } else writer.put(unit, at);
    }
  }
  return writer.view(text.length);
}

const JOIN = /['"`] \+\r?\n[ \t]{0,200}['"`]/g;

export function hasJoins(text: string, signs: number): boolean {
  const mayHave = hasAll(signs, SIGN.plus | SIGN.lineEnd) && (signs & QUOTES) !== 0;
  if (!mayHave || !text.includes(' +')) return false;
  JOIN.lastIndex = 0;
  return JOIN.test(text);
}

/** Undoes what `util.inspect` makes of a text of many lines: `'a\n' +\n  'b'`. */
export const withoutJoins: Decoder = (text) => {
  JOIN.lastIndex = 0;
  let match = JOIN.exec(text);
  if (match === null) return undefined;
  const writer = new Writer(text.length);
  let done = 0;
  for (; match !== null; match = JOIN.exec(text)) {
    for (; done < match.index; done += 1) writer.put(text.charCodeAt(done), done);
    done = JOIN.lastIndex;
  }
  for (; done < text.length; done += 1) writer.put(text.charCodeAt(done), done);
  return writer.view(text.length);
};

/** Chinese and Japanese write `\uff1a` for `:` and `\uff1d` for `=`. */
export const withoutWideSigns: Decoder = (text, signs) => {
  if ((signs & SIGN.wide) === 0) return undefined;
  if (!text.includes('\uff1a') && !text.includes('\uff1d')) return undefined;
  const writer = new Writer(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    writer.put(unit === 0xff1a ? 58 : unit === 0xff1d ? 61 : unit, at);
  }
  return writer.view(text.length);
};

/** Undoes `%3D`. */
export const withoutPercents: Decoder = (text, signs) => {
  if (!hasAll(signs, SIGN.percent) || !PERCENT_ENCODED.test(text)) return undefined;
  const writer = new Writer(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const code = unit === PERCENT ? hexAt(text, at + 1, 2) : -1;
    const point = code > 0xc1 ? pointAt(text, at, code) : 0;
    if (point > 0) {
      // Names may have letters of other alphabets.
      writer.put(point, at);
      at += point > 0x7ff ? 8 : 5;
      continue;
    }
    const isKnown = (code >= 32 && code < 127) || code === 9 || code === 10 || code === 13;
    writer.put(isKnown ? code : unit, at);
    if (isKnown) at += 2;
  }
  return writer.view(text.length);
};

/** The letter of two or three bytes of UTF-8; 0 if they are no letter or one of two units. */
function pointAt(text: string, at: number, first: number): number {
  const second = byteAt(text, at + 3);
  if (first < 0xe0) return second === -1 ? 0 : (first & 31) * 64 + second;
  const third = byteAt(text, at + 6);
  if (first > 0xef || second === -1 || third === -1) return 0;
  const point = (first & 15) * 4096 + second * 64 + third;
  return point < 0x800 || (point >= 0xd800 && point < 0xe000) ? 0 : point;
}

/** The bits that a further byte adds to a letter; -1 if there is no such byte. */
function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== PERCENT) return -1;
  const byte = hexAt(text, at + 1, 2);
  return (byte & 0xc0) === 0x80 ? byte & 63 : -1;
}

/** Undoes `&quot;`. */
export const withoutEntities: Decoder = (text, signs) => {
  if (!hasAll(signs, SIGN.ampersand | SIGN.semicolon)) return undefined;
  let at = text.indexOf('&');
  if (at === -1 || !text.includes(';', at)) return undefined;
  let writer: Writer | undefined;
  let done = 0;
  for (; at !== -1; at = text.indexOf('&', at + 1)) {
    const end = entityEnd(text, at + 1);
    const sign = end === -1 ? undefined : ENTITIES.get(text.slice(at + 1, end).toLowerCase());
    if (sign === undefined) continue;
    writer ??= new Writer(text.length);
    for (; done < at; done += 1) writer.put(text.charCodeAt(done), done);
    writer.put(sign, at);
    done = end + 1;
    at = end;
  }
  if (writer === undefined) return undefined;
  for (; done < text.length; done += 1) writer.put(text.charCodeAt(done), done);
  return writer.view(text.length);
};

/** The place of the `;` that ends the name of an entity; -1 if there is none. */
function entityEnd(text: string, start: number): number {
  for (let at = start; at <= start + ENTITY; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 59) return at;
    if (unit !== 35 && !isLetterUnit(unit)) return -1;
  }
  return -1;
}

function hexAt(text: string, start: number, digits: number): number {
  let code = 0;
  for (let at = start; at < start + digits; at += 1) {
    const unit = text.charCodeAt(at) | 32;
    const digit = unit >= 97 && unit <= 102 ? unit - 87 : unit >= 48 && unit <= 57 ? unit - 48 : -1;
    if (digit === -1) return -1;
    code = code * 16 + digit;
  }
  return code;
}
