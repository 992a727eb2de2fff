/** Recognises an error within one request if it is not the same object. */
import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { isPlain } from '../../event/error/find.ts';
import { attempt, isObject, keysOf, read } from '../../lib/safe-read.ts';

/** pino's number for the level `error`. */
const ERROR = 50;

/** A message of this many UTF-16 units or more is no chance match in another text. */
const TELLING = 4;
/** A message of this many is no chance match either if it may stand anywhere in the other text. */
const LONG = 20;
/** The most UTF-16 units of a text in which a short value is looked for. */
const WORDS = 65_536;

/**
 * Whether both have the same stack. Nest logs an error as a text and its stack, and nestjs-pino
 * makes another Error of these.
 */
export function hasSameStack(logged: unknown, error: unknown): boolean {
  const stack = stackOf(error);
  return stack !== '' && stackOf(logged) === stack;
}

/** Errors that nestjs-pino has made of a text and a stack. */
const copies = new WeakSet<object>();

/**
 * Marks the error of a line if it is such a copy. A copy of a plain Error can have all that another error
 * has. But nestjs-pino has just looked at its stack, by a regular expression, and the engine keeps the text
 * that matched last. To be called before anything else of ours runs one.
 */
export function markCopy(fields: unknown, level: number): void {
  if (level < ERROR) return;
  const error = isObject(fields) ? read(fields, 'err') : undefined;
  if (isErrorInstance(error) && RegExp.input === stackOf(error)) copies.add(error);
}

/** Whether a value that was logged is a logger's copy of an error: it has the stack, and lacks the rest. */
export function isCopyOf(logged: unknown, error: unknown): boolean {
  if (!isErrorInstance(error) || copies.has(error) || !hasSameStack(logged, error)) return false;
  const message = read(error, 'message');
  if (typeof message !== 'string' || !stackOf(error).includes(message)) return false;
  // What stands for the text of a stack. An object that a serializer has made has a message.
  if (!isErrorInstance(logged)) return isObject(logged) && read(logged, 'message') === undefined;
  const isOther = ['constructor', 'message'].some((key) => read(logged, key) !== read(error, key));
  return (isOther || copies.has(logged)) && constructorName(logged) === 'Error';
}

/** What of an error a text contains, if anything. */
export function howTold(error: unknown, text: string): 'stack' | 'message' | undefined {
  const stack = stackOf(error);
  if (stack !== '' && text.includes(stack)) return 'stack';
  // Loggers write a number or a short text as it is.
  if (!isObject(error) && isWordIn(text, String(error))) return 'message';
  const message = isObject(error) ? read(error, 'message') : error;
  const isValue = typeof message !== 'string' || !isErrorInstance(error);
  if (isObject(error) && isValue && isWrittenIn(text, error)) return 'message';
  const isTelling = typeof message === 'string' && message.length >= TELLING;
  return isTelling && text.includes(message) ? 'message' : undefined;
}

/**
 * Whether an error has another one's message in its own. A logger's copy has a text of its own, and
 * the message in its stack.
 */
export function isRetold(error: unknown, by: object): boolean {
  const message = read(by, 'message');
  return (
    typeof message === 'string' && [error, inStack(error)].some((each) => howTold(each, message))
  );
}

/**
 * Whether a line's error surely has another one's message in its own: behind a colon, or long. Two
 * errors of one class with the same message are two, such as those of a loop.
 */
export function isSurelyRetold(error: object, by: object): boolean {
  const message = read(by, 'message');
  return [read(error, 'message'), inStack(error)].some((each) => {
    if (typeof each !== 'string' || typeof message !== 'string' || each.length < TELLING)
      return false;
    if (message === each) return constructorName(by) !== constructorName(error);
    return message.includes(`: ${each}`) || (each.length >= LONG && message.includes(each));
  });
}

/** The message in an error's stack. */
function inStack(error: unknown): string | undefined {
  return /^.*?: (.{4,})/.exec(stackOf(error))?.[1];
}

