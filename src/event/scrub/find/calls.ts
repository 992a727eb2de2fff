import { isFieldName } from '../beside.ts';
import { eachMatch } from './each.ts';
import { isQuoteUnit, type Finder, type Hide } from './finder.ts';
import { isRandom } from './random.ts';
import { isIn, tableOf } from './runs.ts';
import { SIGN } from './signs.ts';
import type { Judge } from '../names.ts';

/** `Password("x")`, `hash_password('x')`: the name of the function says what its argument is. */
const NAMED = /\b([A-Za-z_][\w.]{2,60})\((["'`])([^"'`\n]{4,500})\2/g;
/** The most UTF-16 units of a name. */
const NAME = 80;
const NAME_UNITS = tableOf(/[\w.-]/);
/** A value in quotes behind a comma. */
const VALUE = / {0,3}(["'`])([^"'`\n]{4,500})\1/y;
/** `verify('x', password)`, `getenv("API_KEY") = x`. */
const OTHERS =
  /(?:\((["'`])([^"'`\n]{4,500})\1, ([\w.]{2,60})\)|\b(?:getenv|env|get|config)\(["'`]([\w.-]{2,80})["'`]\) ?[:=] ?(\S{4,300}))/g;

/** Rust's `Token { value: "x" }`. */
const STRUCT = /\b([A-Z]\w{2,40}) ?\{ ?(?:value|inner|raw|0): ?"([^"\n]{4,300})"/g;

/** `login("ada", "x")`, `bcrypt.compare("x", hash)`: functions that take a password or a key. */
const LOGINS =
  /\b(?:(?:log_?[iI]n|sign_?[iI]n|authenticate|verify_?[uU]ser)\((["'`])[^"'`\n]{1,200}\1, ?|(?:jwt|jsonwebtoken)\.(?:sign|verify)\([^()"'`\n]{1,100}, ?|createHmac\(["'`][\w-]{1,20}["'`], ?|twilio\(["'`]?[\w.]{1,80}["'`]?, ?|(?:bcrypt(?:js)?|argon2|scrypt)\.\w{2,30}\((?:["'`]\$[^"'`\n]{1,300}["'`], ?)?)(["'`])([^"'`\n$][^"'`\n]{2,500})\2/g;

const TOKENS = /\bjwt\.|webtoken\.|twilio\(/;

/** Secrets among the arguments of functions, in messages that quote code. */
export const findCalls: Finder = (text, hide, judge, signs) => {
  if ((signs & SIGN.comma) !== 0) {
    for (let at = text.indexOf(','); at !== -1; at = text.indexOf(',', at + 1)) {
      rowAt(text, at, hide, judge);
    }
  }
  if ((signs & SIGN.curly) !== 0 && text.includes('{ ')) {
    eachMatch(STRUCT, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hideBefore(value, end, hide);
    });
  }
  if ((signs & SIGN.call) === 0 && !TOKENS.test(text)) return;
  eachMatch(NAMED, text, (match, end) => {
    const [, name = '', , value = ''] = match;
    if (isValue(value) && judge(name) !== 'open') hideBefore(value, end, hide);
  });
  eachMatch(LOGINS, text, ([, , , value = ''], end) => hideBefore(value, end, hide));
  eachMatch(OTHERS, text, (match, end) => {
    const [whole, , first, behind = '', variable = '', assigned] = match;
    if (first !== undefined && isValue(first) && judge(behind) !== 'open')
      hide(match.index + 2, match.index + 2 + first.length);
    if (assigned !== undefined && judge(variable) !== 'open')
      hide(end - assigned.length, match.index + whole.length);
  });
};

/** `set('password', 'x')`, `setItem("token", "x")`, `('password', 'x')`: a name and its value in a row. */
function rowAt(text: string, comma: number, hide: Hide, judge: Judge): void {
  const end = comma - 1;
  const quote = text.charCodeAt(end);
  if (!isQuoteUnit(quote)) return;
  let start = end;
  while (start > end - NAME && isIn(NAME_UNITS, text.charCodeAt(start - 1))) start -= 1;
  if (end - start < 2 || text.charCodeAt(start - 1) !== quote) return;
  if (!judge.mayDeny(text, start, end)) return;
  // Most names are new ones, and to judge a new name takes longer than to look for its value.
  VALUE.lastIndex = comma + 1;
  const value = VALUE.exec(text)?.[2] ?? '';
  if (value === '' || !isValue(value) || judge(text.slice(start, end)) === 'open') return;
  hideBefore(value, VALUE.lastIndex, hide);
}

/** Whether a text in quotes may be a secret: it is no word of a sentence, name of a field or type. */
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
