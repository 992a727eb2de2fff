import { closingQuote, isSpaceUnit, type Finder, type Hide } from './finder.ts';
import { isIn, tableOf } from './runs.ts';
import { hasAll, SIGN } from './signs.ts';
import type { Judge } from '../names.ts';

const INSERT = /\b(?:insert|replace|merge)\b/i;
const COLUMNS =
  /\(([\w\s",`[\].$]{1,4000})\)\s{0,20}(?:output\b[^(]{0,200})?(?:values?|select)\s{0,20}\(?/gi;
/**
 * Words and signs, other than `=`, between a column or a word and its value. They are looked for from right to
 * left at each quote, since most quotes have others in front of them.
 */
const BESIDE =
  /(?<=\b(i?like(?: binary)?|in|to|by|values?|password)(\s{1,5}|\s{0,5}\(\s{0,5})|(<>)( {0,5}))[NEX]?'/iy;
/** Units that stand in front of the quote of a value. */
const IN_FRONT = tableOf(/[\s(>nex]/i);
/** The letters of `N'x'`, `E'x'`, `X'x'`. */
const PREFIXES = tableOf(/[nex]/i);

/**
 * Values in a text of SQL beside a column that names a secret: `INSERT INTO users (email, password)
 * VALUES ('a', 'b')`, `password LIKE 'x'`, `IDENTIFIED BY 'x'`. With a `=` it is a pair: see pairs.ts.
 */
export const findSqlValues: Finder = (text, hide, judge, signs) => {
  if (hasAll(signs, SIGN.colon | SIGN.blank)) findCalled(text, hide);
  const hasQuote = hasAll(signs, SIGN.single);
  if (hasQuote) findBeside(text, hide, judge);
  if (!hasQuote && !hasAll(signs, SIGN.comma)) return;
  if (hasAll(signs, SIGN.sql | SIGN.paren) && INSERT.test(text)) findRows(text, hide, judge);
};

/** All values behind a statement: Drizzle's `params: 5,ada` on a line of its own, and TypeORM's. */
const CALLED =
  /(?:\n|-- ?)(?:query )?(?:params|parameters|bindings): ?(?=\S)([^\n]*(?:\n(?!\s+at )[^\n]*)*)/i;
const NAMED = /params: |parameters: |bindings: /i;
const STATED = /\b(?:failed query|select|insert|update|delete|merge|with|call)\b/i;

const findCalled = (text: string, hide: Hide): void => {
  const match = NAMED.test(text) ? CALLED.exec(text) : null;
  if (match === null || !STATED.test(text.slice(0, match.index))) return;
  hide(match.index + match[0].length - (match[1] ?? '').length, match.index + match[0].length);
};

const findBeside = (text: string, hide: Hide, judge: Judge): void => {
  for (let quote = text.indexOf("'"); quote !== -1; quote = text.indexOf("'", quote + 1)) {
    const unit = text.charCodeAt(quote - 1);
    if (!(unit > 127) && !isIn(IN_FRONT, unit)) continue;
    const place = isIn(PREFIXES, unit) ? quote - 1 : quote;
    BESIDE.lastIndex = place;
    const match = BESIDE.exec(text);
    if (match === null) continue;
    const [, word = '<>', between = match[4] ?? ''] = match;
    const start = place - between.length - word.length;
    const first = word.charCodeAt(0) | 32;
    const isSaid =
      (first === 112 && text.charAt(start - 1) !== '-') ||
      (first === 98 && saysIdentified(text, start));
    const column = isSaid ? 'password' : columnBefore(text, start);
    if (judge(column) === 'open') continue;
    quote = Math.max(quote, hideLiterals(text, place, hide, undefined) - 1);
  }
};

const findRows = (text: string, hide: Hide, judge: Judge): void => {
  COLUMNS.lastIndex = 0;
  for (let match = COLUMNS.exec(text); match !== null; match = COLUMNS.exec(text)) {
    const denied = (match[1] ?? '').split(',').map((column) => judge(column.trim()) !== 'open');
    if (!denied.includes(true)) continue;
    let at = COLUMNS.lastIndex;
    // One row after the other.
    for (;;) {
      at = hideLiterals(text, at, hide, denied);
      const row = /^\)?\s{0,20},\s{0,20}\(/.exec(text.slice(at, at + 50));
      if (row === null) break;
      at += row[0].length;
    }
    COLUMNS.lastIndex = Math.max(COLUMNS.lastIndex, at);
  }
};

/** `IDENTIFIED BY`, `IDENTIFIED WITH sha256_password BY` */
function saysIdentified(text: string, by: number): boolean {
  const word = wordBefore(text, by);
  if (word.text.toLowerCase() === 'identified') return true;
  const first = wordBefore(text, word.start);
  if (first.text.toLowerCase() !== 'with') return false;
  return wordBefore(text, first.start).text.toLowerCase() === 'identified';
}

/** The word in front of `LIKE` or `NOT LIKE`. */
function columnBefore(text: string, end: number): string {
  const last = wordBefore(text, end);
  const isNot = last.text.toLowerCase() === 'not';
  const column = isNot ? wordBefore(text, last.start).text : last.text;
  // Unknown column 'token' in 'field list'
  return column.startsWith("'") ? '' : column;
}

function wordBefore(text: string, from: number): { readonly text: string; readonly start: number } {
  let end = from;
  while (end > from - 20 && isSpaceUnit(text.charCodeAt(end - 1)) && end > 0) end -= 1;
  let start = end;
  while (start > end - 80 && start > 0 && !isSpaceUnit(text.charCodeAt(start - 1))) start -= 1;
  return { text: text.slice(start, end), start };
}

/** Hides the literals of one list: those at denied places, or all without `denied`. Returns where the list ends. */
function hideLiterals(
  text: string,
  start: number,
  hide: (start: number, end: number) => void,
  denied: readonly boolean[] | undefined,
): number {
  let at = start;
  let place = 0;
  let depth = 0;
  let begin = start;
  const done = (end: number): void => {
    const value = text.slice(begin, end).trim();
    const isDenied = denied === undefined || denied[place] !== false;
    const isLiteral =
      value !== '' && !/^(?:\?|\$\d+|:\w+|@\w+|null|default|true|false)$/i.test(value);
    if (isDenied && isLiteral) hide(begin + text.slice(begin, end).search(/\S/), end);
  };
  for (; at < text.length; at += 1) {
    const sign = text.charAt(at);
    if (sign === "'" || sign === '"') {
      const close = closingQuote(text, at, text.length);
      if (close === -1) {
        done(text.length);
        return text.length;
      }
      at = close;
    } else if (sign === '(') depth += 1;
    else if (sign === ')') {
      if (depth === 0) break;
      depth -= 1;
    } else if (sign === ',' && depth === 0) {
      done(at);
      place += 1;
      begin = at + 1;
    } else if (
      denied === undefined &&
      depth === 0 &&
      isSpaceUnit(text.charCodeAt(at)) &&
      at > start &&
      text.charAt(at - 1) !== ','
    )
      break;
    else if (sign === ';' && depth === 0) break;
  }
  done(at);
  return at;
}
