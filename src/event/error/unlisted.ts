import { attempt, isObject, read } from '../../lib/safe-read.ts';

/**
 * What says why something failed, under the names of Node, of HTTP clients and of drivers. Some keep it where
 * no list of properties shows it: http-errors and Firebase on the prototype, got and ofetch in accessors or in
 * properties that are not enumerable.
 */
const NAMES = [
  'code',
  'errno',
  'syscall',
  'status',
  'statusCode',
  'exitCode',
  'signal',
  'type',
  'reason',
  'data',
  'response',
];
/** Those that may be objects: what was answered. */
const ANSWERS: ReadonlySet<string> = new Set(['data', 'response']);

type Facts = Readonly<Record<string, unknown>>;

/** The facts of an Error that are not among its own enumerable properties, `keys`. */
export function unlistedFacts(error: object, keys: readonly string[]): [string, unknown][] {
  const found: [string, unknown][] = [];
  for (const name of NAMES) {
    if (keys.includes(name)) continue;
    const value = read(error, name);
    if (value === undefined || value === null || typeof value === 'function') continue;
    if (isObject(value) && !ANSWERS.has(name)) continue;
    if (name === 'code' && isOfTheWeb(error)) continue;
    found.push([name, value]);
  }
  return found;
}

/**
 * Whether a cause that is no error says nothing that its error does not say itself, as jose's, which has the
 * claims in both.
 */
export function isRepeated(cause: Facts, own: Facts): boolean {
  const keys = Object.keys(cause);
  return keys.length > 0 && keys.every((key) => Object.hasOwn(own, key) && own[key] === cause[key]);
}

/** A DOMException's code is a number that says less than its name. */
function isOfTheWeb(error: object): boolean {
  return attempt(() => error instanceof DOMException) ?? false;
}
