import { randomUUID } from 'node:crypto';
import { Numeral } from './numeral.ts';

/** Stands before the text of a number that JavaScript cannot hold. Nobody outside can know it. */
const MARK = `\0${randomUUID()}:`;
const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy;
/** What makes the slow way necessary: long numbers, whole floats, exponents. */
const UNUSUAL = /\d{16}|\.0|\de[+-]?\d/i;

/**
 * JSON as Ruby reads it, which is more than JavaScript does: comments are skipped, whole numbers have
 * any number of digits, and `1.0` is another number than `1`. Throws a SyntaxError.
 */
export function parseRubyJson(text: string): unknown {
  const mayHaveComments = text.includes('/*') || text.includes('//');
  if (!mayHaveComments && !UNUSUAL.test(text)) return JSON.parse(text);
  const rewritten = rewrite(text);
  const value: unknown = JSON.parse(rewritten.text);
  return rewritten.isMarked ? unmark(value) : value;
}

/** The same value as strict JSON, with comments gone and a marked string for each unusual number. */
function rewrite(text: string): { text: string; isMarked: boolean } {
  const parts: string[] = [];
  let isMarked = false;
  let kept = 0;
  let at = 0;
  const replace = (end: number, by: string): void => {
    parts.push(text.slice(kept, at), by);
    kept = at = end;
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
    } else if (character === '/') {
      replace(endOfComment(text, at), ' ');
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0] ?? character;
      if (Numeral.isNeededFor(number)) {
        isMarked = true;
        replace(at + number.length, JSON.stringify(MARK + number));
      } else {
        at += number.length;
      }
    } else {
      at++;
    }
  }
  parts.push(text.slice(kept));
  return { text: parts.join(''), isMarked };
}

/** The index after the closing quote of the string that begins here, or the end of the text. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '"') return at + 1;
  }
  return text.length;
}

/**
 * The index after the comment that begins here. A slash that begins no comment stays, and is no
 * JSON.
 */
export function endOfComment(text: string, start: number): number {
  const next = text.charAt(start + 1);
  if (next !== '*' && next !== '/') throw new SyntaxError('a slash');
  const end = text.indexOf(next === '*' ? '*/' : '\n', start + 2);
  if (end >= 0) return next === '*' ? end + 2 : end;
  if (next === '*') throw new SyntaxError('a comment without an end');
  return text.length;
}

/**
 * Replaces marks by their numbers, without recursion, since nobody knows yet how deep the value is.
 */
function unmark(root: unknown): unknown {
  const holder: Record<string, unknown> = { root };
  const waiting: object[] = [holder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const container = next as Record<string, unknown>;
    for (const key of Object.keys(container)) {
      const value = container[key];
      if (typeof value === 'object' && value !== null) waiting.push(value);
      if (typeof value !== 'string' || !value.startsWith(MARK)) continue;
      Object.defineProperty(container, key, {
        value: new Numeral(value.slice(MARK.length)),
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
  return holder['root'];
}

/**
 * The text of each element of a body as it was sent. If the body is no array, it is the whole text.
 */
export function elementTexts(text: string): string[] {
  const first = skipBlanks(text, 0);
  if (text.charAt(first) !== '[') return [text.trim()];
  const found: string[] = [];
  let depth = 0;
  let start = first + 1;
  for (let at = first; at < text.length;) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === '/') {
      at = endOfComment(text, at);
      continue;
    }
    const closes = character === ']' || character === '}';
    if (character === '[' || character === '{') depth++;
    if ((character === ',' && depth === 1) || (closes && depth === 1)) {
      found.push(text.slice(start, at).trim());
      start = at + 1;
    }
    if (closes && --depth === 0) break;
    at++;
  }
  return found;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  for (;;) {
    if (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++;
    else if (text.charAt(at) === '/') at = endOfComment(text, at);
    else return at;
  }
}
