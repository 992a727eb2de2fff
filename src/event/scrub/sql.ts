/**
 * The values in a text of SQL, as MySQL writes them, and its comments, which may hold some: strings in
 * either quotes (the last one may be cut), numbers, and `X'…'`. In backticks stands a name.
 */
const TOKENS =
  /`[^`]*(?:`|$)|(?:\b[xXbBnN]|\b_[a-z0-9]+ ?)?(?:'(?:[^'\\]|\\.|'')*(?:'|\\?$)|"(?:[^"\\]|\\.|"")*(?:"|\\?$))|\/\*[^]*?(?:\*\/|$)|(?:--[ \t]|#)[^\n]*|(?<![\w$.])(?:0[xX][\dA-Fa-f]+|0[bB][01]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\w$])/gs;

/** Lists of values: how many there were says less than the rest of the text. */
const LISTS = /\?(?:\s*,\s*\?)+/g;
const ROWS = /\(\?(?:, \u2026)?\)(?:\s*,\s*\(\?(?:, \u2026)?\))+/g;

/** A query's text with `?` in place of every value. */
export function withoutLiterals(sql: string): string {
  return sql
    .replace(TOKENS, (token) => (token.startsWith('`') ? token : isComment(token) ? '' : '?'))
    .replace(LISTS, '?, …')
    .replace(ROWS, '(?, …), …')
    .trim();
}

function isComment(token: string): boolean {
  return /^(?:\/\*|--|#)/.test(token);
}
