/** By what an error is known again in one request where it is not the same object. */
import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { isObject, read } from '../../lib/safe-read.ts';

/** Causes of an error that are looked at. */
const CAUSES = 10;
/** UTF-16 units of a message that is no word of some other text by chance. */
const TELLING = 4;

/** Nest logs an error as a text and its stack, of which nestjs-pino makes another Error. */
export function hasSameStack(logged: unknown, error: unknown): boolean {
  const stack = stackOf(error);
  return stack !== '' && (logged === stack || stackOf(logged) === stack);
}

/** By what a text tells an error, if it does. */
export function howTold(error: unknown, text: string): 'stack' | 'message' | undefined {
  const stack = stackOf(error);
  if (stack !== '' && text.includes(stack)) return 'stack';
  if (!isObject(error) && typeof error !== 'symbol') {
    // A number, or a short text: loggers write it as it is.
    if (text.split('\n').includes(String(error))) return 'message';
  }
  const message = isObject(error) ? read(error, 'message') : error;
  const isTelling = typeof message === 'string' && message.length >= TELLING;
  return isTelling && text.includes(message) ? 'message' : undefined;
}

/** What led to an error, the nearest first. */
export function causesOf(error: unknown): readonly unknown[] {
  const all: unknown[] = [];
  let cause = isObject(error) ? read(error, 'cause') : undefined;
  while (isObject(cause) && cause !== error && !all.includes(cause) && all.length < CAUSES) {
    all.push(cause);
    cause = read(cause, 'cause');
  }
  return all;
}

/**
 * Whether something stands for an error: a logger's copy of it, to whose stack bunyan adds the causes; or
 * one like it, thrown at the same line. Fastify calls a hook once more for the answer to the error that the
 * hook threw, and logs the second.
 */
export function standsFor(thrown: object, error: unknown): boolean {
  const [stack, known] = [stackOf(thrown), stackOf(error)];
  if (known === '' || !isObject(error) || thrown === error) return false;
  if (!isErrorInstance(thrown)) return stack.startsWith(known);
  return (
    constructorName(thrown) === constructorName(error) &&
    read(thrown, 'message') === read(error, 'message') &&
    topOf(stack) === topOf(known)
  );
}

/** The frame in which it was made. */
function topOf(stack: string): string | undefined {
  return /^ {4}at .*$/m.exec(stack)?.[0];
}

function stackOf(error: unknown): string {
  const stack = isObject(error) ? read(error, 'stack') : undefined;
  return typeof stack === 'string' ? stack : '';
}
