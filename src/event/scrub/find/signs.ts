/**
 * Which signs a text has, as bits of one number. Each finder needs some: of most texts one pass says
 * that none of the finders, of which each would look through the whole, has anything to find.
 */
export const SIGN = {
  blank: 1,
  lineEnd: 2,
  equals: 4,
  colon: 8,
  less: 16,
  double: 32,
  single: 64,
  backtick: 128,
  backslash: 256,
  percent: 512,
  ampersand: 1_024,
  curly: 2_048,
  square: 4_096,
  paren: 8_192,
  minus: 16_384,
  at: 32_768,
  question: 65_536,
  comma: 131_072,
  slash: 262_144,
  semicolon: 524_288,
  plus: 1_048_576,
  letterB: 2_097_152,
  smallB: 4_194_304,
  /** What is no ASCII. */
  wide: 8_388_608,
  /** What may be the end of a name that people say, and what stands behind one: `password `, `api key", `, `pin..`. */
  name: 16_777_216,
  dot: 33_554_432,
  bar: 67_108_864,
  /** Signs of hashes, which few other texts have. */
  dollar: 134_217_728,
  tilde: 268_435_456,
} as const;

const TABLE = new Int32Array(128);
for (const [signs, bit] of [
  [' \t', SIGN.blank],
  ['\n\r', SIGN.lineEnd],
  ['=', SIGN.equals],
  [':', SIGN.colon],
  ['<', SIGN.less],
  ['"', SIGN.double],
  ["'", SIGN.single],
  ['`', SIGN.backtick],
  ['\\', SIGN.backslash],
  ['%', SIGN.percent],
  ['&', SIGN.ampersand],
  ['{', SIGN.curly],
  ['[', SIGN.square],
  ['(', SIGN.paren],
  ['-', SIGN.minus],
  ['@', SIGN.at],
  ['?', SIGN.question],
  [',', SIGN.comma],
  ['/', SIGN.slash],
  [';', SIGN.semicolon],
  ['+', SIGN.plus],
  ['B', SIGN.letterB],
  ['b', SIGN.smallB],
  ['.', SIGN.dot],
  ['|', SIGN.bar],
  ['$', SIGN.dollar],
  ['~', SIGN.tilde],
] as const) {
  for (const sign of signs) TABLE[sign.charCodeAt(0)] = bit;
}

/**
 * By the last two letters of a name the one before them, and the one before that; 0 where it does not
 * matter. See `ENDS` in spoken.ts.
 */
const ENDINGS = new Map(
  'word wort rase code oken cret auth pass tify sion ture seed enha -key -pin -otp -jwt -cvc -cvv -ssn --wd --pw --id'
    .split(' ')
    .map((end) => [pairOf(end, 3), [letterOf(end, 1), letterOf(end, 0)] as const]),
);
const THIRD = new Uint8Array(1_024);
const FOURTH = new Uint8Array(1_024);
const IS_END = new Uint8Array(1_024);
for (const [pair, [third, fourth]] of ENDINGS) {
  IS_END[pair] = 1;
  THIRD[pair] = third;
  FOURTH[pair] = fourth;
}

function letterOf(text: string, at: number): number {
  return text.charAt(at) === '-' ? 0 : text.charCodeAt(at) & 31;
}

function pairOf(text: string, last: number): number {
  return (text.charCodeAt(last - 1) & 31) * 32 + (text.charCodeAt(last) & 31);
}

export const QUOTES: number = SIGN.double | SIGN.single | SIGN.backtick;

/** The units that are looked at: of an array V8 reads one in a third of the time that a string takes. */
const UNITS = new Uint16Array(8_192);
const BYTES = Buffer.from(UNITS.buffer);
/** Units in front of a blank that are looked at as well. */
const OVERLAP = 8;
/** To have Node copy fewer units takes longer than to copy them one by one. */
const FEW = 24;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The signs of a text. Those of a part are among those of the whole. */
export function signsOf(text: string): number {
  let signs = 0;
  for (let start = 0; start < text.length; start += UNITS.length - OVERLAP) {
    signs |= signsIn(copied(start === 0 ? text : text.slice(start, start + UNITS.length)));
  }
  return signs;
}

/** Puts as much of a text as there is room for into `UNITS`; returns how much. */
function copied(text: string): number {
  const length = Math.min(text.length, UNITS.length);
  if (IS_LITTLE_ENDIAN && length > FEW) BYTES.write(text, 'utf16le');
  else for (let at = 0; at < length; at += 1) UNITS[at] = text.charCodeAt(at);
  return length;
}

function signsIn(length: number): number {
  let signs = 0;
  for (let at = 0; at < length; at += 1) {
    const unit = UNITS[at] as number;
    const sign = unit < 128 ? (TABLE[unit] as number) : SIGN.wide;
    signs |= sign;
    if ((sign & BEHIND_NAME) !== 0 && at > 1 && endsName(at, sign)) signs |= SIGN.name;
  }
  return signs;
}

/** What stands behind the name. */
const BEHIND_NAME = SIGN.blank | SIGN.dot;
const [DOT, COMMA, SEMICOLON] = [46, 44, 59];

/** Whether what stands in front of a blank, or of two dots, may be the end of a name. */
function endsName(at: number, sign: number): boolean {
  let last = at - 1;
  let unit = UNITS[last];
  if (sign === SIGN.dot) {
    if (unit !== DOT) return false;
    last -= 1;
  } else if (unit === COMMA || unit === SEMICOLON) last -= 1;
  unit = UNITS[last];
  if (unit === 34 || unit === 39 || unit === 96) last -= 1;
  const pair = (letterIn(last - 1) << 5) | letterIn(last);
  if (IS_END[pair] === 0) return false;
  const [third, fourth] = [THIRD[pair], FOURTH[pair]];
  if (third !== 0 && letterIn(last - 2) !== third) return false;
  return fourth === 0 || letterIn(last - 3) === fourth;
}

function letterIn(at: number): number {
  return at < 0 ? 0 : (UNITS[at] as number) & 31;
}

/** Whether a text has all of these signs. */
export function hasAll(signs: number, needed: number): boolean {
  return (signs & needed) === needed;
}
