import { Numeral, floatText } from './numeral.ts';

/**
 * The few behaviours of Ruby that decide what ErrSight stores. The real server is a Rails
 * application on Ruby 3.4; "characters" are code points there, not UTF-16 units.
 */

/** Ruby's `String#strip` knows NUL and the six ASCII blanks, on both sides, and nothing else. */
const STRIPPED: ReadonlySet<string> = new Set(['\0', '\t', '\n', '\v', '\f', '\r', ' ']);

/** `String#strip`: unlike `trim()` it leaves no-break spaces and removes U+0000. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && STRIPPED.has(text.charAt(start))) start++;
  while (end > start && STRIPPED.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Rails' `blank?` for strings: empty, or nothing but white space as Unicode defines it. */
export function isBlank(text: string): boolean {
  return /^\p{White_Space}*$/u.test(text);
}

/** Rails' `blank?` for any parsed JSON value: false and empty containers are blank, no number is. */
export function isBlankValue(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  if (typeof value === 'string') return isBlank(value);
  if (typeof value !== 'object' || value instanceof Numeral) return false;
  return Object.keys(value).length === 0;
}

/** In Ruby only nil and false are falsy: 0, "" and the string "false" are not. */
export function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** The number of characters, as Ruby counts them. */
export function length(text: string): number {
  return Array.from(text).length;
}

/** Rails' `truncate`: at most `limit` characters, the last three of them `...` where it cut. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const characters = Array.from(text);
  if (characters.length <= limit) return text;
  return `${characters.slice(0, limit - 3).join('')}...`;
}

/** `to_s` of a parsed JSON value: nil is empty, arrays and objects become their inspect text. */
export function toS(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : inspect(value);
}

/** Ruby's `inspect` of a parsed JSON value. */
export function inspect(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return inspectString(value);
  if (typeof value === 'number') return inspectNumber(value);
  if (value instanceof Numeral) return value.text;
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(
      ([key, item]) => `${inspectString(key)} => ${inspect(item)}`,
    );
    return pairs.length === 0 ? '{}' : `{${pairs.join(', ')}}`;
  }
  return value === true ? 'true' : 'false';
}

/** `Array#join("\n")`: nested arrays are flattened, nil is an empty line. */
export function joinLines(items: readonly unknown[]): string {
  return items.map((item) => (Array.isArray(item) ? joinLines(item) : toS(item))).join('\n');
}

/** `String#to_i`: the digits a string begins with, else 0. */
export function toI(text: string): number {
  const digits = /^[\s\0]*([+-]?\d+(?:_\d+)*)/.exec(text)?.[1];
  return digits === undefined ? 0 : Number(digits.replaceAll('_', ''));
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', String.raw`\"`],
  ['\\', String.raw`\\`],
  ['\0', String.raw`\u0000`],
  ['\u0007', String.raw`\a`],
  ['\b', String.raw`\b`],
  ['\t', String.raw`\t`],
  ['\n', String.raw`\n`],
  ['\v', String.raw`\v`],
  ['\f', String.raw`\f`],
  ['\r', String.raw`\r`],
  ['\u001B', String.raw`\e`],
]);

function inspectString(text: string): string {
  const escaped = text.replaceAll(/["\\]|#(?=[{$@])|[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '#') return String.raw`\#`;
    const known = ESCAPES.get(character);
    if (known !== undefined) return known;
    const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/**
 * A number as Ruby would print it. What JSON.stringify writes without a point or an exponent is an
 * Integer in Ruby. Anything else is a Float.
 */
function inspectNumber(value: number): string {
  const text = JSON.stringify(value);
  return /^-?\d+$/.test(text) ? text : floatText(value);
}
