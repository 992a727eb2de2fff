import { parseFrameLine } from './frame-line.ts';
import { remembering } from '../../lib/remember.ts';
import { ownCopy } from '../../lib/text.ts';
import type { StackFrame } from './frame-line.ts';

/** An error's `stack`, taken apart. */
export interface ParsedStack {
  /** Everything before the frames: `TypeError: x is not a function`. May have many lines. */
  readonly header: string;
  /** Newest first. */
  readonly frames: readonly StackFrame[];
}

/** What helps to read a stack. */
export interface ParseStackOptions {
  /**
   * The error's message. Lines of it that look like frames are then not taken for frames. It may also
   * only begin like the message in the header, as after `err.message += '…'`.
   */
  readonly message?: string;
}

/**
 * V8 records 10 unless `Error.stackTraceLimit` says otherwise. An event keeps 50, for which the first
 * of the application are looked for among so many; to read them takes under 1 ms.
 */
const MAX_FRAMES = 1_000;

/** A name is no longer than this; what is looked for in a header's first line lies in here. */
const MAX_NAME = 512;

/** How many `: ` of a header or message are tried as the one before the message proper. */
const MAX_SPLITS = 3;

/**
 * Takes V8's text of a stack apart. Never throws, takes time linear in the text, and looks at no
 * line after the last frame it keeps.
 */
export function parseStack(stack: string, options: ParseStackOptions = {}): ParsedStack {
  const { message = '' } = options;
  const end = message === '' ? 0 : findMessageEnd(stack, message);
  return readFrames(stack, end);
}

/** The same where it is known where the header ends; 0 if it is not. */
export function readFrames(stack: string, headerEnd: number): ParsedStack {
  let at = headerEnd;
  while (at <= stack.length) {
    const end = lineEnd(stack, at);
    if (parseFrameLine(stack, at, end) !== undefined) {
      const header = headerEnd > 0 ? headerEnd : Math.max(0, at - 1);
      return { header: stack.slice(0, header), frames: framesIn(stack.slice(at)) };
    }
    at = end + 1;
  }
  return { header: headerEnd > 0 ? stack.slice(0, headerEnd) : stack, frames: [] };
}

/** UTF-16 units of frames that are remembered. */
const MAX_REMEMBERED = 10_000;
/** An error and its causes, as they come again and again. */
const LAST = 4;

/**
 * Errors of one place have the same frames. Those who make something of them can remember it by the
 * array, which is the same one for the same text. 200 take 2 MB at most, and mostly a tenth of that.
 */
const remembered = remembering(parseFrames, { maxEntries: 200, maxLength: MAX_REMEMBERED });

/** The last of them: to compare them all takes a tenth of what it takes to hash one of 1 KB. */
const last: { readonly text: string; readonly frames: readonly StackFrame[] }[] = [];
let next = 0;

function framesIn(text: string): readonly StackFrame[] {
  for (const each of last) if (each.text === text) return each.frames;
  const frames = remembered(text);
  if (text.length <= MAX_REMEMBERED) {
    last[next] = { text: ownCopy(text), frames };
    next = (next + 1) % LAST;
  }
  return frames;
}

function parseFrames(text: string): readonly StackFrame[] {
  const frames: StackFrame[] = [];
  for (let at = 0; at <= text.length && frames.length < MAX_FRAMES;) {
    const end = lineEnd(text, at);
    const frame = parseFrameLine(text, at, end);
    if (frame !== undefined) frames.push(frame);
    at = end + 1;
  }
  return frames;
}

/**
 * Where the message ends in a stack whose header is `Name: message`; 0 where it is not found.
 *
 * The header's text and the known message are compared from their beginnings on, and it counts when
 * the header's line ends where they part. So it works for the message itself, for one that something
 * was added to, and for one joined with its causes' ("outer: inner"), all in linear time, where a
 * search for the message would not be. What was put before a message ("context: message") is tried
 * to be left out as well.
 */
function findMessageEnd(stack: string, message: string): number {
  const firstLine = lineEnd(stack);
  const starts = [...afterColons(stack, firstLine), 0];
  // One line more or less before a message of one line cannot be mistaken for frames.
  const skips = message.includes('\n') ? [0, ...afterColons(message, MAX_NAME)] : [0];
  for (const skip of skips) {
    for (const start of starts) {
      const length = commonLength(stack, start, message, skip);
      const end = start + length;
      const lineEnds = end === stack.length || stack[end] === '\n' || stack[end] === '\r';
      const isWhole = skip + length === message.length;
      // A stack that somebody put into its own error's message must not cost the frames.
      const isStack = end === stack.length && end > firstLine && (start === 0 || skip > 0);
      if (length > 0 && lineEnds && (isWhole || skip === 0) && !isStack) return end;
    }
  }
  return 0;
}

/** Where the message of a header can begin: behind the first few `: ` before `end`. */
export function afterColons(text: string, end: number): readonly number[] {
  const name = text.slice(0, Math.min(end, MAX_NAME));
  const found: number[] = [];
  let at = name.indexOf(': ');
  while (at >= 0 && found.length < MAX_SPLITS) {
    found.push(at + 2);
    at = name.indexOf(': ', at + 2);
  }
  return found;
}

/** Where a line of a text ends: the first, or the one that begins at `start`. */
export function lineEnd(text: string, start = 0): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** How much of a message is in a stack from `start` on; 0 where they part in the middle of a line. */
function commonLength(stack: string, start: number, message: string, skip: number): number {
  const line = stack.slice(start, lineEnd(stack, start));
  const hasLine = message.startsWith(line, skip);
  if (!hasLine && !line.includes('\r')) return 0;
  const most = Math.min(stack.length - start, message.length - skip);
  let length = hasLine ? line.length : 0;
  while (length < most && stack.charCodeAt(start + length) === message.charCodeAt(skip + length)) {
    length += 1;
  }
  return length;
}
