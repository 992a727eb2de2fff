import { types } from 'node:util';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { isMinifiedName } from '../stack/minified.ts';

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
  if (types.isNativeError(value)) return true;
  // Not by `attempt`: each line asks several times.
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
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
 * and that before plain `Error`; among equals the first. A name that a class would not have, as pg's
 * `error`, comes after one that it would, and one that a minifier gave, which differs from build to
 * build, is none. ErrSight groups by it, so it has to be the same for an error and for what a
 * serializer made of it, which may have kept only some of the names.
 */
export function mostSpecific(
  candidates: readonly unknown[],
  /** One that the application has written as a text, so that no minifier has touched it. */
  given?: unknown,
): string | undefined {
  let best: string | undefined;
  for (const candidate of candidates) {
    if (!isName(candidate) || candidate === 'Object') continue;
    const name = asWritten(candidate);
    const isKept = candidate === given || !isMinified(name);
    if (isKept && (best === undefined || rank(name) > rank(best))) best = name;
  }
  return best;
}

/** The first class of an error's own chain whose name a person gave: that of the built-in it extends. */
export function inheritedName(error: object): string | undefined {
  let prototype: object | null = error;
  for (let depth = 0; prototype !== null && depth < MAX_CHAIN; depth += 1) {
    const name = constructorName(prototype);
    if (name !== undefined && name !== 'Object' && !isMinified(name)) return name;
    const current: object = prototype;
    prototype = attempt(() => Reflect.getPrototypeOf(current)) ?? null;
  }
  return undefined;
}

/** Whether nobody wrote the name. */
function isMinified(name: string): boolean {
  return COMPILED.test(name) || isMinifiedName(name);
}

/** What compilers call a class that has no name: swc `_class`, TypeScript `class_1`, Babel `_class2`. */
const COMPILED = /^_class\d*$|^class_\d+$/;

/** Compilers call a class `_PaymentError` within itself, and a bundler the second one `PaymentError2`. */
function asWritten(name: string): string {
  return name.replace(/^_+(?=[A-Z])/, '').replace(/(?<=(?:Error|Exception))(?:\$\d{1,2}|\d)$/, '');
}

/** Classes above an error's own that are looked at. */
const MAX_CHAIN = 20;

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
  if (name === 'Error') return 0;
  if (/^(?:error|exception)$/i.test(name)) return -1;
  if (BUILT_IN.has(name)) return 1;
  return /^[a-z]/.test(name) ? 2 : 3;
}
