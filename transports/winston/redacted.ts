import { constructorName, isErrorInstance, mostSpecific } from '../../src/event/error/class.ts';
import { isObject, keysOf, read, setOwn } from '../../src/lib/safe-read.ts';
import { withoutColours } from '../../src/lib/text.ts';

/** How many UTF-16 units of a message are compared, and how many a word needs to be recognised. */
const MESSAGE = 10_000;
const WORD = 3;

/**
 * The error with the changes that a format made. winston puts the error's message into the line's
 * text. A format that masks the text masks it there too, and the masked part must not come back
 * with the error. Undefined if nothing was masked.
 */
export function redactedError(error: object, said: unknown): object | undefined {
  const message = read(error, 'message');
  if (typeof message !== 'string' || typeof said !== 'string' || message === '') return undefined;
  const text = withoutColours(said.slice(0, 2 * MESSAGE));
  const before = withoutColours(message.slice(0, MESSAGE));
  if (text.includes(before) || said.length > MESSAGE) return undefined;
  const left = new Set(wordsOf(text));
  const taken = wordsOf(before).filter((word) => word.length >= WORD && !left.has(word));
  if (taken.length === 0) return undefined;
  const isClean = (value: unknown): boolean =>
    !taken.some((word) => textOf(value).includes(word)) && !isObject(value);
  const copy: Record<string, unknown> = {};
  for (const key of keysOf(error)) {
    const value = read(error, key);
    if (isClean(value)) setOwn(copy, key, value);
  }
  const cause = read(error, 'cause');
  if (
    isErrorInstance(cause) &&
    isClean(`${textOf(read(cause, 'stack'))}${textOf(read(cause, 'message'))}`)
  ) {
    copy['cause'] = cause;
  }
  const name = mostSpecific([read(error, 'name'), constructorName(error)]) ?? 'Error';
  return { ...copy, name, message: text, stack: `${name}: ${text}\n${framesOf(error)}` };
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,;:="'()]+/).filter((word) => word !== '');
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function framesOf(error: object): string {
  const stack = read(error, 'stack');
  const at = typeof stack === 'string' ? stack.search(/^ {4}at /m) : -1;
  return typeof stack === 'string' && at !== -1 ? stack.slice(at) : '';
}
