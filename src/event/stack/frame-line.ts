import { fileURLToPath } from 'node:url';
import { remembering } from '../../lib/remember.ts';

/** One line of a stack as V8 wrote it. `parseStack` makes it. */
export interface StackFrame {
  /**
   * The name without `async` and `[as alias]`. Empty for anonymous code and the top level of a
   * module.
   */
  readonly function: string;
  /** An absolute path, or V8's text if there is no file: `node:fs`, `<anonymous>`, `native`. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Whether `eval` or `new Function` made the code. Then the place is that of the call. */
  readonly isEval?: true;
}

/** Linux allows paths of 4,096 bytes. A longer line is no frame, unless it has a `data:` URL. */
const MAX_LINE = 4096 + 512;

/**
 * No name that people write is longer. A computed name (`{ [key]() {} }`) can be anything. The
 * shown name is cut by the scrubber.
 */
const MAX_FUNCTION = 1_024;

/** How a location can begin after ` (`. A function's name may contain ` (` too. */
const LOCATION_START =
  /^(?:[/\\<]|native\)|index \d|eval at |[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]*:[/\w])/;

const WASM_PLACE = /(?::wasm-function\[\d{1,9}\])?:0x[\da-f]{1,16}$/;
const POSITION = /:(\d{1,9})(?::(\d{1,9}))?$/;
const ABSOLUTE = /^(?:\/|\\\\|[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]+:)/;

type Location = Omit<StackFrame, 'function'>;

/**
 * Remembers parsed lines, since an application has few frames, which come again with each error. A
 * remembered line takes a tenth of the time. 1,000 lines take 1 MB at most, and mostly a tenth of
 * that.
 */
const readCall = remembering(parseCall, { maxEntries: 1_000, maxLength: 500 });

/**
 * Parses the line `text[start..end)` of a stack. Undefined for a line that is no frame, such as
 * prose that begins with "at". A frame has a location in one of V8's forms.
 */
export function parseFrameLine(text: string, start: number, end: number): StackFrame | undefined {
  let from = start;
  while (from < end && isBlank(text.charCodeAt(from))) from += 1;
  if (!text.startsWith('at ', from)) return undefined;
  from += 3;
  let to = end;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  const line = to - from <= MAX_LINE ? text.slice(from, to) : shortenDataUrl(text, from, to);
  return line === undefined ? undefined : readCall(line);
}

