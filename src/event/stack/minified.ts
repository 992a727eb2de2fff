/**
 * Whether a minifier gave the name: `t`, `a1`, `$e`, `xY2`. A short one that people give begins with a
 * capital and goes on in one case, as `Err` or `DBX`.
 */
export function isMinifiedName(name: string): boolean {
  return name.length <= 2 ? /^[\w$]+$/.test(name) : SHORT.test(name) && !WORD.test(name);
}

const SHORT = /^[\w$]{3}$/;
const WORD = /^[A-Z](?:[a-z]{2}|[A-Z]{2})$/;

/** UTF-16 units of a line that nobody writes by hand. */
export const MINIFIED_LINE = 500;

export function isMinifiedLine(line: string): boolean {
  return line.length > MINIFIED_LINE;
}

/** UTF-16 units of a statement that are looked at. */
const STATEMENT = 200;
/** A word, but for those of the language and what stands behind a dot, which minifiers leave alone. */
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
 * The statement at a place in minified code, without what differs from build to build: the names that the
 * minifier gave. `column` counts from 1.
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
