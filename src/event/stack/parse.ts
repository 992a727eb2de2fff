import { parseFrameLine } from './frame-line.ts';
import { remembering } from '../../lib/remember.ts';
import { ownCopy } from '../../lib/text.ts';
import type { StackFrame } from './frame-line.ts';

/** An error's `stack`, parsed. */
export interface ParsedStack {
  /** Everything before the frames: `TypeError: x is not a function`. It may have many lines. */
  readonly header: string;
  /** Newest first. */
  readonly frames: readonly StackFrame[];
}

/** What helps to parse a stack. */
export interface ParseStackOptions {
  /**
   * The error's message. Its lines are then not taken for frames, even if they look like frames. It
   * need only begin like the message in the header, as after `err.message += '…'`.
   */
  readonly message?: string;
}

/**
 * V8 records 10 frames, or as many as `Error.stackTraceLimit` says. An event keeps 50. They are
 * chosen from so many, so that the first of the application are found. To read them takes under 1
 * ms.
 */
const MAX_FRAMES = 1_000;

/** The most UTF-16 units of a name. The first line of a header is searched as far as this. */
const MAX_NAME = 512;

/** How many `: ` of a header are tried as the one before the message. */
const MAX_SPLITS = 3;

/**
 * Parses V8's text of a stack. Never throws, and takes time linear in the text. Does not look at
 * lines after the last frame that it keeps.
 */
export function parseStack(stack: string, options: ParseStackOptions = {}): ParsedStack {
  const { message = '' } = options;
  const end = message === '' ? 0 : findMessageEnd(stack, message);
  return readFrames(stack, end);
}

/** Parses a stack whose header ends at `headerEnd`. 0 if that is not known. */
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

/** The most UTF-16 units of frames that are remembered. */
const MAX_REMEMBERED = 10_000;
/** An error and its causes, which often come again. */
const LAST = 4;

/**
 * Remembers the frames of a text, since errors of one place have the same. The array is the same
 * for the same text, so others can use it as a key. 200 take 2 MB at most, and mostly a tenth of
 * that.
 */
const remembered = remembering(parseFrames, { maxEntries: 200, maxLength: MAX_REMEMBERED });

/**
 * The last few texts. To compare with all of them takes a tenth of the time to hash a text of 1 KB.
 */
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
 * Where the message ends in a stack whose header is `Name: message`. 0 if it is not found.
 *
 * The header's text and the known message are compared from the beginning. It is found if a line of
 * the header ends where they begin to differ. So it works for the message itself, for one that was
 * extended, and for one joined with its causes' ("outer: inner"). It takes linear time, which a
 * search for the message would not. Words before a message ("context: message") are skipped too.
 */
function findMessageEnd(stack: string, message: string): number {
  const firstLine = lineEnd(stack);
  const starts = [...afterColons(stack, firstLine), 0];
  // A message of one line can't look like frames, so words before it need not be skipped.
  const skips = message.includes('\n') ? [0, ...afterColons(message, MAX_NAME)] : [0];
  for (const skip of skips) {
    for (const start of starts) {
      const length = commonLength(stack, start, message, skip);
      const end = start + length;
      const lineEnds = end === stack.length || stack[end] === '\n' || stack[end] === '\r';
      const isWhole = skip + length === message.length;
      // If somebody put the stack into its own error's message, the frames must not be lost.
      const isStack = end === stack.length && end > firstLine && (start === 0 || skip > 0);
      if (length > 0 && lineEnds && (isWhole || skip === 0) && !isStack) return end;
    }
  }
  return 0;
}

/** Where the message in a header can begin: after the first few `: ` before `end`. */
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

/** Where the line ends that begins at `start`. */
export function lineEnd(text: string, start = 0): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}

/** How much of a message is in a stack at `start`. 0 if they begin to differ within a line. */
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
