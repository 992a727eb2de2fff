/**
 * The values in MySQL's SQL: strings in either quotes (the last one may be cut), numbers, and `X'…'`.
 * Comments match as well, since they may hold values. A text in backticks is a name.
 */
const TOKENS =
  /`[^`]*(?:`|$)|(?:\b[xXbBnN]|\b_[a-z0-9]+ ?)?(?:'(?:[^'\\]|\\.|'')*(?:'|\\?$)|"(?:[^"\\]|\\.|"")*(?:"|\\?$))|\/\*[^]*?(?:\*\/|$)|(?:--[ \t]|#)[^\n]*|(?<![\w$.])(?:0[xX][\dA-Fa-f]+|0[bB][01]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\w$])/gs;

/**
 * The same for PostgreSQL and the SQL standard: a backslash in a string is an ordinary character, unless an
 * `E` stands before the string. PostgreSQL also has strings in dollars; `$1` is a place and no value.
 */
const STANDARD =
  /"[^"]*(?:"|$)|`[^`]*(?:`|$)|\b[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?$)|(?:\b[xXbBnN]|\b[uU]&)?'(?:[^']|'')*(?:'|$)|(?<![\w$])\$([A-Za-z_]\w*)?\$[^]*?(?:\$\1\$|$)|\/\*[^]*?(?:\*\/|$)|--[^\n]*|(?<![\w$.])(?:0[xX][\dA-Fa-f]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\w$])/gs;

/** `sqlite` is for SQL that may also be MySQL's: names are in backticks, and a value may be in double quotes. */
export type Dialect = 'mysql' | 'sqlite' | 'other';

/** Lists of values are shortened: how many there were matters less than the rest of the text. */
const LISTS = /\?(?:\s*,\s*\?)+/g;
const ROWS = /\(\?(?:, \u2026)?\)(?:\s*,\s*\(\?(?:, \u2026)?\))+/g;

/** A query's text with `?` in place of every value. */
export function withoutLiterals(sql: string, dialect: Dialect = 'mysql'): string {
  const names = dialect === 'other' ? '`"' : '`';
  const isMysql = dialect === 'mysql';
  return (isMysql ? sql : withoutDoubt(sql, names))
    .replace(isMysql ? TOKENS : STANDARD, (token) => {
      if (names.includes(token.charAt(0))) return token;
      return isComment(token) ? '' : '?';
    })
    .replace(LISTS, '?, …')
    .replace(ROWS, '(?, …), …')
    .trim();
}

/**
 * The text up to the place where two databases read it differently. A string with a backslash at its end goes
 * on in one of them. The end of a comment within a comment ends both comments in one, and only the inner one in
 * the other.
 */
function withoutDoubt(sql: string, names: string): string {
  if (!/\\['"]|\/\*[^]*\/\*/.test(sql)) return sql;
  for (const { 0: token, index } of sql.matchAll(STANDARD)) {
    if (token.startsWith('/*') && token.includes('/*', 2)) return sql.slice(0, index);
    const isString = !names.includes(token.charAt(0)) && !/^[eE$]/.test(token);
    if (isString && /\\['"]$/.test(token)) return `${sql.slice(0, index)}?`;
  }
  return sql;
}

const STATEMENT =
  /^[\s(]{0,50}(?:select|insert|update|delete|replace|merge|with|create|alter|drop|truncate|grant|call|exec|execute|set|begin|copy|declare|explain|values)\b/i;
/** Double quotes around a name, as in all dialects but MySQL's. */
const QUOTED_NAME = /(?:\b(?:from|into|update|join|table|select|as)\s{1,9}|\.)"/i;

export function isStatement(text: string): boolean {
  return STATEMENT.test(text);
}

/** The same for a text that may be SQL of any database; undefined if it is no SQL. */
export function statementOf(text: string): string | undefined {
  if (!STATEMENT.test(text)) return undefined;
  const isOther = !text.includes('`') && QUOTED_NAME.test(text);
  return withoutLiterals(text, isOther ? 'other' : 'mysql');
}

function isComment(token: string): boolean {
  return /^(?:\/\*|--|#)/.test(token);
}
