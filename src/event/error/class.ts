import { types } from 'node:util';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

/** The names that say little, since they are inherited by errors that have a better one. */
const BUILT_IN: ReadonlySet<string> = new Set([
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
]);

/** A longer one is text, not a name. */
const MAX_NAME = 200;

/** Whether it is an Error, also one of another realm (`vm`, Jest), or made by `Object.create`. */
export function isErrorInstance(value: unknown): value is object {
  if (!isObject(value)) return false;
  return types.isNativeError(value) || (attempt(() => value instanceof Error) ?? false);
}

/**
 * Whether a value is to be read as an error: an Error, or an object with the shape that loggers'
 * serializers leave of one. Without a stack a message is not enough, as in `{ name: 'a', message: 'b' }`:
 * the name, or pino's `type`, must be an error's.
 */
export function isErrorLike(value: unknown): boolean {
  if (isErrorInstance(value)) return true;
  if (!isObject(value) || typeof read(value, 'message') !== 'string') return false;
  if (typeof read(value, 'stack') === 'string') return true;
  return [read(value, 'name'), read(value, 'type')].some(isErrorName);
}

/** Whether it ends as the names of errors' classes do. */
export function isErrorName(name: unknown): boolean {
  return isName(name) && /(?:Error|Exception)$/.test(name);
}

/**
 * The most telling of the names that an error goes by: one of its own before a built-in class's,
 * and that before plain `Error`; among equals the first. ErrSight groups by it, so it has to be the
 * same for an error and for what a serializer made of it, which may have kept only some of the names.
 */
export function mostSpecific(candidates: readonly unknown[]): string | undefined {
  let best: string | undefined;
  for (const name of candidates) {
    if (isName(name) && name !== 'Object' && (best === undefined || rank(name) > rank(best))) {
      best = name;
    }
  }
  return best;
}

/** The name of an object's constructor. */
export function constructorName(value: object): string | undefined {
  const made = read(value, 'constructor');
  const name = typeof made === 'function' ? read(made, 'name') : undefined;
  return isName(name) ? name : undefined;
}

function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_NAME &&
    value.trim() !== '' &&
    !value.includes('\n')
  );
}

function rank(name: string): number {
  // pg names all of its errors `error`.
  if (name.toLowerCase() === 'error') return 0;
  return BUILT_IN.has(name) ? 1 : 2;
}
