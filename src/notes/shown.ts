/**
 * What the user lets through of an Error. The class and the frames hold no values of the
 * application, so they are always kept.
 */
import { copyOf, isArray, isObject, read } from '../lib/safe-read.ts';
import { CLASS } from './revive.ts';

/** Replaces a message that is hidden. */
export const HIDDEN = '[Redacted]';

/** The keys that a serializer writes about an error besides its own properties. */
const TOLD: ReadonlySet<string> = new Set([
  'type',
  'name',
  'message',
  'stack',
  'cause',
  'errors',
  'aggregateErrors',
]);

const FRAME = /^\s+at .*(?::\d+:\d+|<anonymous>|native|index \d+)\)?$/;

/** Whether a text has a frame of a stack. */
export function hasFrames(stack: unknown): stack is string {
  return typeof stack === 'string' && stack.split('\n').some((line) => FRAME.test(line));
}

/** The frames of an error's stack, without all text of the error. */
export function framesOf(facts: object, message: unknown): object {
  const stack = read(facts, 'stack');
  if (typeof stack !== 'string') return {};
  const frames = stack.split('\n').filter((line) => FRAME.test(line));
  const header = `${String(read(facts, CLASS))}: ${String(message)}`;
  return { stack: [header, ...frames].join('\n') };
}

/** All texts in a value that was JSON. */
export function textsIn(value: unknown): string {
  const texts: string[] = [];
  JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') texts.push(inner);
    return inner;
  });
  return texts.join('\n');
}

/**
 * An error's facts, where a function of the user decides what is written of the error. `written` is
 * what that function has made of it. `line` has all texts that the user lets through.
 */
export function asShown(facts: object, written: unknown, line: string): object {
  const own = isObject(written) && !isArray(written) ? written : {};
  const [name, stack] = [read(facts, CLASS), read(facts, 'stack')];
  const given = read(facts, 'message');
  const message = messageIn(given, written, line);
  const cause = causeIn(read(facts, 'cause'), read(own, 'cause'), line);
  const members = membersIn(
    read(facts, 'aggregateErrors'),
    read(own, 'aggregateErrors') ?? read(own, 'errors'),
    line,
  );
  const {
    cause: _cause,
    aggregateErrors: _members,
    ...rest
  } = facts as Readonly<Record<string, unknown>>;
  const isWhole =
    message === given &&
    typeof stack === 'string' &&
    typeof given === 'string' &&
    stack.includes(given);
  return {
    ...rest,
    ...copyOf(own, TOLD),
    type: name,
    message,
    ...(!isWhole && framesOf(facts, message)),
    ...(cause !== undefined && { cause }),
    ...(members !== undefined && { aggregateErrors: members }),
  };
}

/** The text of a stack, without a message that is not among the texts of the line. */
export function stackAsShown(stack: string, line: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex((each) => FRAME.test(each));
  const header = lines.slice(0, Math.max(first, 0)).join('\n');
  if (isIn(header, line)) return stack;
  const name = /^\w+/.exec(header)?.[0] ?? 'Error';
  return [`${name}: ${HIDDEN}`, ...lines.filter((each) => FRAME.test(each))].join('\n');
}

function messageIn(given: unknown, written: unknown, line: string): unknown {
  const own = isObject(written) ? read(written, 'message') : undefined;
  const isSaid = typeof given === 'string' && given !== '';
  if (typeof own === 'string') return isSaid && isIn(given, own) ? given : own;
  if (!isSaid || isIn(given, line)) return given;
  return typeof written === 'string' ? written : HIDDEN;
}

/** A cause that is not written is hidden as a whole, unless its text is in the line. */
function causeIn(cause: unknown, written: unknown, line: string): unknown {
  if (isFacts(cause)) {
    return written !== undefined || isShown(cause, line)
      ? asShown(cause, written, line)
      : undefined;
  }
  return typeof cause === 'string' && isIn(cause, line) ? cause : written;
}

function membersIn(members: unknown, written: unknown, line: string): unknown {
  if (!isArray(members)) return undefined;
  const own = isArray(written) ? written : [];
  return members.flatMap((each, index) => {
    const isWritten = own[index] !== undefined || (isObject(each) && isShown(each, line));
    return isFacts(each) && isWritten ? [asShown(each, own[index], line)] : [];
  });
}

function isShown(facts: object, line: string): boolean {
  const message = read(facts, 'message');
  return typeof message === 'string' && message !== '' && isIn(message, line);
}

function isFacts(value: unknown): value is object {
  return isObject(value) && typeof read(value, CLASS) === 'string';
}

/** Whether a text is among others. A part of a word does not count: many words contain `in`. */
function isIn(text: string, others: string): boolean {
  for (let at = others.indexOf(text); at >= 0; at = others.indexOf(text, at + 1)) {
    const isPart = [others[at - 1], others[at + text.length]].some((each = '') => /\w/.test(each));
    if (!isPart) return true;
  }
  return false;
}
