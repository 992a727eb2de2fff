import { parseFrameLine } from '../stack/frame-line.ts';
import type { StackFrame } from '../stack/frame-line.ts';
import { afterColons, lineEnd, parseStack, readFrames } from '../stack/parse.ts';

/** One error of a stack that contains several. */
export interface Link {
  /** The name in the header. Undefined if it has none. */
  readonly name: string | undefined;
  /** The error's own message, without those of its causes. */
  readonly message: string;
  readonly frames: readonly StackFrame[];
}

/** How many causes of an error are sent. ErrSight's fix prompt shows five. */
export const MAX_CAUSES = 5;

/** How many links of a chain are looked at to find its end. */
export const MAX_LINKS = 50;

/** The nearest causes of a long chain, and the last one, which is the root. */
export function nearestAndRoot<T>(chain: readonly T[]): readonly T[] {
  if (chain.length <= MAX_CAUSES) return chain;
  return [...chain.slice(0, MAX_CAUSES - 1), ...chain.slice(-1)];
}

/** pino writes `caused by: `, bunyan `Caused by: `, nested-error-stacks `Caused By: `. */
const SEPARATOR = /\n[Cc]aused [Bb]y: /g;

/** How pino ends the stack and the message of an error that is among its own causes. */
const CIRCULAR_STACK = '\ncauses have become circular...';
const CIRCULAR_MESSAGE = ': ...';

/**
 * Splits what a serializer joined: the stacks of an error and its causes, with `caused by: `
 * between them, and their messages, as in `outer: middle: inner`. The first link is the error
 * itself.
 *
 * Neither text says where a message ends, but each can be compared with the other. The headers in
 * the stack have the messages of the time when the stack was made. The joined message has those of
 * the time when it was logged. A VError's message contains its causes' messages and is not joined,
 * so it stays whole.
 */
export function takeApart(stack: string, message: string | undefined): [Link, ...Link[]] {
  const simple = message === undefined ? undefined : takeSimple(stack, message);
  if (simple !== undefined) return [simple];
  const isCircular = stack.endsWith(CIRCULAR_STACK);
  const { parts, isWhole } = splitStack(stack, message ?? '');
  const joined =
    isCircular && message?.endsWith(CIRCULAR_MESSAGE)
      ? message.slice(0, -CIRCULAR_MESSAGE.length)
      : message;

  const links: Link[] = [];
  // The rest of the joined message. Undefined once it does not match the stack.
  let rest = joined;
  let isFirstKnown = false;
  for (const [index, part] of parts.entries()) {
    const { header, frames } = parseStack(part, rest === undefined ? {} : { message: rest });
    const { name, message: own } = splitHeader(header, rest);
    const isLast = index > 0 && index === parts.length - 1 && isWhole;
    if (beginsWith(rest, own)) {
      isFirstKnown ||= index === 0;
      rest = rest.length === own.length ? undefined : rest.slice(own.length + 2);
      links.push({ name, message: own, frames });
    } else {
      // If all earlier messages are known, the rest is the last one's message.
      links.push({ name, message: isLast ? (rest ?? own) : own, frames });
      rest = undefined;
    }
  }
  const [first = { name: undefined, message: '', frames: [] }, ...causes] = links;
  const own = ownMessage(joined, first.message, isFirstKnown, isWhole ? causes : undefined);
  // The last part of a circle is the error that closes it, which is there already.
  if (isCircular && isWhole) causes.pop();
  return [{ ...first, message: own }, ...causes];
}

/**
 * Does the same for most stacks: `Name: message` with a message of one line, then the frames, and
 * no cause. The general way takes 10 µs longer until V8 has optimised it.
 */
function takeSimple(stack: string, message: string): Link | undefined {
  const colon = stack.indexOf(': ');
  const end = colon + 2 + message.length;
  if (colon <= 0 || stack[end] !== '\n' || !stack.startsWith(message, colon + 2)) return undefined;
  if (message === '' || message.includes('\n') || colon > lineEnd(stack)) return undefined;
  // The separator of causes ends like this, and little else does.
  if (stack.includes('y: ', end) || stack.endsWith(CIRCULAR_STACK)) return undefined;
  return { name: nameIn(stack.slice(0, colon)), message, frames: readFrames(stack, end).frames };
}

/**
 * The outer error's own message, from the header of its stack and from all causes, if they are
 * known.
 */
function ownMessage(
  joined: string | undefined,
  inHeader: string,
  isKnown: boolean,
  causes: readonly Link[] | undefined,
): string {
  if (joined === undefined) return inHeader;
  const tail = causes?.map((cause) => `: ${cause.message}`).join('');
  const cut =
    tail !== undefined && joined.endsWith(tail)
      ? joined.slice(0, joined.length - tail.length)
      : undefined;
  if (!isKnown) return cut ?? joined;
  // If they differ the longer one is right. The header's is too short if the message was extended
  // later. The other is too short if a VError, whose message contains its cause's, was joined.
  return cut !== undefined && cut.length > inHeader.length ? cut : inHeader;
}

function splitStack(stack: string, message: string): { parts: string[]; isWhole: boolean } {
  // If the message itself contains a separator, only separators after a frame are certain.
  const isDoubtful = message.search(SEPARATOR) >= 0;
  const parts: string[] = [];
  let start = 0;
  for (const match of stack.matchAll(SEPARATOR)) {
    const lineStart = stack.lastIndexOf('\n', match.index - 1) + 1;
    if (isDoubtful && !parseFrameLine(stack, lineStart, match.index)) continue;
    parts.push(stack.slice(start, match.index));
    start = match.index + match[0].length;
    if (parts.length > MAX_LINKS) return { parts, isWhole: false };
  }
  parts.push(stack.slice(start));
  return { parts, isWhole: true };
}

/** Splits `Name: message`, if possible so that `known` begins with the message. */
function splitHeader(
  written: string,
  known: string | undefined,
): { name: string | undefined; message: string } {
  const header = withoutExcerpt(written);
  const colons = afterColons(header, lineEnd(header));
  for (const start of colons) {
    const message = header.slice(start);
    if (beginsWith(known, message)) return { name: nameIn(header.slice(0, start - 2)), message };
  }
  if (header !== '' && beginsWith(known, header)) {
    return { name: undefined, message: header };
  }
  const [first] = colons;
  const name = nameIn(first === undefined ? header : header.slice(0, first - 2));
  if (name === undefined || !/^[\p{L}_$][\p{L}\p{N}_$.-]*$/u.test(name)) {
    return { name: undefined, message: header };
  }
  return { name, message: first === undefined ? '' : header.slice(first) };
}

/** Node writes the codes of its own errors after the name: `TypeError [ERR_INVALID_ARG_TYPE]`. */
function nameIn(text: string): string | undefined {
  if (text.length > 200) return undefined;
  const name = text.endsWith(']') ? text.replace(/ \[\w+\]$/, '') : text;
  return name === '' ? undefined : name;
}

const EXCERPT = /^[^\n]{1,4096}:\d{1,9}\n/;

/**
 * Node writes the place of a syntax error before the header: `/app/a.js:3`, the line and a caret.
 */
function withoutExcerpt(header: string): string {
  if (!header.includes('\n') || !EXCERPT.test(header)) return header;
  const end = header.indexOf('\n\n');
  return end < 0 ? header : header.slice(end + 2);
}

/** Whether a joined message begins with this whole message. */
function beginsWith(joined: string | undefined, message: string): joined is string {
  if (joined === undefined) return false;
  return (
    joined.startsWith(message) &&
    (joined.length === message.length || joined.startsWith(': ', message.length))
  );
}
