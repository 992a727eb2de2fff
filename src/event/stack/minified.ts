/**
 * Whether a minifier gave the name, such as `t`, `a1`, `$e` or `xY2`. Short names that people give
 * begin with a capital, and the rest is in one case: `Err`, `DBX`.
 */
export function isMinifiedName(name: string): boolean {
  return name.length <= 2 ? /^[\w$]+$/.test(name) : SHORT.test(name) && !WORD.test(name);
}

const SHORT = /^[\w$]{3}$/;
const WORD = /^[A-Z](?:[a-z]{2}|[A-Z]{2})$/;

/** Nobody writes a line with so many UTF-16 units by hand. */
export const MINIFIED_LINE = 500;

export function isMinifiedLine(line: string): boolean {
  return line.length > MINIFIED_LINE;
}

/** How many UTF-16 units of a statement are looked at. */
const STATEMENT = 200;
/**
 * Strings, words and members. Minifiers don't change words of the language, or words after a dot.
 */
const WORDS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\.[\w$]+|[A-Za-z_$][\w$]*/g;
const KEYWORDS: ReadonlySet<string> = new Set([
  'await',
  'async',
  'function',
  'if',
  'in',
  'new',
  'of',
  'return',
  'this',
  'throw',
  'typeof',
  'void',
  'yield',
]);

/**
 * The statement at a place in minified code, without the names that the minifier gave, since those
 * differ in each build. `column` counts from 1.
 */
export function statementAt(line: string, column: number): string {
  const text = line.slice(column - 1, column - 1 + STATEMENT);
  const end = /[;{}]/.exec(text.replaceAll(WORDS, (word) => '_'.repeat(word.length)))?.index;
  return text
    .slice(0, end)
    .replaceAll(WORDS, (word) => (isName(word) ? '_' : word))
    .trim();
}

function isName(word: string): boolean {
  return /^[A-Za-z_$]/.test(word) && !KEYWORDS.has(word);
}
