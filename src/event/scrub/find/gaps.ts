import { eachMatch } from './each.ts';
import type { Finder, Hide } from './finder.ts';
import { isRandom, isThing } from './random.ts';

/** Up to five words, then a word or a sign that introduces a value, then the value. */
const WORDS =
  /["'`]?(?: \(?\p{L}[\p{L}\d_@.'-]{0,24}\)?| ["'`\d][\w@./~:-]{0,60}["'`]?){0,5}?(?::|,? =|,? \(?(?:is|was|be|lautet|ist|es|to|from|value|expected|got|received|tried)(?: now)?)(?: (?:expected|got|received|value|tried))?:? ["'`<([]?(?=\S{0,80}\d)([^\s"'`<>()[\],;]{6,300})/uy;
/** The new value behind the old one: `password changed from x1y2z3 to x4y5z6`. */
const AND = /["'`]? (?:to|and|->|=>|\u2192) ["'`]?([^\s"'`<>()[\],;]{6,300})/y;
/** The word behind a name. In `token type of ada is` it says that no token follows. */
const NEXT = / \(?(\w{1,24})/y;
const TELLS = new Set(
  'type kind policy length count limit usage bucket index url version algorithm name names format field'.split(
    ' ',
  ),
);
/** A user and a secret side by side: `credentials ada:x1y2`, `bad credentials (ada, x1y2)`. */
const BOTH =
  /\b(?:[cC]redentials?|[cC]reds|(?:[lL]ogin|[aA]uth\w{0,11}) failed|[lL]ogin (?:as|with))(?: (?:for|of|with))?(?:: {0,2}| {1,2}|(?=\())[("'`[]?[\w.@+-]{1,80}(?::|, ?| ?\/ ?| with )([^\s"'`()[\],;/]{6,300})/g;

/** `could not decrypt with key x1y2`, `AES key x1y2` */
const CRYPTED =
  /\b(?:(?:de|en)crypt|(?:de|en)?cipher|crypto|aes|hmac)\w{0,6}[^\n]{0,60}?\bkey(?: hex)?(?: is)?[:= ]{1,2}["'`]?([^\s"'`,;]{8,300})/gi;
/** `x1y2z3 is your login code`, `use 123456 as your code`, `your code is 123456`, `enter 123456 to verify your account` */
const MAILED =
  /(?<![\w.-])(?:([\w-]{4,40}) (?:is|as) (?:your|the) (?:[\w-]{1,20} ){0,2}?(?:code|password|passcode|otp|pin|token)\b|your (?:[a-z-]{1,20} )?(?:code|pin|otp)(?: is|:) ([\w-]{4,40})|(?:enter|use|type) (\d{4,8}) (?:to|and) (?:sign|log|verify|confirm|activate|authenticate)\b)/gi;
const CIPHERS = ['crypt', 'ipher', 'AES', 'aes', 'HMAC', 'hmac'];
const LINKS = ['link', 'Link', 'URL', 'url'];
/** A link that works like a password: everyone who knows it gets in. */
const LINK =
  /\b(?:log-?in|sign-?in|reset|magic|invite|invitation|verification|activation|confirmation|one-time) (?:link|url)\b[^\n]{0,40}?https?:\/\/[^\s"'<>/]{1,200}\/([^\s"'<>]{8,2000})/gi;

/** Secrets without a name of their own: next to a user, a cipher, or the words for a code or a link. */
export const findBoth: Finder = (text, hide) => {
  if (text.includes('your ') || text.includes('Your ')) {
    eachMatch(MAILED, text, (match) => {
      const value = match[1] ?? match[2] ?? match[3] ?? '';
      const start = match.index + match[0].indexOf(value);
      if (/\d/.test(value) && (/^\d{4,8}$/.test(value) || isRandom(value, false)))
        hide(start, start + value.length);
    });
  }
  if (text.includes('://') && LINKS.some((word) => text.includes(word))) {
    eachMatch(LINK, text, ([, value = ''], end) => {
      if (/\d/.test(value)) hide(end - value.length, end);
    });
  }
  if (text.includes('key') && CIPHERS.some((word) => text.includes(word))) {
    eachMatch(CRYPTED, text, ([, value = ''], end) => hideRandom(value, end, hide));
  }
  if (!/red|ogin|uth/.test(text)) return;
  eachMatch(BOTH, text, ([, value = ''], end) => hideRandom(value, end, hide, true));
};

/** Hides a secret some words behind its name: `the password of ada is x1y2z3`, `token not found: x1y2z3`. */
export function gapAt(text: string, from: number, isStrong: boolean, hide: Hide): void {
  NEXT.lastIndex = from;
  const next = NEXT.exec(text)?.[1];
  if (next !== undefined && TELLS.has(next.toLowerCase())) return;
  WORDS.lastIndex = from;
  const found = WORDS.exec(text)?.[1];
  if (found === undefined) return;
  hideRandom(found, WORDS.lastIndex, hide, isStrong);
  AND.lastIndex = WORDS.lastIndex;
  const other = AND.exec(text)?.[1];
  if (other !== undefined) hideRandom(other, AND.lastIndex, hide, isStrong);
}

function hideRandom(found: string, end: number, hide: Hide, isStrong = false): void {
  const value = found.replace(/[.:!?]+$/, '');
  if (!isRandom(value, isStrong) || isThing(value)) return;
  const start = end - found.length;
  hide(start, start + value.length);
}
