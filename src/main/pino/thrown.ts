import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { errorJson } from './error-json.ts';
import { hasOwnSerializer } from './instance.ts';
import { redacted } from './redact.ts';
import type { NotedError } from '../../notes/line-note.ts';

/** An error of a line; the text of a stack counts as one. */
export interface Found {
  readonly error: unknown;
  readonly path: readonly string[];
}

/** What the worker is told of an error, as the logger's `redact` leaves it. */
export function thrownOf(logger: object, { error, path }: Found, errorKey: string): NotedError {
  if (!isErrorInstance(error)) return { path, value: error };
  const foreign = foreignStack(error);
  if (foreign !== undefined) return { path, value: foreign };
  const isBare = hasOwnSerializer(logger, path[0] ?? errorKey, errorKey);
  const facts = errorJson(error, isBare);
  return { path, value: redacted(logger, facts, path, errorKey), isBare };
}

/** How the stack of a class that says what it is begins. */
const HEADER = /^(\w*(?:Error|Exception)\b[^\n]*)\n {4}at /;

/**
 * The stack of another error: of Nest's `error(text, stack)` nestjs-pino makes an Error of the text, and
 * gives it that stack, which alone says what has happened.
 */
export function stackOf(error: unknown): string | undefined {
  const stack = isObject(error) ? read(error, 'stack') : undefined;
  return typeof stack === 'string' ? stack : undefined;
}

export function foreignStackOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  return isErrorInstance(error) ? foreignStack(error) : undefined;
}

function foreignStack(error: object): string | undefined {
  const [stack, message] = [read(error, 'stack'), read(error, 'message')];
  if (typeof stack !== 'string' || typeof message !== 'string' || message === '') return undefined;
  if (constructorName(error) !== 'Error') return undefined;
  const header = HEADER.exec(stack)?.[1];
  const isOwn = header === undefined || header === 'Error' || header.includes(message);
  return isOwn || message.includes(header.replace(/^\w+: /, '')) ? undefined : stack;
}
