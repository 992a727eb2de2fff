import type { Judge } from '../names.ts';
import type { Finder, Hide } from './finder.ts';
import { isRandom } from './spoken.ts';

/** The ends of names that people say; what has none is not looked through. */
const NAME =
  /\b[\w-]{0,30}(?:[wW]ord|WORD|oken|OKEN|cret|CRET|phrase|code|[kK]ey|KEY|ession|ookie|\bpin|PIN|\botp|OTP|\bpw|redentials?)(?=["'`]? )/g;
/** Some words, one of them in brackets perhaps, and what makes the next one a value. */
const WORDS =
  /["'`]?(?: \(?[a-zA-Z][\w@.'-]{0,24}\)?| ["'`\d][\w@.-]{0,24}["'`]?){0,5}?(?::|,? =|,? (?:is|was|to|from|value|expected|got|received)(?: now)?)(?: (?:expected|got|received|value))?:? ["'`<([]?([^\s"'`<>()[\],;]{6,300})/y;
/** `password of ada is`, but not `token type of ada is`. */
const NEXT = / \(?(\w{1,24})/y;
/** Names of things that have a number: `db-credentials-v2`, `cache_7`. */
const THING = /^(?:[A-Za-z]+|\d{1,3})(?:[-_.](?:[A-Za-z]{2,}|[A-Za-z]?\d{1,3}))+$/;

/** Who has it: `credentials ada:x1y2`, `bad credentials (ada, x1y2)`. */
const BOTH =
  /\b(?:[cC]redentials?|[cC]reds|[lL]ogin failed|[lL]ogin as)(?: (?:for|of|with))?:? {0,2}[("'`[]?[\w.@+-]{1,80}(?::|, ?| ?\/ ?)([^\s"'`()[\],;/]{6,300})/g;

/** A secret some words behind its name: `the password of ada is x1y2z3`, `token not found: x1y2z3`. */
export const findGaps: Finder = (text, hide, judge) => {
  NAME.lastIndex = 0;
  for (let match = NAME.exec(text); match !== null; match = NAME.exec(text)) {
    gapAt(text, match[0], NAME.lastIndex, hide, judge);
  }
  if (text.includes('red') || text.includes('ogin')) {
    BOTH.lastIndex = 0;
    for (let match = BOTH.exec(text); match !== null; match = BOTH.exec(text)) {
      hideRandom(match[1] ?? '', BOTH.lastIndex, hide);
    }
  }
};

function gapAt(text: string, name: string, from: number, hide: Hide, judge: Judge): void {
  const before = /(\w{1,20}) $/.exec(
    text.slice(Math.max(0, from - name.length - 22), from - name.length),
  );
  const whole = before === null ? name : `${before[1] ?? ''} ${name}`;
  if (judge(whole) === 'open') return;
  NEXT.lastIndex = from;
  const next = NEXT.exec(text)?.[1];
  if (next !== undefined && judge(`${name} ${next}`) === 'open') return;
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
