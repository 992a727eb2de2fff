/**
 * The signs of a text as bits of one number. Each finder needs some of them. So for most texts one pass
 * shows that there is nothing to find, and no finder has to look through the whole text.
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
  /** Any unit outside ASCII. */
  wide: 8_388_608,
  /** The possible end of a name in a sentence, and the sign behind it: `password `, `api key", `, `pin..`. */
  name: 16_777_216,
  dot: 33_554_432,
  bar: 67_108_864,
  /** Signs of hashes, which few other texts have. */
  dollar: 134_217_728,
  tilde: 268_435_456,
  /** Words of forms that few texts have: `LOGIN `, `received: `, `:5432:`. See `RARE`. */
  rare: 536_870_912,
  /** The end of a part of a path with a secret behind it: `/reset/`, `/services/`. */
  link: 1_073_741_824,
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

/** The last letters of names in sentences; see `ENDS` in spoken.ts. */
const NAMES =
  'word wort rase code oken cret auth pass tify sion ture seed enha key pin otp jwt cvc cvv ssn wd pw id';
/** The last letters of the words that findRare and the tickets of findForms need. */
const RARE =
  'env arg set gin pass auth oken sswd tool ring tial ials reds your link url key alue ived got iate ntlm';
/** The last letters of parts of a path; see paths.ts. */
const LINKS =
  'set got over ange word pw mail rify firm ount link user tion ions vate vite ites ribe agic ptin t-in ices ooks lows gers hare ared';

/** The signs that may stand behind a word of each kind. */
const BEHIND: Readonly<Record<number, number>> = {
  [SIGN.name]: SIGN.blank | SIGN.dot,
  [SIGN.rare]: SIGN.blank | SIGN.colon | SIGN.equals | SIGN.paren,
  [SIGN.link]: SIGN.slash,
};

/** `KINDS` says by the last three letters of a word which kinds it may be, `FOURTHS` by the one before them. */
const KINDS = new Int32Array(32_768);
const FOURTHS = new Map<number, number>();
/** Which signs need a closer look behind two units, by the low five bits of both units. */
const PAIRS = new Int32Array(1_024);
const [ANY, LETTERS] = [-1, 32];
for (const [ends, sign] of [
  [NAMES, SIGN.name],
  [RARE, SIGN.rare],
  [LINKS, SIGN.link],
] as const) {
  for (const end of ends.split(' ')) {
    const fourth = end.length === 4 ? 1 << (end.charCodeAt(0) & 31) : ANY;
    const [last, second, third] = [1, 2, 3].map((at) => end.charCodeAt(end.length - at) & 31);
    // An end of two letters may have any letter in front.
    for (let letter = 0; letter < LETTERS; letter += 1) {
      if (end.length > 2 && letter !== third) continue;
      const place = (letter << 10) | ((second as number) << 5) | (last as number);
      KINDS[place] = (KINDS[place] as number) | sign;
      FOURTHS.set(place, (FOURTHS.get(place) ?? 0) | fourth);
      addPair(place & 1_023, BEHIND[sign] as number);
    }
  }
}
for (let before = 0; before < LETTERS; before += 1) {
  // password", x
  for (const unit of `"'\`,;`) addPair((before << 5) | (unit.charCodeAt(0) & 31), SIGN.blank);
  for (const [unit, sign] of [
    ['.', SIGN.dot],
    ['*', SIGN.colon],
  ] as const) {
    addPair((before << 5) | (unit.charCodeAt(0) & 31), sign);
  }
}
for (const port of ['32', '43']) addPair(pairOf(port), SIGN.colon);
addPair(pairOf('::'), SIGN.blank);
addPair(pairOf('" '), SIGN.curly);

function addPair(pair: number, signs: number): void {
  PAIRS[pair] = (PAIRS[pair] as number) | signs;
}

function pairOf(text: string): number {
  return ((text.charCodeAt(0) & 31) << 5) | (text.charCodeAt(1) & 31);
}

export const QUOTES: number = SIGN.double | SIGN.single | SIGN.backtick;

/** The units that are read. V8 reads one from an array in a third of the time that a string takes. */
const UNITS = new Uint16Array(8_192);
const BYTES = Buffer.from(UNITS.buffer);
/** Units that two parts of a long text share, since a blank needs the units in front of it. */
const OVERLAP = 8;
/** For fewer units than this, a loop copies them faster than Node does. */
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

/** Copies a text into `UNITS` as far as there is room; returns how many units it copied. */
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
    if (sign === 0 || at < 2) continue;
    if (((PAIRS[pairIn(at)] as number) & sign) !== 0) signs |= kindBefore(at, sign);
  }
  return signs;
}

const [DOT, COMMA, SEMICOLON, COLON, STAR, DOUBLE, SPACE] = [46, 44, 59, 58, 42, 34, 32];

/** The kinds of words that may end in front of a sign. */
function kindBefore(at: number, sign: number): number {
  let last = at - 1;
  let unit = UNITS[last] as number;
  // variable "password" {
  if (sign === SIGN.curly) return unit === SPACE && UNITS[at - 2] === DOUBLE ? SIGN.rare : 0;
  if (sign === SIGN.dot) {
    if (unit !== DOT) return 0;
    last -= 1;
  } else if (unit === COMMA || unit === SEMICOLON) last -= 1;
  // `:5432:`, `:*:`, `name:: x`
  else if (sign === SIGN.colon && (unit === STAR || UNITS[at - 5] === COLON)) return SIGN.rare;
  else if (sign === SIGN.blank && unit === COLON && UNITS[at - 2] === COLON) return SIGN.rare;
  unit = UNITS[last] as number;
  if (unit === 34 || unit === 39 || unit === 96) last -= 1;
  const place = (letterIn(last - 2) << 10) | (letterIn(last - 1) << 5) | letterIn(last);
  const kinds = (KINDS[place] as number) & kindsOf(sign);
  if (kinds === 0) return 0;
  const isFourth = (((FOURTHS.get(place) ?? 0) >>> letterIn(last - 3)) & 1) === 1;
  return isFourth ? kinds : 0;
}

/** The kinds of words that a sign ends. */
function kindsOf(sign: number): number {
  if (sign === SIGN.blank) return SIGN.name | SIGN.rare;
  if (sign === SIGN.slash) return SIGN.link;
  return sign === SIGN.dot ? SIGN.name : SIGN.rare;
}

/** The place in `PAIRS` of the two units in front of a unit. */
function pairIn(at: number): number {
  return (((UNITS[at - 2] as number) & 31) << 5) | ((UNITS[at - 1] as number) & 31);
}

function letterIn(at: number): number {
  return at < 0 ? 0 : (UNITS[at] as number) & 31;
}

/** Whether a text has all of these signs. */
export function hasAll(signs: number, needed: number): boolean {
  return (signs & needed) === needed;
}