/** The value that was thrown, if Koa has made this error of it. Of an object it is a copy. */
export function madeOf(error: unknown): readonly unknown[] {
  const message = isObject(error) ? String(read(error, 'message')) : '';
  const [, json = ''] = /^non-error thrown: ([^]+)/.exec(message) ?? [];
  return attempt(() => [JSON.parse(json) as unknown]) ?? [];
}

/** Whether an HTTP error has no text but that of its status. */
export function saysOnlyStatus(error: object): boolean {
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  const status = statusOf(error);
  return status !== undefined && STATUS_CODES[status] === read(error, 'message');
}

/** The status that an HTTP error asks for. */
export function statusOf(error: unknown): number | undefined {
  if (!isObject(error)) return undefined;
  for (const key of ['status', 'statusCode']) {
    const status = read(error, key);
    if (typeof status === 'number' && status >= 100 && status <= 599) return status;
  }
  return undefined;
}

/** Whether a short text contains a value, with no letter or digit beside it. */
function isWordIn(text: string, word: string): boolean {
  if (word === '' || text.length > WORDS) return false;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!/\w/.test(`${text[at - 1] ?? ''}${text[at + word.length] ?? ''}`)) return true;
  }
  return false;
}

/** Whether a text contains an object without a message, as JSON or as `[object Object]`. */
function isWrittenIn(text: string, error: object): boolean {
  if (!/[[{]/.test(text)) return false;
  const ways = [() => Object.prototype.toString.call(error), () => JSON.stringify(error)];
  return ways.some((way) => {
    const written = attempt(way) ?? '';
    return written.length >= TELLING && text.includes(written);
  });
}

/** The fields in which a thrown number or text is looked for. */
const NAMES = ['err', 'error', 'reason', 'exception'];
/** The most fields that are looked at. */
const FIELDS = 50;

/**
 * The path to a thrown value that is no Error in the fields of a line. It is empty if they are that
 * value, or a copy of it: bunyan copies an object that is logged alone. Undefined if it is not
 * there.
 */
export function placeOf(error: unknown, fields: unknown): readonly string[] | undefined {
  if (!isObject(fields) || isErrorInstance(error)) return undefined;
  if (fields === error) return [];
  const keys = keysOf(fields).slice(0, FIELDS);
  // A number or a text can be in any field by chance.
  const names = isObject(error) ? keys : NAMES.filter((name) => keys.includes(name));
  const name = names.find((key) => {
    const value = read(fields, key);
    return (
      Object.is(value, error) || (isObject(error) && isObject(value) && isCopiedTo(value, error))
    );
  });
  if (name !== undefined) return [name];
  return isObject(error) && isCopiedTo(fields, error) ? [] : undefined;
}

function isCopiedTo(fields: object, error: object): boolean {
  const keys = isPlain(error) ? keysOf(error).slice(0, FIELDS) : [];
  return keys.length > 0 && keys.every((key) => Object.is(read(fields, key), read(error, key)));
}

/**
 * Whether a value stands for an error. It can be a logger's copy, to whose stack bunyan adds the
 * causes. It can also be a similar error thrown at the same line: if a hook of Fastify throws,
 * Fastify calls it again for the answer to that error, and logs the second.
 */
export function standsFor(thrown: object, error: unknown): boolean {
  const known = stackOf(error);
  if (known === '' || !isObject(error) || thrown === error) return false;
  if (!isErrorInstance(thrown)) return stackOf(thrown).startsWith(known);
  const isAlike =
    constructorName(thrown) === constructorName(error) &&
    read(thrown, 'message') === read(error, 'message') &&
    topOf(thrown) === topOf(error);
  return isAlike || isCopyOf(thrown, error);
}

/** The frame in which it was made. */
function topOf(error: object): string | undefined {
  return /^ {4}at .*$/m.exec(stackOf(error))?.[0];
}

export function stackOf(error: unknown): string {
  const stack = isObject(error) ? read(error, 'stack') : undefined;
  return typeof stack === 'string' ? stack : '';
}
