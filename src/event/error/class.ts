import { types } from 'node:util';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { isMinifiedName } from '../stack/minified.ts';
import { remembering } from '../../lib/remember.ts';

/** Names that say little. Errors inherit them and mostly have a better one. */
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

/** A longer text is no name. */
const MAX_NAME = 200;

/**
 * Whether a value is an Error, also one of another realm (`vm`, Jest) or one made by
 * `Object.create`.
 */
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
 * Whether a value is read as an error. It is an Error, or an object as loggers' serializers make it
 * of an Error. Without a stack a message is not enough, as in `{ name: 'a', message: 'b' }`. Then
 * the name, or pino's `type`, must be that of an error.
 */
export function isErrorLike(value: unknown): boolean {
  if (isErrorInstance(value)) return true;
  if (!isObject(value) || typeof read(value, 'message') !== 'string') return false;
  if (typeof read(value, 'stack') === 'string') return true;
  return [read(value, 'name'), read(value, 'type')].some(isErrorName);
}

/** Whether a name ends like the name of an error's class. */
export function isErrorName(name: unknown): boolean {
  return isName(name) && /(?:Error|Exception)$/.test(name);
}

/**
 * The most specific of an error's names: its own class comes before a built-in class, and that
 * before plain `Error`. Of two equal ones the first counts. A name that does not look like a class,
 * such as pg's `error`, comes after one that does. A name from a minifier counts as none, since it
 * differs from build to build.
 *
 * ErrSight groups by this name. So it has to be the same for an error and for what a serializer
 * made of it, which may have kept only some of the names.
 */
export function mostSpecific(
  candidates: readonly unknown[],
  /** A name that the application wrote as a text, so that no minifier has changed it. */
  given?: unknown,
): string | undefined {
  let best: ClassName | undefined;
  for (const candidate of candidates) {
    if (typeof candidate !== 'string' || candidate === 'Object') continue;
    const name = knownName(candidate);
    if (name.written === '' || (name.isMinified && candidate !== given)) continue;
    if (best === undefined || name.rank > best.rank) best = name;
  }
  return best?.written;
}

/** What is known of a name: classes are few. */
interface ClassName {
  /** As in the source; '' where the text is no name. */
  readonly written: string;
  readonly isMinified: boolean;
  readonly rank: number;
}

const knownName = remembering<ClassName>(
  (text) => {
    const written = isName(text) ? asWritten(text) : '';
    return { written, isMinified: isMinified(written), rank: rank(written) };
  },
  { maxEntries: 500, maxLength: MAX_NAME },
);

/**
 * The first class in the error's prototype chain with a name that a person gave, such as the
 * built-in class that it extends.
 */
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

/** Whether a compiler or minifier made the name. */
function isMinified(name: string): boolean {
  return COMPILED.test(name) || isMinifiedName(name);
}

/**
 * What compilers call a class without a name: swc `_class`, TypeScript `class_1`, Babel `_class2`.
 */
const COMPILED = /^_class\d*$|^class_\d+$/;

/**
 * The name in the source. Compilers call a class `_PaymentError` within itself. A bundler calls a
 * second class of the same name `PaymentError2`.
 */
function asWritten(name: string): string {
  return name.replace(/^_+(?=[A-Z])/, '').replace(/(?<=(?:Error|Exception))(?:\$\d{1,2}|\d)$/, '');
}

/** How many classes above an error's own are looked at. */
const MAX_CHAIN = 20;

export function constructorName(value: object): string | undefined {
  const made = read(value, 'constructor');
  const name = typeof made === 'function' ? read(made, 'name') : undefined;
  return isName(name) ? name : undefined;
}

export function isName(value: unknown): value is string {
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