/** Cuts a `data:` URL. Each frame of a module from such a URL contains the whole source. */
function shortenDataUrl(text: string, from: number, to: number): string | undefined {
  const head = text.slice(from, from + 512);
  const at = head.search(/(?:^|[ (])data:/);
  return at < 0 ? undefined : head + text.slice(to - 32, to);
}

function parseCall(line: string): StackFrame | undefined {
  // A function can have the name `async` itself: `at async (/app/a.js:1:2)`.
  const isAwaited = line.startsWith('async ') && !line.startsWith('async (');
  const call = isAwaited ? line.slice(6) : line;
  if (call.endsWith(')')) {
    const open = findLocation(call);
    if (open > 0) {
      const location = parseLocation(call.slice(open + 2, -1));
      return location && { function: functionName(call.slice(0, open)), ...location };
    }
  }
  const location = parseLocation(call);
  return location && { function: '', ...location };
}

/**
 * The index of the ` (` before the location. Names and paths can contain ` (` too, as in `at foo
 * (bar) baz (/a (b)/c.js:1:2)`. So it is the one that the last `)` closes. If that one is within a
 * path, as in `at foo (/a (b/c.js:1:2)`, it is the first with a location after it. A script of `vm`
 * may have any name.
 */
function findLocation(call: string): number {
  if (!call.includes(' (')) return -1;
  const last = findLastOpening(call);
  if (isLocation(call, last) && isBalanced(call, last)) return last;
  for (let open = call.indexOf(' ('); open >= 0; open = call.indexOf(' (', open + 2)) {
    if (isLocation(call, open)) return open;
  }
  return last;
}

/** Whether all parentheses before `end` are closed. */
function isBalanced(text: string, end: number): boolean {
  let depth = 0;
  for (let at = 0; at < end; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
  }
  return depth === 0;
}

function isLocation(call: string, open: number): boolean {
  return LOCATION_START.test(call.slice(open + 2, open + 42));
}

function findLastOpening(call: string): number {
  let depth = 0;
  for (let at = call.length - 1; at > 0; at -= 1) {
    if (call[at] === ')') depth += 1;
    if (call[at] === '(') depth -= 1;
    if (depth === 0 && call[at] === '(' && call[at - 1] === ' ') return at - 1;
  }
  return call.lastIndexOf(' (');
}

function functionName(written: string): string {
  let name = written;
  if (name.endsWith(']')) {
    const alias = name.lastIndexOf(' [as ');
    if (alias >= 0) name = name.slice(0, alias);
  }
  // V8's `Object.<anonymous>` is nearly always the top level of a CommonJS module. In an ES module
  // that has no name, and the same code must get the same group in both.
  if (name === '<anonymous>' || name === 'Object.<anonymous>') return '';
  if (name.length <= MAX_FUNCTION) return name;
  return name.slice(0, MAX_FUNCTION).replace(/[\uD800-\uDBFF]$/, '');
}

function parseLocation(text: string): Location | undefined {
  if (text === '<anonymous>' || text === 'native') return { file: text };
  if (text.startsWith('eval at ')) return evalOrigin(text);
  if (/^index \d+$/.test(text)) return { file: '<anonymous>' };
  // `wasm://wasm/0145fffe:wasm-function[0]:0x1e`, `file:///app/a.wasm:wasm-function[0]:0x1e`. They
  // have an offset in the module instead of a line.
  const isWasm = text.startsWith('wasm://') || text.includes(':wasm-function[');
  if (isWasm) return { file: toPath(text.replace(WASM_PLACE, '')) };
  const position = POSITION.exec(text);
  if (!position) return undefined;
  const file = text.slice(0, position.index);
  // "at 10:30:15" and "at step 4:20" are prose.
  if (file === '' || /^\d+$/.test(file)) return undefined;
  if (position[2] === undefined && !ABSOLUTE.test(file)) return undefined;
  return locate(file, position[1], position[2]);
}

/**
 * Code that `eval` or `new Function` made has no file. So its place is the call of `eval` in a
 * file, the innermost one in `eval at f (eval at g (/app/a.js:1:2), <anonymous>:3:4),
 * <anonymous>:5:6`.
 */
function evalOrigin(text: string): Location {
  let rest = text;
  while (rest.startsWith('eval at ')) {
    const open = findLocation(rest);
    if (open < 0) return { file: '<anonymous>', isEval: true };
    rest = rest.slice(open + 2);
  }
  const position = /:(\d{1,9}):(\d{1,9})\)/.exec(rest);
  if (!position) return { file: '<anonymous>', isEval: true };
  return { ...locate(rest.slice(0, position.index), position[1], position[2]), isEval: true };
}

function locate(file: string, line: string | undefined, column: string | undefined): Location {
  const lineNumber = Number(line);
  const columnNumber = Number(column);
  return {
    file: toPath(file),
    ...(lineNumber > 0 && { line: lineNumber }),
    ...(columnNumber > 0 && { column: columnNumber }),
  };
}

/**
 * A script's name as a path, if it has one. A query is left out: tools that reload modules add
 * `?t=1732180000` to the URL, and each load would be a new file.
 */
function toPath(file: string): string {
  if (file.startsWith('file://')) return fromFileUrl(file);
  if (file.startsWith('data:')) return /^data:[\w/+.-]{0,100}/.exec(file)?.[0] ?? 'data:';
  if (/^https?:/.test(file)) return file.replace(/[?#].*$/s, '');
  return file;
}

function fromFileUrl(url: string): string {
  // The path's form decides, not this machine, since the log may come from another one.
  const windows = /^file:\/\/(?:[^/]|\/[A-Za-z](?::|%3A)\/)/i.test(url);
  try {
    return fileURLToPath(url, { windows });
  } catch {
    return url;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d;
}
