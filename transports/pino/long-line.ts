import { attempt } from '../../src/lib/safe-read.ts';
import { WALK_LIMITS } from '../../src/event/scrub/limits.ts';

/**
 * The most characters of a field's JSON that are parsed. Of a longer text the beginning is kept.
 */
const MAX_FIELD = 256 * 1024;
/** How many fields of a line are read. */
const MAX_FIELDS: number = 2 * WALK_LIMITS.keys;
/**
 * How many characters are kept of a text that is longer than `MAX_FIELD`, or whose end was cut off.
 */
const KEPT = 12_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * Reads the fields of a line that is too long to parse as a whole, or of its beginning. So a line
 * with an error and a body of megabytes still reports the error. Each field is found without
 * parsing it. A value that is too large is replaced by its size. Undefined if there is no field.
 */
export function readLongLine(line: string): Record<string, unknown> | undefined {
  const fields = new Map<string, unknown>();
  let at = skipBlanks(line, 0);
  if (line[at] !== '{') return undefined;
  while (fields.size < MAX_FIELDS) {
    const start = skipBlanks(line, at + 1);
    const afterKey = line.charCodeAt(start) === QUOTE ? endOfText(line, start) : -1;
    const colon = afterKey < 0 ? -1 : skipBlanks(line, afterKey);
    if (line.charCodeAt(colon) !== COLON) break;
    const key = attempt(() => JSON.parse(line.slice(start, afterKey)) as unknown);
    const from = skipBlanks(line, colon + 1);
    const end = endOfValue(line, from);
    const value = valueOf(line, from, end);
    if (typeof key !== 'string' || value === undefined) break;
    fields.set(key, value.parsed);
    at = end < 0 ? line.length : skipBlanks(line, end);
    if (line.charCodeAt(at) !== COMMA) break;
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return fields.size > 0 ? Object.fromEntries(fields) : undefined;
}

/**
 * Parses a value. The result is in an object, since a field may be null. Undefined if it is no
 * JSON.
 */
function valueOf(line: string, from: number, end: number): { parsed: unknown } | undefined {
  const length = (end < 0 ? line.length : end) - from;
  if (end >= 0 && length <= MAX_FIELD) {
    const parsed = attempt(() => JSON.parse(line.slice(from, end)) as unknown);
    return parsed === undefined ? undefined : { parsed };
  }
  if (line.charCodeAt(from) === QUOTE) return { parsed: beginningOf(line, from + 1) };
  return { parsed: `[${length} characters${end < 0 ? ' or more' : ''}]` };
}

/** The beginning of a text, without half an escape at its end. */
function beginningOf(line: string, from: number): string {
  for (let length = KEPT; length > KEPT - 6; length -= 1) {
    const text = line.slice(from, from + length);
    const parsed = attempt(() => JSON.parse(`"${text}"`) as string);
    if (parsed !== undefined) return `${parsed}...`;
  }
  return '...';
}

/** The index after the quote that ends the text at `start`. -1 if there is none. */
function endOfText(line: string, start: number): number {
  let quote = line.indexOf('"', start + 1);
  while (quote >= 0) {
    let escapes = 0;
    while (line.charCodeAt(quote - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return quote + 1;
    quote = line.indexOf('"', quote + 1);
  }
  return -1;
}

/** The index after the value at `start`. -1 if the line ends within it. */
function endOfValue(line: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at >= 0 && at < line.length) {
    const character = line[at];
    if (character === '"') {
      at = endOfText(line, at);
      if (depth === 0) return at;
      continue;
    }
    if (character === '}' || character === ']') {
      // A number or a word may end with the object that contains it.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (character === '{' || character === '[') depth += 1;
    else if (character === ',' && depth === 0) return at;
    at += 1;
  }
  return -1;
}

function skipBlanks(line: string, start: number): number {
  let at = start;
  while (line.charCodeAt(at) === 0x20 || line.charCodeAt(at) === 0x09) at += 1;
  return at;
}
