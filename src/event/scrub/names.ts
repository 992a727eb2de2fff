import { remembering } from '../../lib/remember.ts';
import { ADDRESS_ENDS, ADDRESS_NAMES } from './address-names.ts';
import {
  CODE,
  COUNTING,
  CURSORS,
  GLUED,
  HAPPENED,
  HARMLESS_WORDS,
  KEY_OWNER,
  LAST_WORDS,
  OTHER_KEYS,
  OTHER_SENSES,
  PUBLIC,
  SECRET_PAIRS,
  SECRET_STEMS,
  SECRET_WORDS,
  TELLING,
  UNITS,
} from './name-words.ts';

/** The most UTF-16 units of a name that are read. People write no longer ones. */
const NAME = 200;

/**
 * What happens to a value under a name. `open`: it leaves. `counts`: it leaves only if it is a count
 * (`tokens: 12`). `secret`: it never leaves.
 */
export type Verdict = 'open' | 'counts' | 'secret';

export interface NameOptions {
  /** More names of secrets; a name that contains one of them is denied. */
  readonly scrubKeys: readonly string[];
  /** Whether callers' addresses may leave. */
  readonly sendDefaultPii: boolean;
}

/** Says what happens to the value under a name. */
export interface Judge {
  (name: string): Verdict;
  /** False if a part of a text is surely no name of a secret. It costs next to nothing. */
  readonly mayDeny: (text: string, start: number, end: number) => boolean;
}

/**
 * Three letters in a row of each word, or pair of words, in the tables; `-` is the end of a word. A name without
 * any of them is no secret's.
 */
const PARTS = tableOfParts(
  `ass pwd psw ecr tok cre coo ses csr xsr aut bea ign jwt jws jwe aml otp hot cvv cvc ssn api cce key
   rio wor ntr ach lose osen asl iba hma mne pw- sig sso sid sal epp psk pin cod car num ode pan tax ans tam phr
   eed ver rti cia rit ip- ips ipa ipv war add eud wac has lpw bpw rpw pwh pws rsn cc- ccn uti`,
);

function tableOfParts(text: string): Uint8Array {
  const table = new Uint8Array(32_768);
  for (const part of text.split(/\s+/)) {
    for (let at = 2; at < part.length; at += 1) {
      const [first = 0, second = 0, third = 0] = [at - 2, at - 1, at].map((each) =>
        part.charAt(each) === '-' ? 0 : part.charCodeAt(each) & 31,
      );
      table[(first << 10) | (second << 5) | third] = 1;
    }
  }
  return table;
}

/** Whether a part of a text has one of `PARTS`. Signs separate words, so none of these crosses a sign. */
function hasPart(text: string, start: number, end: number): boolean {
  let letters = 0;
  for (let at = start; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 127) return true;
    const letter = unit > 63 ? unit & 31 : 0;
    letters = ((letters << 5) & 32_767) | (letter > 26 ? 0 : letter);
    if (PARTS[letters] === 1) return true;
  }
  return PARTS[(letters << 5) & 32_767] === 1;
}

/** Signs that nobody sees. Texts lose them later, so they must not hide a name here. */
const UNSEEN = /[\p{C}\p{M}]/gu;
const ASCII = /^[ -~]*$/;

export function createJudge(options: NameOptions): Judge {
  const own = options.scrubKeys.map(fold).filter((part) => part !== '');
  const mayDeny = (text: string, start: number, end: number): boolean =>
    own.length > 0 || hasPart(text, start, end);
  const judge = remembering<Verdict>(
    (given) => {
      const isAscii = ASCII.test(given);
      const name = isAscii ? given : given.normalize('NFKC').replace(UNSEEN, '');
      if (own.length > 0) {
        const folded = fold(name);
        if (own.some((part) => folded.includes(part))) return 'secret';
      }
      // `token.js:12` is a place in a file.
      if (/\.[cm]?[jt]sx?$/.test(given)) return 'open';
      const { usual, afterCapitals, hasOthers, noWord } = isAscii ? OF_ASCII : OF_ANY;
      const first = verdictOf(wordsOf(name, usual, noWord));
      if (first !== 'open') return first;
      const second = hasOthers.test(name)
        ? verdictOf(wordsOf(name, afterCapitals, noWord))
        : 'open';
      if (second !== 'open' || options.sendDefaultPii) return second;
      return isAddress(name) ? 'secret' : 'open';
    },
    { maxEntries: 2_000, maxLength: NAME },
  );
  const ask = (name: string): Verdict => {
    const start = name.length > NAME ? name.slice(0, NAME) : name;
    return mayDeny(start, 0, start.length) ? judge(start) : 'open';
  };
  return Object.assign(ask, { mayDeny });
}

/** Where the words of a name begin. */
interface Borders {
  /** `aB`, `ABc`, `a1`, `1a` have a border inside. */
  readonly usual: RegExp;
  /** Borders behind a word in capitals with small letters behind it: `APIKEYold`. */
  readonly afterCapitals: RegExp;
  readonly hasOthers: RegExp;
  readonly noWord: RegExp;
}

const OF_ANY: Borders = {
  usual:
    /(?<=[\p{Ll}\d])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\d)|(?<=\d)(?=\p{L})/gu,
  afterCapitals: /(?<=\p{Lu}{2})(?=\p{Ll})|(?<=[\p{Ll}\d])(?=\p{Lu})/gu,
  hasOthers: /\p{Lu}{3}\p{Ll}/u,
  noWord: /[^\p{L}\p{N}]+/u,
};

/** The same for ASCII. Nearly all names are ASCII, and Node takes 1.3 ms to make the others at the first error. */
const OF_ASCII: Borders = {
  usual: /(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])/g,
  afterCapitals: /(?<=[A-Z]{2})(?=[a-z])|(?<=[a-z\d])(?=[A-Z])/g,
  hasOthers: /[A-Z]{3}[a-z]/,
  noWord: /[^A-Za-z\d]+/,
};

