import { isFieldName } from '../beside.ts';
import { eachMatch } from './each.ts';
import type { Finder, Hide } from './finder.ts';
import { isRandom } from './random.ts';
import { QUOTES, SIGN } from './signs.ts';

/** `Password("x")`, `hash_password('x')`: what a function is named after is what it is called with. */
const NAMED = /\b([A-Za-z_][\w.]{2,60})\((["'`])([^"'`\n]{4,500})\2/g;
/** `set('password', 'x')`, `setItem("token", "x")`, `('password', 'x')`: a name and its value in a row. */
const ROW = /(["'`])([\w.-]{2,80})\1, {0,3}(["'`])([^"'`\n]{4,500})\3/g;
/** `verify('x', password)`, `getenv("API_KEY") = x`. */
const OTHERS =
  /(?:\((["'`])([^"'`\n]{4,500})\1, ([\w.]{2,60})\)|\b(?:getenv|env|get|config)\(["'`]([\w.-]{2,80})["'`]\) ?[:=] ?(\S{4,300}))/g;

/** Rust's `Token { value: "x" }`. */
const STRUCT = /\b([A-Z]\w{2,40}) ?\{ ?(?:value|inner|raw|0): ?"([^"\n]{4,300})"/g;

const QUOTED = /\(["'`]/;

/** Secrets among what functions are called with, as code in messages has it. */
export const findCalls: Finder = (text, hide, judge, signs) => {
  if ((signs & QUOTES) === 0) return;
  if ((signs & SIGN.comma) !== 0) {
    eachMatch(ROW, text, ([, , name = '', , value = ''], end) => {
      if (isValue(value) && judge(name) !== 'open') hideBefore(value, end, hide);
    });
  }
  if ((signs & SIGN.curly) !== 0) {
    eachMatch(STRUCT, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hideBefore(value, end, hide);
    });
  }
  if ((signs & SIGN.paren) === 0 || !QUOTED.test(text)) return;
  eachMatch(NAMED, text, (match, end) => {
    const [, name = '', , value = ''] = match;
    if (isValue(value) && judge(name) !== 'open') hideBefore(value, end, hide);
  });
  eachMatch(OTHERS, text, (match, end) => {
    const [whole, , first, behind = '', variable = '', assigned] = match;
    if (first !== undefined && isValue(first) && judge(behind) !== 'open')
      hide(match.index + 2, match.index + 2 + first.length);
    if (assigned !== undefined && judge(variable) !== 'open')
      hide(end - assigned.length, match.index + whole.length);
  });
};

/** A word of a sentence, the name of another field and a type are no secrets. */
function isValue(value: string): boolean {
  return (
    !value.includes(' ') &&
    !isFieldName(value) &&
    (isRandom(value, true) || /\d.*[^\w.-]|[^\w.-].*\d/.test(value))
  );
}

function hideBefore(value: string, end: number, hide: Hide): void {
  hide(end - 1 - value.length, end - 1);
}
