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
  /** A scheme with credentials behind it: `Bearer `, `basic: `. */
  scheme: 2_097_152,
  /** A word of SQL: `select `, `values(`. */
  sql: 4_194_304,
  /** Any unit outside ASCII. */
  wide: 8_388_608,
  /** The possible end of a name in a sentence, and the sign behind it: `password `, `api key", `, `pin..`. */
  name: 16_777_216,
  dot: 33_554_432,
  bar: 67_108_864,
  /** `$` and `~`, which are in hashes and in few other texts. */
  dollar: 134_217_728,
  /** A word that messages of libraries have in front of a value: `with value `, `at path `. */
  said: 268_435_456,
  /** Words of forms that few texts have: `LOGIN `, `received: `, `:5432:`. */
  rare: 536_870_912,
  /** The end of a part of a path with a secret behind it: `/reset/`, `/services/`. */
  link: 1_073_741_824,
  /** A quote right behind a bracket, as in a call: `set("`. */
  call: -2_147_483_648,
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
  ['.', SIGN.dot],
  ['|', SIGN.bar],
  ['$~', SIGN.dollar],
] as const) {
  for (const sign of signs) TABLE[sign.charCodeAt(0)] = bit;
}

/** Words that end in front of a sign and say what may stand behind it, the signs, and what they mean. */
const WORDS: readonly (readonly [words: string, behind: number, means: number])[] = [
  // see `ENDS` in spoken.ts
  [
    'word wd pw ession gnature jwt rase code oken cret key pin cvc cvv ssn seed senha asswort ennwort otp id auth pass identify',
    SIGN.blank | SIGN.dot,
    SIGN.name,
  ],
  [
    'env arg set login pass auth token passwd signtool securestring credential credentials creds your link url key value received got because failed',
    SIGN.blank | SIGN.colon | SIGN.equals | SIGN.paren,
    SIGN.rare,
  ],
  ['value supplied path key argument', SIGN.blank, SIGN.said],
  ['bearer basic negotiate ntlm', SIGN.blank | SIGN.colon, SIGN.scheme],
  [
    'select insert update delete replace merge call exec execute into where value values set perform',
    SIGN.blank | SIGN.lineEnd | SIGN.paren | SIGN.double | SIGN.single | SIGN.backtick,
    SIGN.sql,
  ],
  // parts of paths; see paths.ts and forms.ts
  [
    'reset forgot recover change word pw mail verify firm account link user ation ations activate invite invites subscribe magic optin opt-in services hooks workflows triggers share shared webhook webhookb2 hook catch trigger .site .org /file',
    SIGN.slash,
    SIGN.link,
  ],
];

/** A word from its last unit to its first one, in small letters. */
interface Word {
  readonly units: readonly number[];
  readonly behind: number;
  readonly means: number;
}

/** The words by the low five bits of their last three units, or of two. */
const ENDS = new Map<number, Word[]>();
const NONE: readonly Word[] = [];
/** Which signs need a closer look behind two units, by the low five bits of both units. */
const PAIRS = new Int32Array(1_024);
const LETTERS = 32;
for (const [words, behind, means] of WORDS) {
  for (const word of words.split(' ')) {
    const units = Array.from(word, (sign) => sign.charCodeAt(0)).toReversed();
    const [last = 0, second = 0, third] = units.map((unit) => unit & 31);
    // A word of two letters may have any letter in front.
    for (let letter = 0; letter < LETTERS; letter += 1) {
      if (third !== undefined && letter !== third) continue;
      const place = (letter << 10) | (second << 5) | last;
      ENDS.set(place, [...(ENDS.get(place) ?? []), { units, behind, means }]);
    }
    addPair((second << 5) | last, behind);
  }
}
for (let before = 0; before < LETTERS; before += 1) {
  // password", x
  for (const unit of `"'\`,;`) addPair((before << 5) | (unit.charCodeAt(0) & 31), SIGN.blank);
  for (const [unit, sign] of [
    ['.', SIGN.dot],
    ['*', SIGN.colon],
    ['(', SIGN.double | SIGN.single | SIGN.backtick],
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
/** Units that two parts of a long text share: more than the longest of `WORDS` and the signs behind it. */
const OVERLAP = 16;
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
  let signs =
    UNITS[0] === PAREN && ((TABLE[UNITS[1] as number] ?? 0) & QUOTES) !== 0 ? SIGN.call : 0;
  for (let at = 0; at < length; at += 1) {
    const unit = UNITS[at] as number;
    const sign = unit < 128 ? (TABLE[unit] as number) : SIGN.wide;
    signs |= sign;
    if (sign === 0 || at < 2) continue;
    if (((PAIRS[pairIn(at)] as number) & sign) !== 0) signs |= meaningAt(at, sign);
  }
  return signs;
}

const [DOT, COMMA, SEMICOLON, COLON, STAR, DOUBLE, SPACE, PAREN] = [46, 44, 59, 58, 42, 34, 32, 40];

/** What the word that ends in front of a sign means. */
function meaningAt(at: number, sign: number): number {
  let last = at - 1;
  let unit = UNITS[last] as number;
  // variable "password" {
  if (sign === SIGN.curly) return unit === SPACE && UNITS[at - 2] === DOUBLE ? SIGN.rare : 0;
  if ((sign & QUOTES) !== 0 && unit === PAREN) return SIGN.call;
  if (sign === SIGN.dot) {
    if (unit !== DOT) return 0;
    last -= 1;
  } else if (unit === COMMA || unit === SEMICOLON) last -= 1;
  // `:5432:`, `:*:`, `name:: x`
  else if (sign === SIGN.colon && (unit === STAR || UNITS[at - 5] === COLON)) return SIGN.rare;
  else if (sign === SIGN.blank && unit === COLON && UNITS[at - 2] === COLON) return SIGN.rare;
  unit = UNITS[last] as number;
  if (unit === 34 || unit === 39 || unit === 96) last -= 1;
  const place = (bitsAt(last - 2) << 10) | (bitsAt(last - 1) << 5) | bitsAt(last);
  let meaning = 0;
  for (const word of ENDS.get(place) ?? NONE) {
    if ((word.behind & sign) !== 0 && endsWith(word.units, last)) meaning |= word.means;
  }
  return meaning;
}

/** Whether a word ends with the unit at `last`, in letters of either size. */
function endsWith(units: readonly number[], last: number): boolean {
  if (last + 1 < units.length) return false;
  for (let index = 0; index < units.length; index += 1) {
    const wanted = units[index] as number;
    const unit = UNITS[last - index] as number;
    if (unit !== wanted && (wanted < 97 || (unit | 32) !== wanted)) return false;
  }
  return true;
}

/** The place in `PAIRS` of the two units in front of a unit. */
function pairIn(at: number): number {
  return (((UNITS[at - 2] as number) & 31) << 5) | ((UNITS[at - 1] as number) & 31);
}

function bitsAt(at: number): number {
  return at < 0 ? 0 : (UNITS[at] as number) & 31;
}

/** Whether a text has all of these signs. */
export function hasAll(signs: number, needed: number): boolean {
  return (signs & needed) === needed;
}
