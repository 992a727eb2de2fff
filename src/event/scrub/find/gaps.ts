import { eachMatch } from './each.ts';
import type { Finder, Hide } from './finder.ts';
import { isRandom } from './random.ts';

/** Some words, one of them in brackets perhaps, and what makes the next one a value. */
const WORDS =
  /["'`]?(?: \(?[a-zA-Z][\w@.'-]{0,24}\)?| ["'`\d][\w@.-]{0,24}["'`]?){0,5}?(?::|,? =|,? (?:is|was|to|from|value|expected|got|received)(?: now)?)(?: (?:expected|got|received|value))?:? ["'`<([]?(?=\S{0,80}\d)([^\s"'`<>()[\],;]{6,300})/y;
/** `password of ada is`, but not `token type of ada is`. */
const NEXT = / \(?(\w{1,24})/y;
const TELLS = new Set(
  'type kind policy length count limit usage bucket index url version algorithm name names format field'.split(
    ' ',
  ),
);
/** Names of things that have a number: `db-credentials-v2`, `cache_7`. */
const THING = /^(?:[A-Za-z]+|\d{1,3})(?:[-_.](?:[A-Za-z]{2,}|[A-Za-z]?\d{1,3}))+$/;

/** Who has it: `credentials ada:x1y2`, `bad credentials (ada, x1y2)`. */
const BOTH =
  /\b(?:[cC]redentials?|[cC]reds|[lL]ogin failed|[lL]ogin as)(?: (?:for|of|with))?:? {0,2}[("'`[]?[\w.@+-]{1,80}(?::|, ?| ?\/ ?)([^\s"'`()[\],;/]{6,300})/g;

/** `could not decrypt with key x1y2` */
const CRYPTED = /\b(?:[dD]e|[eE]n)crypt\w{0,6}[^\n]{0,60}? key:? ["'`]?([^\s"'`,;]{8,300})/g;

/** Where both stand side by side, without a name for the secret. */
export const findBoth: Finder = (text, hide) => {
  if (text.includes('crypt')) {
    eachMatch(CRYPTED, text, ([, value = ''], end) => hideRandom(value, end, hide));
  }
  if (!text.includes('red') && !text.includes('ogin')) return;
  eachMatch(BOTH, text, ([, value = ''], end) => hideRandom(value, end, hide));
};

/** Hides a secret some words behind its name: `the password of ada is x1y2z3`, `token not found: x1y2z3`. */
export function gapAt(text: string, from: number, hide: Hide): void {
  NEXT.lastIndex = from;
  const next = NEXT.exec(text)?.[1];
  if (next !== undefined && TELLS.has(next.toLowerCase())) return;
  WORDS.lastIndex = from;
  const found = WORDS.exec(text)?.[1];
  if (found !== undefined) hideRandom(found, WORDS.lastIndex, hide);
}

function hideRandom(found: string, end: number, hide: Hide): void {
  const value = found.replace(/[.:!?]+$/, '');
  if (!isRandom(value, false) || THING.test(value)) return;
  const start = end - found.length;
  hide(start, start + value.length);
}