function wordsOf(name: string, borders: RegExp, noWord: RegExp): string[] {
  return name
    .replace(borders, ' ')
    .toLowerCase()
    .split(noWord)
    .filter((word) => word !== '')
    .flatMap(rejoined);
}

/** Joins words that the borders split, `2fa` and `OAuth`, and drops numbers, as in `password2`. */
function rejoined(word: string, index: number, all: readonly string[]): string[] {
  const before = all[index - 1];
  if (word === 'fa' && before === '2') return ['2fa'];
  if (word === 'auth' && before === 'o') return ['oauth'];
  return /^\d+$/.test(word) || (word === 'o' && all[index + 1] === 'auth') ? [] : [word];
}

function verdictOf(words: readonly string[]): Verdict {
  let verdict: Verdict = 'open';
  for (const [index, word] of words.entries()) {
    const found = wordVerdict(words, index, word);
    if (found === 'secret') return 'secret';
    if (found === 'counts') verdict = 'counts';
  }
  return verdict;
}

function wordVerdict(words: readonly string[], index: number, word: string): Verdict {
  const [before = '', after = ''] = [words[index - 1], words[index + 1]];
  const stem = singular(word);
  if (SECRET_WORDS.has(stem) || isGlued(stem)) return secretWord(words, index, word, stem);
  const nexts = LAST_WORDS.get(word);
  if (nexts !== undefined && isLast(words, index, nexts)) {
    if (OTHER_SENSES.get(word)?.has(before) === true) return 'open';
    return (word === 'pass' || word === 'pepper') && words.length === 1 ? 'counts' : 'secret';
  }
  const next = singular(after);
  if (
    after !== '' &&
    (SECRET_PAIRS.has(`${stem} ${next}`) || SECRET_PAIRS.has(`${word} ${next}`))
  ) {
    const isPublic = words.some((each) => PUBLIC.has(each));
    if (isPublic || isTold(words, index + 1)) return 'open';
    return next === 'key' && words.some((each) => COUNTING.has(each)) ? 'counts' : 'secret';
  }
  return isOwnedKey(word, before) ? 'secret' : 'open';
}

/** Whether a word is a secret's key with other letters glued on: `Oldprivate-key`, `private-keyOld`. */
function isOwnedKey(word: string, before: string): boolean {
  if (!word.startsWith('key') || OTHER_KEYS.has(word)) return false;
  // The pair has judged it.
  if (SECRET_PAIRS.has(`${before} ${singular(word)}`)) return false;
  return KEY_OWNER.test(before);
}

function secretWord(words: readonly string[], index: number, word: string, stem: string): Verdict {
  const others = words.filter((_, at) => at !== index);
  if (isTold(words, index)) return 'open';
  if (stem === 'token' && words.slice(0, index).some((each, at) => isCursor(words, each, at))) {
    return 'open';
  }
  if (stem === 'credential' && MODES.has(words[index - 1] ?? '')) return 'open';
  if (stem === 'signature' && CODE.has(words[index - 1] ?? '')) return 'open';
  if (others.some((each) => COUNTING.has(each)) && !NEVER_COUNT.has(stem)) return 'counts';
  return word !== stem && !NEVER_COUNT.has(stem) ? 'counts' : 'secret';
}

/** Whether a word is one of `CURSORS`. The `next` of next-auth is none. */
function isCursor(words: readonly string[], word: string, index: number): boolean {
  return CURSORS.has(word) && words[index + 1] !== 'auth';
}

/** `withCredentials` and CORS's `Allow-Credentials` only say whether credentials are sent. */
const MODES = new Set(['allow', 'with', 'include']);

/** Secrets that may be numbers, so a number under them is never a count. */
const NEVER_COUNT = new Set([
  'otp',
  'totp',
  'hotp',
  'cvv',
  'cvc',
  'ssn',
  'passcode',
  'password',
  'passwd',
  'pwd',
]);

/** Whether the words behind a secret word say that the name is only about the secret. */
function isTold(words: readonly string[], index: number): boolean {
  let last = words.length - 1;
  while (last > index && UNITS.has(words[last] ?? '')) last -= 1;
  if (last === index) return last < words.length - 1 && words.length - 1 - index <= 2;
  const word = words[last] ?? '';
  return TELLING.has(word) || (last < words.length - 1 && HAPPENED.has(word));
}

function isLast(words: readonly string[], index: number, nexts: ReadonlySet<string>): boolean {
  const after = words[index + 1];
  return after === undefined || nexts.has(after);
}

function isGlued(word: string): boolean {
  if (GLUED.has(word)) return true;
  if (word.length < 6) return false;
  const holds = SECRET_STEMS.some((stem) => word.includes(stem));
  const isSession =
    word.includes('session') && !word.includes('obsession') && !word.includes('possession');
  return (holds || isSession) && !HARMLESS_WORDS.some((pattern) => pattern.test(word));
}

function singular(word: string): string {
  if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return word;
  return word.slice(0, -1);
}

/** Whether HTTP frameworks and proxies use a name for the caller's address. */
function isAddress(name: string): boolean {
  const folded = fold(name);
  return ADDRESS_NAMES.has(folded) || ADDRESS_ENDS.test(folded);
}

/** `Set-Cookie`, `set_cookie` and `setCookie` are one name. */
function fold(key: string): string {
  const name = key.slice(0, NAME).toLowerCase();
  // Node takes 0.6 ms to make the other pattern, and most keys do not need it.
  return name.replace(ASCII.test(name) ? /[^a-z\d]/g : /[^\p{L}\p{M}\p{N}]/gu, '');
}
