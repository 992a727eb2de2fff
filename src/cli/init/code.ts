/** Finds the code in a text and the ends of its parts. It understands only as much of JavaScript as that needs. */

/** A part of a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Words that a regular expression can follow; it can also follow most signs. */
const BEFORE_PATTERN =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)\s*$/;

/**
 * The text with blanks in place of comments, patterns and texts in quotes, so that each character keeps its
 * place. It is undefined if the text can't be understood: brackets do not match, or a quote never ends.
 */
export function codeOf(text: string): string | undefined {
  const out = text.split('');
  const open: string[] = [];
  const blank = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) if (out[at] !== '\n' && out[at] !== '\r') out[at] = ' ';
  };
  let at = /^\uFEFF?(?:#![^\n]*)?/.exec(text)?.[0].length ?? 0;
  blank(0, at);
  while (at < text.length) {
    const c = text[at] ?? '';
    let end = -1;
    if (text.startsWith('//', at)) {
      end = text.indexOf('\n', at);
      end = end === -1 ? text.length : end;
      blank(at, end);
    } else if (text.startsWith('/*', at)) {
      end = text.indexOf('*/', at + 2) + 2;
      if (end < 2) return undefined;
      blank(at, end);
    } else if (c === '"' || c === "'") {
      end = endOfString(text, at);
      if (end === -1) return undefined;
      blank(at + 1, end - 1);
    } else if (c === '/' && isPattern(out, at)) {
      end = endOfPattern(text, at);
      if (end === -1) return undefined;
      blank(at + 1, end - 1);
    } else if (c === '`' || (c === '}' && open.at(-1) === '`')) {
      if (c === '}') open.pop();
      end = endOfTemplate(text, at + 1);
      if (end === -1) return undefined;
      blank(at + 1, end - 1);
      if (text[end - 1] === '{') open.push('`');
    } else if (CLOSING[c] !== undefined) open.push(c);
    else if (c === ')' || c === ']' || c === '}') {
      if (CLOSING[open.pop() ?? ''] !== c) return undefined;
    }
    at = end === -1 ? at + 1 : end;
  }
  return open.length === 0 ? out.join('') : undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += text[at + 1] === '\r' ? 2 : 1;
    else if (text[at] === text[start]) return at + 1;
    else if (text[at] === '\n') return -1;
  }
  return -1;
}

/** The place behind the quote that ends a template, or behind the next `${` in it. */
function endOfTemplate(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') return at + 1;
    else if (text.startsWith('${', at)) return at + 2;
  }
  return -1;
}

function isPattern(out: readonly string[], at: number): boolean {
  const before = out
    .slice(Math.max(0, at - 60), at)
    .join('')
    .trimEnd();
  if (before === '') return true;
  return BEFORE_PATTERN.test(before) || !/[\w$)\]}"'`/]$/.test(before);
}

function endOfPattern(text: string, start: number): number {
  let isClass = false;
  for (let at = start + 1; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '[') isClass = true;
    else if (text[at] === ']') isClass = false;
    else if (text[at] === '/' && !isClass) return at + 1;
  }
  return -1;
}

/** The bracket that closes the one at an index. */
export function closingOf(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at += 1) {
    if ('([{'.includes(code[at] ?? '')) depth += 1;
    else if (')]}'.includes(code[at] ?? '')) depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** The parts between the commas of a call, an array or an object. */
export function partsOf(code: string, open: number): readonly Range[] {
  const close = closingOf(code, open);
  const parts: Range[] = [];
  let start = open + 1;
  for (let at = open + 1; at <= close; at += 1) {
    if ('([{'.includes(code[at] ?? '')) at = closingOf(code, at);
    else if (code[at] === ',' || at === close) {
      const part = trimmed(code, { start, end: at });
      if (part.end > part.start) parts.push(part);
      start = at + 1;
    }
  }
  return parts;
}

function trimmed(code: string, { start, end }: Range): Range {
  const text = code.slice(start, end);
  return {
    start: start + (text.length - text.trimStart().length),
    end: start + text.trimEnd().length,
  };
}

/** The value of a property of the object that begins at `open`. For a shorthand it is the name. */
export function propertyOf(code: string, open: number, name: string): Range | undefined {
  for (const { start, end } of partsOf(code, open)) {
    const found = new RegExp(`^${name}\\s*(:\\s*)?`).exec(code.slice(start, end));
    if (found === null) continue;
    if (found[1] !== undefined) return { start: start + found[0].length, end };
    if (found[0].length === end - start) return { start, end };
  }
  return undefined;
}

/** The end of the statement around an index: behind its semicolon, or at the end of its line. */
export function endOfStatement(code: string, from: number): number {
  for (let at = from; at < code.length; at += 1) {
    const c = code[at] ?? '';
    if ('([{'.includes(c)) at = closingOf(code, at);
    else if (c === ';') return at + 1;
    else if (')]}'.includes(c)) return code.slice(from, at).trimEnd().length + from;
    else if (c === '\n') {
      const before = code.slice(from, at).trimEnd();
      const goesOn =
        /[=(,.?:+\-*&|]$/.test(before) || /^\s*(?:[.?:+\-*&|,]|=>)/.test(code.slice(at));
      if (!goesOn) return from + before.length;
    }
  }
  return code.trimEnd().length;
}
