import { FILTERED } from '../../lib/text.ts';

/** Whether values under this name must not leave. */
type Denies = (name: string) => boolean;

/** UTF-16 units of a name in front of a `=` that are looked at. */
const NAME = 200;

/** What ends a name. A `=` among them: of `url=/a?token=x` the name of the secret is the last one. */
const BEFORE_NAME = /[=&;?#\s"'<>]/;
const BARE_VALUE = /[^&;#\s"'<>]+/y;
/** Not a quote that ends what the pair stands in, as in `{"url":"/a?token=","b":1}`. */
const OPENING_QUOTE = /(\\{0,15})(["'])(?![\s,:;&}\])])/y;

/** A key of JSON, which may itself stand in a string of JSON: then its quotes have backslashes. */
const KEY = /(\\{0,15})"([^"\\]{1,200})\1"\s{0,9}:\s{0,9}/g;
const NUMBER = /-?\d[\d.eE+-]*/y;

/** Replaces the values of denied names in `name=value`: forms, queries, cookies, logfmt. */
export function withoutPairs(text: string, denies: Denies): string {
  let result = '';
  let done = 0;
  for (let at = text.indexOf('='); at !== -1; at = text.indexOf('=', at + 1)) {
    const name = nameBefore(text, at, done);
    if (name === '' || !denies(decoded(name))) continue;
    const end = valueEnd(text, at + 1);
    if (end === at + 1) continue;
    result += `${text.slice(done, at + 1)}${FILTERED}`;
    done = end;
    at = end - 1;
  }
  return done === 0 ? text : result + text.slice(done);
}

/** Replaces the values of denied keys in a text that is JSON or holds some, cut or whole. */
export function withoutJsonPairs(text: string, denies: Denies): string {
  let result = '';
  let done = 0;
  KEY.lastIndex = 0;
  for (let match = KEY.exec(text); match !== null; match = KEY.exec(text)) {
    const [, slashes = '', name = ''] = match;
    if (!denies(name)) continue;
    const start = KEY.lastIndex;
    const end = jsonEnd(text, start, slashes);
    if (end === start) continue;
    const quote = `${slashes}"`;
    result += `${text.slice(done, match.index)}${quote}${name}${quote}:${quote}${FILTERED}${quote}`;
    done = end;
    KEY.lastIndex = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

function nameBefore(text: string, end: number, done: number): string {
  const least = Math.max(done, end - NAME);
  let start = end;
  while (start > least && !BEFORE_NAME.test(text.charAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

function valueEnd(text: string, start: number): number {
  OPENING_QUOTE.lastIndex = start;
  const [opening = '', slashes = '', quote = ''] = OPENING_QUOTE.exec(text) ?? [];
  return quote === ''
    ? endOf(BARE_VALUE, text, start)
    : stringEnd(text, start + opening.length, slashes.length, quote);
}

/** The end of the JSON value at `start`; `start` itself where it hides nothing, as `true` and `null`. */
function jsonEnd(text: string, start: number, slashes: string): number {
  if (text.startsWith(`${slashes}"`, start)) {
    return stringEnd(text, start + slashes.length + 1, slashes.length);
  }
  const first = text.charAt(start);
  if (first !== '{' && first !== '[') return endOf(NUMBER, text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') at = stringEnd(text, at + 1, slashes.length) - 1;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/**
 * The end of a string whose quotes have `slashes` backslashes, each level of JSON in JSON having
 * twice as many and one more. A text that was cut ends within it; a line that ends always does.
 */
function stringEnd(text: string, start: number, slashes: number, quote = '"'): number {
  const line = text.indexOf('\n', start);
  const last = line === -1 ? text.length : line;
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (at >= last) break;
    let run = at;
    while (run > start && text.charAt(run - 1) === '\\') run -= 1;
    if ((at - run) % (2 * (slashes + 1)) === slashes) return at + 1;
  }
  return last;
}

function endOf(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}

function decoded(name: string): string {
  try {
    return name.includes('%') ? decodeURIComponent(name) : name;
  } catch {
    return name;
  }
}
