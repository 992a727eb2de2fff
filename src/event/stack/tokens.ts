/**
 * The tokens of a JavaScript or TypeScript text, as exact as it takes to find where functions and
 * classes begin and end. Comments are left out.
 */
export interface Tokens {
  readonly text: string;
  readonly count: number;
  /** The kind of each token: a constant of `KIND`, or the char code of a sign. */
  readonly kinds: readonly number[];
  /** Where each token begins and ends in the text. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** For a bracket the index of its partner, otherwise -1. */
  readonly partners: readonly number[];
}

/** The kinds of tokens that are not a sign of one character. */
export const KIND = {
  word: 1,
  number: 2,
  string: 3,
  /** `=>` */
  arrow: 4,
  /** Any other operator with more than one character. */
  operator: 5,
  /** The `${` of a template, and its `}`. */
  templateOpen: 6,
  templateClose: 7,
  regexp: 8,
} as const;

/** Words after which a slash begins a regular expression. */
const BEFORE_REGEXP: ReadonlySet<string> = new Set(
  'return typeof case in of delete void throw new do else await yield instanceof'.split(' '),
);

const CLOSERS: Readonly<Record<number, number>> = { 0x28: 0x29, 0x5b: 0x5d, 0x7b: 0x7d, 6: 7 };

/**
 * Splits a text into tokens. Undefined if its brackets don't match, since then nothing is certain.
 */
export function tokenize(text: string): Tokens | undefined {
  const kinds: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const partners: number[] = [];
  const open: number[] = [];
  // The first line of a script may be for the shell.
  let at = text.startsWith('#!') ? lineEnd(text, 0) : 0;

  function push(kind: number, start: number, end: number): void {
    kinds.push(kind);
    starts.push(start);
    ends.push(end);
    partners.push(-1);
    at = end;
  }

  function close(kind: number, end: number): boolean {
    const opener = open.pop();
    if (opener === undefined || CLOSERS[kinds[opener] as number] !== kind) return false;
    partners[opener] = kinds.length;
    push(kind, at, end);
    partners[kinds.length - 1] = opener;
    return true;
  }

  function openBracket(kind: number, start: number, end: number): void {
    open.push(kinds.length);
    push(kind, start, end);
  }

  /** Reads a template's text, from after its backtick or a `}`. */
  function template(start: number, from: number): void {
    const end = templateEnd(text, from);
    push(KIND.string, start, end);
    if (text.charCodeAt(end - 1) === 0x7b) openBracket(KIND.templateOpen, end, end);
  }

  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === 0xa0 || code === 0xfeff || code === 0x2028 || code === 0x2029) {
      at += 1;
    } else if (isWordStart(code)) {
      push(KIND.word, at, wordEnd(text, at + 1));
    } else if (code >= 0x30 && code <= 0x39) {
      push(KIND.number, at, wordEnd(text, at + 1));
    } else if (code === 0x22 || code === 0x27) {
      const end = stringEnd(text, at, code);
      // An apostrophe in the text of JSX begins no string.
      if (end < 0) at += 1;
      else push(KIND.string, at, end);
    } else if (code === 0x60) {
      template(at, at + 1);
    } else if (code === 0x2f) {
      const end = commentEnd(text, at);
      if (end >= 0) at = end;
      else {
        const past = canBeginRegexp(text, kinds, starts, ends) ? regexpEnd(text, at) : -1;
        if (past >= 0) push(KIND.regexp, at, past);
        else push(code, at, at + 1);
      }
    } else if (code === 0x28 || code === 0x5b || code === 0x7b) {
      openBracket(code, at, at + 1);
    } else if (code === 0x7d && kinds[open.at(-1) ?? -1] === KIND.templateOpen) {
      if (!close(KIND.templateClose, at + 1)) return undefined;
      template(at, at);
    } else if (code === 0x29 || code === 0x5d || code === 0x7d) {
      if (!close(code, at + 1)) return undefined;
    } else {
      const length = operatorLength(text, at, code);
      const isArrow = code === 0x3d && length === 2 && text.charCodeAt(at + 1) === 0x3e;
      push(isArrow ? KIND.arrow : length > 1 ? KIND.operator : code, at, at + length);
    }
  }
  if (open.length > 0) return undefined;
  return { text, count: kinds.length, kinds, starts, ends, partners };
}

/** `$`, `_`, `#` of private names, letters, escapes, and anything that is not ASCII. */
function isWordStart(code: number): boolean {
  const lower = code | 0x20;
  return (
    (lower >= 0x61 && lower <= 0x7a) ||
    code === 0x5f ||
    code === 0x24 ||
    code === 0x23 ||
    code === 0x5c ||
    code > 0x7f
  );
}

function wordEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isPart = (code >= 0x30 && code <= 0x39) || (isWordStart(code) && code !== 0x23);
    if (!isPart || code === 0x2028 || code === 0x2029 || code === 0xa0) break;
  }
  return at;
}

/** The index after a string. -1 if it has no end in its line. */
function stringEnd(text: string, start: number, quote: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += text.startsWith('\r\n', at + 1) ? 2 : 1;
    else if (code === quote) return at + 1;
    else if (code === 0x0a || code === 0x0d) return -1;
  }
  return -1;
}

/** The index after the backtick that ends a template, or after its next `${`. */
function templateEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x60) return at + 1;
    else if (code === 0x24 && text.charCodeAt(at + 1) === 0x7b) return at + 2;
  }
  return text.length;
}

function commentEnd(text: string, start: number): number {
  const second = text.charCodeAt(start + 1);
  if (second === 0x2f) return lineEnd(text, start);
  if (second !== 0x2a) return -1;
  const end = text.indexOf('*/', start + 2);
  return end < 0 ? text.length : end + 2;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function canBeginRegexp(
  text: string,
  kinds: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
): boolean {
  const last = kinds.length - 1;
  const kind = kinds[last];
  if (kind === undefined) return true;
  if (kind === KIND.word) return BEFORE_REGEXP.has(text.slice(starts[last], ends[last]));
  if (kind === KIND.number || kind === KIND.string || kind === KIND.regexp) return false;
  return kind !== 0x29 && kind !== 0x5d && kind !== 0x7d && kind !== KIND.templateClose;
}

/**
 * The index after a regular expression. -1 if it has no end in its line: then it was a division, or
 * a tag of JSX.
 */
function regexpEnd(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) return -1;
    if (code === 0x5c) at += 1;
    else if (code === 0x5b) inClass = true;
    else if (code === 0x5d) inClass = false;
    else if (code === 0x2f && !inClass) return wordEnd(text, at + 1);
  }
  return -1;
}

/** How many characters an operator has. Signs that matter alone are tokens of their own. */
function operatorLength(text: string, at: number, code: number): number {
  const next = text.charCodeAt(at + 1);
  if (code === 0x3d) {
    if (next === 0x3e) return 2;
    if (next === 0x3d) return text.charCodeAt(at + 2) === 0x3d ? 3 : 2;
    return 1;
  }
  // `a ||= b` names its function as `a = b` does, so its `=` is a token of its own.
  const isDoubled = next === code && (code === 0x7c || code === 0x26 || code === 0x3f);
  if (isDoubled) return 2;
  // Two closing angle brackets, as in types, are two tokens.
  if ((code === 0x21 || code === 0x3c || code === 0x3e) && next === 0x3d) return 2;
  if ('+-*/%^'.includes(text.charAt(at)) && next === 0x3d) return 2;
  return 1;
}
