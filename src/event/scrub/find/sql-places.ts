import { eachMatch } from './each.ts';
import { closingQuote, isQuoteUnit, type Finder, type Hide } from './finder.ts';
import { hasAll, SIGN } from './signs.ts';
import type { Judge } from '../names.ts';

/**
 * Values that only their place names: `INSERT INTO users VALUES (1, 'ada', 'x')` has no columns, and
 * `CALL login('ada', 'x')` and `EXEC login 'ada', 'x'` have no names of parameters.
 */
const PLACES =
  /\b(?:(?:insert|replace)\s{1,5}(?:[a-z_]{1,12}\s{1,5}){0,2}?into\s{1,5}[\w$."`[\]]{1,130}\s{0,5}values?\s{0,5}\(|call\s{1,5}[\w$."`[\]]{1,130}\s{0,5}\(|exec(?:ute)?\s{1,5}[\w$."`[\]]{1,130}\s{1,5}(?=[NnEe]?'|@\w))/gi;
const WORDS = /\b(?:into|call|exec(?:ute)?)\s/i;
/** `SELECT login('ada', 'x')`: a function with a text among its arguments. */
const FUNCTION = /\b(?:\w{1,60}\.)?([A-Za-z_]\w{2,60})\((?=[^()'"\n]{0,100}['"])/g;
const STATEMENT = /\b(?:select|perform|update|where|values|set)\s/i;
/** Functions that take a password or a key, whatever else their names say. */
const TAKES_SECRET =
  /^(?:(?:user|do|try|check|api)_?)?(?:log_?[io]n|sign_?(?:in|up)|authenticate|auth|verify_?(?:user|login)|register_?user|create_?user)$|^(?:pgp_sym_\w+|aes_(?:en|de)crypt|(?:en|de)?crypt|hmac)$/i;
/** What stands between two rows. */
const NEXT_ROW = /\s{0,20},\s{0,20}\(/y;
const [OPEN, CLOSE, SEMICOLON, LINE_FEED] = [40, 41, 59, 10];

/** Texts in quotes that SQL has in places without a name. Numbers stay: they say which row it was. */
export const findSqlPlaces: Finder = (text, hide, judge, signs) => {
  if (hasAll(signs, SIGN.paren)) findFunctions(text, hide, judge);
  if (!WORDS.test(text)) return;
  PLACES.lastIndex = 0;
  while (PLACES.test(text)) {
    const start = PLACES.lastIndex;
    const isList = text.charCodeAt(start - 1) === OPEN;
    const at = placesEnd(text, start, isList, hide);
    PLACES.lastIndex = isList ? rowsEnd(text, at, hide) : at;
  }
};

function findFunctions(text: string, hide: Hide, judge: Judge): void {
  if (!STATEMENT.test(text)) return;
  eachMatch(FUNCTION, text, ([, name = ''], end) => {
    if (TAKES_SECRET.test(name) || judge(name) === 'secret')
      FUNCTION.lastIndex = placesEnd(text, end, true, hide);
  });
}

/** Hides the texts in quotes of the rows that follow; returns where the last one ends. */
function rowsEnd(text: string, from: number, hide: Hide): number {
  let at = from;
  NEXT_ROW.lastIndex = at;
  while (NEXT_ROW.test(text)) {
    at = placesEnd(text, NEXT_ROW.lastIndex, true, hide);
    NEXT_ROW.lastIndex = at;
  }
  return at;
}

/** Hides the texts in quotes of a list; returns where the list ends. */
function placesEnd(text: string, start: number, isList: boolean, hide: Hide): number {
  let depth = isList ? 1 : 0;
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isQuoteUnit(unit)) {
      const close = closingQuote(text, at, text.length);
      const end = close === -1 ? text.length : close;
      hide(at + 1, end);
      at = end;
    } else if (unit === OPEN) depth += 1;
    else if (unit === CLOSE) {
      depth -= 1;
      if (depth <= 0) return at + 1;
    } else if (depth === 0 && (unit === SEMICOLON || unit === LINE_FEED)) return at;
  }
  return text.length;
}
