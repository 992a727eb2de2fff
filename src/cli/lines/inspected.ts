/**
 * Errors as Node prints them, for `console.error(error)` and for an error that nobody catches.
 *
 *     TypeError: fetch failed            the class, and the message, which may have several lines
 *         at load (/app/a.js:3:9) {      the frames
 *       code: 'X',                       properties, two spaces further in
 *       [cause]: Error: connect          an error again, with all of this
 *           at dial (/app/b.js:7:1)
 *     }
 */

/** How many levels of errors within an error are read. */
const MAX_DEPTH = 8;
const MAX_MEMBERS = 20;

const FRAME = /^\s+at \S/;
/** Node leaves out frames that the stack around it has too, and writes this line instead. */
export const LEFT_OUT: RegExp = /^\s+\[?\.\.\. (?:\d+ )?lines matching \w+ stack trace \.\.\.\]?$/;
/** Signs behind the last frame. */
const BEHIND = /(?: \{|,)$/;

const HEADER =
  /^\[?(?:Uncaught )?((?:[\w$]{1,80}\.){0,5}[A-Za-z_$][\w$]{0,120})(?: \[[\w-]{1,80}\])?(?::\s*([^]*))?$/;
const PROPERTY = /^(\s*)(?:\[?([A-Za-z_$][\w$]{0,80})\]?|'([^']{1,80})'): (.*)$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** An error in the form that pino writes. */
export interface Inspected {
  readonly [key: string]: unknown;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** The line with which Node names an `emit` without a listener. It has frames of its own below the error's. */
const EMITTED = /^Emitted 'error' event /;

/** Reads an error that begins in the first line. Undefined if it has no frames or no class. */
export function readInspected(given: readonly string[], depth = 0): Inspected | undefined {
  const lines = withoutEmit(given);
  const first = lines.findIndex((line) => FRAME.test(line));
  if (first < 1) return undefined;
  const header = lines.slice(0, first).join('\n').trimEnd();
  const [, type, message = ''] = HEADER.exec(header) ?? [];
  if (type === undefined) return undefined;
  const end = endOfFrames(lines, first);
  const frames = lines.slice(first, end).map((line) => line.replace(BEHIND, ''));
  const behind = lines.slice(end);
  const hasMore = lines[end - 1]?.endsWith(' {') === true;
  const properties = hasMore ? propertiesIn(behind, depth) : {};
  // Causes that a library has joined to the stack.
  const joined = hasMore ? [] : behind.filter((line) => /\w/.test(line));
  const own = frames.filter((line) => !LEFT_OUT.test(line));
  const stack = [header, ...own, ...joined].join('\n');
  return { ...properties, type, message: message.trim(), stack };
}

function withoutEmit(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => EMITTED.test(line));
  if (at < 1) return lines;
  const end = endOfFrames(lines, at + 1);
  const opening = lines[end - 1]?.endsWith(' {') === true ? ' {' : '';
  return [...lines.slice(0, at - 1), `${lines[at - 1] ?? ''}${opening}`, ...lines.slice(end)];
}

function endOfFrames(lines: readonly string[], first: number): number {
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (!FRAME.test(line) && !LEFT_OUT.test(line)) return index;
    if (BEHIND.test(line)) return index + 1;
  }
  return lines.length;
}

function propertiesIn(lines: readonly string[], depth: number): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const own = indentOf(lines[0] ?? '');
  for (let index = 0; index < lines.length;) {
    const end = endOfItem(lines, index, own);
    const [, indent = '', name, quoted, value = ''] = PROPERTY.exec(lines[index] ?? '') ?? [];
    const key = name ?? quoted;
    if (indent.length < own) break;
    if (key !== undefined && key !== '__proto__') {
      const read = valueOf(key, [value, ...lines.slice(index + 1, end)], depth);
      if (read !== undefined) found[key === 'errors' ? 'aggregateErrors' : key] = read;
    }
    index = end;
  }
  return found;
}

/** The line of the next property. Lines with more indentation belong to this one, and so does its bracket. */
function endOfItem(lines: readonly string[], start: number, own: number): number {
  let end = start + 1;
  while (end < lines.length && indentOf(lines[end] ?? '') > own) end += 1;
  return /^\s*[}\]],?$/.test(lines[end] ?? '') && indentOf(lines[end] ?? '') === own
    ? end + 1
    : end;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function valueOf(key: string, lines: readonly string[], depth: number): unknown {
  const text = (lines[0] ?? '').replace(/,$/, '');
  if (lines.length === 1) return scalarOf(text);
  if (depth >= MAX_DEPTH) return undefined;
  if (key === 'errors' && text === '[') return membersIn(lines.slice(1), depth);
  return readInspected([text, ...lines.slice(1)], depth + 1) ?? lines.join('\n').replace(/,$/, '');
}

/** The errors in the list of an AggregateError. */
function membersIn(lines: readonly string[], depth: number): readonly Inspected[] {
  const own = indentOf(lines[0] ?? '');
  const starts = lines.flatMap((line, index) =>
    indentOf(line) === own && HEADER.test(line.trimStart()) ? [index] : [],
  );
  return starts.slice(0, MAX_MEMBERS).flatMap((start, index) => {
    const member = lines.slice(start, starts[index + 1]);
    return readInspected([(member[0] ?? '').trimStart(), ...member.slice(1)], depth + 1) ?? [];
  });
}

function scalarOf(text: string): unknown {
  if (NUMBER.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  const [, , quoted] = /^(['"`])([^]*)\1$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted.replaceAll(/\\(['"\\])/g, '$1');
  // `[Error: …]` has no frames.
  const [, bare] = /^\[([\w$]{1,80}(?:: .*)?)\]$/.exec(text) ?? [];
  return bare;
}
