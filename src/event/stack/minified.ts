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
  const start = startOf(line, column - 1);
  const text = line.slice(start, start + STATEMENT);
  const end = /[;{}]/.exec(text.replaceAll(WORDS, (word) => '_'.repeat(word.length)))?.index;
  return text
    .slice(0, end)
    .replaceAll(WORDS, (word) => (isName(word) ? '_' : word))
    .trim();
}

/** V8 has the place of a member, which no minifier renames, behind its dot. */
function startOf(line: string, at: number): number {
  if (line.charAt(at - 1) !== '.') return at;
  return line.charAt(at - 2) === '?' ? at - 2 : at - 1;
}

/** How many UTF-16 units in front of a statement are looked at, and how many words of them count. */
const BEFORE = 300;
const WORDS_BEFORE = 4;
/**
 * Members, and strings of a few signs: where the part that is looked at begins within a string, code between two
 * strings looks like one.
 */
const STABLE = /(?<=[\w$)\]?])\.[A-Za-z_$][\w$]*|(["'`])[\w/.@][\w/:.@-]{0,60}\w\1/g;

/**
 * What stands in front of a place in minified code and is the same in each build. Two handlers with the same
 * statement differ by it.
 */
export function wordsBefore(line: string, column: number): string {
  const end = startOf(line, column - 1);
  const words = line.slice(Math.max(0, end - BEFORE), end).match(STABLE) ?? [];
  return words.slice(-WORDS_BEFORE).join(' ');
}

/**
 * A name in minified code without what the minifier called the object or the class that it stands on: `remove`
 * of `a.remove`. Empty where it is the minifier's itself.
 */
export function withoutMinified(name: string): string {
  const [, kind = '', plain = ''] = /^(new |get |set )?(.*)$/s.exec(name) ?? [];
  const parts = plain.split('.');
  while (parts.length > 1 && isMinifiedName(parts[0] ?? '')) parts.shift();
  const rest = parts.join('.');
  if (isMinifiedName(rest.replace(/^(?:get|set) |^#/, ''))) return '';
  return kind + rest;
}

function isName(word: string): boolean {
  return /^[A-Za-z_$]/.test(word) && !KEYWORDS.has(word);
}
