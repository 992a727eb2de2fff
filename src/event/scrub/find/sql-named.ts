import { eachMatch } from './each.ts';
import type { Finder, Hide } from './finder.ts';
import { runEnd, tableOf } from './runs.ts';
import { SIGN } from './signs.ts';
import type { Judge } from '../names.ts';

/** A column within a function: `lower(token) = 'x'`. */
const WITHIN = /\b\w{2,40}\(([\w."`]{2,80})\) {0,3}(?:=|<>|like) {0,3}'([^'\n]{1,1000})'/gi;
/** A literal in front of its name: `SELECT 'x' AS password`, `'x' = token`. */
const BEFORE =
  /(["'])([^"'\n]{1,500})\1(?:::\w{1,30})? {1,3}(?:as {1,3}|= {0,3}|(?=["`[]?\w{2,60}["`\]]?(?:\s|,|;|$)))["`[]?((?:[\w$]{1,60}\.)?[\w$]{2,60})(?![\w$.(])/gi;
/** The text between a literal and the name behind it. */
const BEHIND = /["'](?:::\w{1,30})? {1,3}(?:as {1,3}|= {0,3})?["`[]?(?=[\w$]{2})/gi;
const COLUMN = tableOf(/[\w$.]/);
const NAME = 121;
/** Two or more columns, and as many values behind them: `(email, password) = ('a', 'x')`. */
const ROW =
  /\(([\w\s,."`]{3,400})\)\s{0,5}(?:=|<>|in)\s{0,5}\(\(?((?:[^()'"]|'[^']{0,500}'|"[^"]{0,500}"){1,2000})\)/gi;
/** The values that PostgreSQL lists behind a statement. */
const BINDS = /\$\d{1,3} = '([^'\n]{1,4000})'/g;
const LITERAL = /'[^']*'|"[^"]*"|[^,'"\s][^,'"]*/g;
/** The values that an ORM lists behind a statement: Sequelize, TypeORM, knex, Drizzle, pgx. */
const BOUND =
  /(?:\b(?:parameters|params|bindings|binds?|values|args|replacements)\b["']?:? {0,3}=? {0,3}|-- {0,3}|; {0,3})(\[[^\][\n]{1,4000}(?:\]|$)|\{[^}{\n]{1,4000}(?:\}|$)|\\?"[^"\\\n]{1,4000}\\?"(?=\s{0,5}(?:$|\n|"\})))/gi;
/** The same on a line of its own, as knex and Prisma log them. */
const LOGGED = /\b(?:knex:bindings|prisma:params) (\[[^\n]{1,4000})/g;
/** A place for a value in a statement. */
const PLACE = /[=(,<>] ?(?:\$\d|\?|:\w|@\w)|\blike (?:\$\d|\?)|select (?:\$\d|\?)/i;
const OF_PLACES = SIGN.dollar | SIGN.question | SIGN.colon | SIGN.at;
const VERB =
  /\b(?:select|insert|update|delete|replace|merge|call|exec|SELECT|INSERT|UPDATE|DELETE|REPLACE|MERGE|CALL|EXEC|Select|Insert|Update)\b/;
/** The statement right behind its values: `params: ["x"] select …`. */
const VERB_NEXT = /^\s{1,4}(?:select|insert|update|delete|with|call)\b/i;
/** `SET PASSWORD FOR 'ada'@'%' = 'x'`, with MySQL's function around the value or without it. */
const FOR_USER =
  /\bset password for [^=\n]{1,200}?(?:=|\bto\b) ?(?:\w{1,20}\()?['"]([^'"\n]{1,500})/gi;
/** The key of a function that encrypts or decrypts: `pgp_sym_decrypt(data, 'x')`. */
const CRYPT =
  /\b(?:pgp_sym_(?:en|de)crypt(?:_bytea)?|aes_(?:en|de)crypt|crypt|hmac|encrypt|decrypt)\([^()'"\n]{0,200}, ?(?:'([^'\n]{1,500})'|"([^"\n]{1,500})")/gi;

/** Values of SQL that stand in front of their name or behind the whole statement. */
export const findSqlNamed: Finder = (text, hide, judge, signs) => {
  if ((signs & SIGN.paren) !== 0 && (text.includes('crypt(') || text.includes('hmac('))) {
    eachMatch(CRYPT, text, (match, end) => {
      const value = match[1] ?? match[2] ?? '';
      hide(end - 1 - value.length, end - 1);
    });
  }
  if ((signs & SIGN.name) !== 0 && (text.includes('WORD FOR ') || text.includes('word for '))) {
    eachMatch(FOR_USER, text, ([, value = ''], end) => hide(end - value.length, end));
  }
  if ((signs & SIGN.dollar) !== 0 && text.includes('parameters: $')) {
    eachMatch(BINDS, text, ([, value = ''], end) => hide(end - 1 - value.length, end - 1));
  }
  if ((signs & SIGN.square) !== 0 && (text.includes(':bindings [') || text.includes(':params ['))) {
    eachMatch(LOGGED, text, ([, values = ''], end) => hide(end - values.length, end));
  }
  if ((signs & SIGN.sql) === 0 || !VERB.test(text)) return;
  if (mayDenyBehind(text, judge)) {
    eachMatch(BEFORE, text, (match, end) => {
      if (judge(match[3] ?? '') === 'open') return;
      const start = match.index + 1;
      if (end > start) hide(start, start + (match[2] ?? '').length);
    });
  }
  if ((signs & SIGN.paren) !== 0) {
    eachMatch(WITHIN, text, ([, name = '', value = ''], end) => {
      if (judge(name) !== 'open') hide(end - 1 - value.length, end - 1);
    });
    eachMatch(ROW, text, (match, end) => rowAt(match, end, hide, judge));
  }
  if ((signs & OF_PLACES) === 0) return;
  const place = text.search(PLACE);
  if (place === -1) return;
  eachMatch(BOUND, text, (match, end) => {
    if (match.index > place || VERB_NEXT.test(text.slice(end, end + 12)))
      hide(end - (match[1] ?? '').length, end);
  });
};

/** Whether a name behind a literal may be that of a secret. This takes a quarter of the time of `BEFORE`. */
function mayDenyBehind(text: string, judge: Judge): boolean {
  BEHIND.lastIndex = 0;
  while (BEHIND.test(text)) {
    const start = BEHIND.lastIndex;
    if (judge.mayDeny(text, start, runEnd(text, COLUMN, start, start + NAME))) return true;
  }
  return false;
}

function rowAt(match: RegExpExecArray, end: number, hide: Hide, judge: Judge): void {
  const [, names = '', values = ''] = match;
  const denied = names.split(',').map((name) => judge(name.replace(/["`\s]/g, '')) !== 'open');
  const start = end - 1 - values.length;
  LITERAL.lastIndex = 0;
  for (let index = 0, at = LITERAL.exec(values); at !== null; at = LITERAL.exec(values)) {
    if (denied[index] === true && /^["']/.test(at[0]))
      hide(start + at.index + 1, start + at.index + at[0].length - 1);
    index += 1;
  }
}
