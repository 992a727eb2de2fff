import { types } from 'node:util';
import { isErrorInstance } from './class.ts';
import { attempt, dataOf, isArray, isObject, keysOf } from '../../lib/safe-read.ts';

/** An Error, and the path of keys to it. */
export interface FoundError {
  readonly error: object;
  readonly path: readonly string[];
}

/** How deep the search goes, and how many values it looks at. */
export const DEPTH = 6;
const VALUES = 200;

/** Keys that are not searched: the stream of a request has an error of its own, which is not the line's. */
export const OTHERS: ReadonlySet<string> = new Set(['req', 'res', 'request', 'response', 'socket']);

/** The names under which an object of a class may have an error that the line is about. */
const NAMES = ['err', 'error', 'reason', 'cause', 'exception'];

type Found = readonly (readonly [key: string, value: unknown])[];

/**
 * Finds the Error that was logged. It is under the logger's key or a usual name, or else the first
 * one, the least deep first: in `{ details: { err } }`, or in the result of `Promise.allSettled`.
 * No getter is run: the logger runs each once, and the application may count on that.
 */
export function findError(fields: unknown, errorKey: string): FoundError | undefined {
  if (!isObject(fields)) return undefined;
  if (isErrorInstance(fields)) return { error: fields, path: [] };
  for (const key of [errorKey, 'err', 'error']) {
    const value = dataOf(fields, key);
    if (isErrorInstance(value)) return { error: value, path: [key] };
  }
  let left = VALUES;
  let level: { readonly found: Found; readonly path: readonly string[] }[] = [
    { found: ownOf(fields), path: [] },
  ];
  for (let depth = 0; depth < DEPTH && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { found, path } of level) {
      for (const [key, inner] of found) {
        left -= 1;
        if (left < 0) return undefined;
        if (!isObject(inner)) continue;
        const isOther = OTHERS.has(key);
        if (isErrorInstance(inner)) {
          if (isOther) continue;
          return { error: inner, path: [...path, key] };
        }
        const inside = insideOf(inner, isOther);
        if (inside.length > 0) next.push({ found: inside, path: [...path, key] });
      }
    }
    level = next;
  }
  return undefined;
}

/** What is searched of a value. `isOther` says that it is under one of the `OTHERS`. */
function insideOf(value: object, isOther: boolean): Found {
  const isSimple = isArray(value) || isPlain(value);
  if (isSimple) return isOther ? [] : ownOf(value);
  const special = types.isMap(value) ? value : types.isSet(value) ? value : undefined;
  if (special !== undefined) return isOther ? [] : (attempt(() => elementsIn(special)) ?? []);
  if (typeof value === 'function' || isEmitter(value)) return [];
  return NAMES.map((key) => [key, dataOf(value, key)] as const).filter(([, inner]) =>
    isObject(inner),
  );
}

function elementsIn(value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): Found {
  return [...value.entries()].slice(0, VALUES).map(([key, inner], index) => {
    return [typeof key === 'string' ? key : String(index), inner] as const;
  });
}

function ownOf(value: object): Found {
  return keysOf(value).map((key) => [key, dataOf(value, key)] as const);
}

/** Streams, sockets and clients keep errors of their own. */
function isEmitter(value: object): boolean {
  return attempt(() => 'on' in value || 'raw' in value) !== false;
}

/** Whether a value is a plain object, of no class. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  } catch {
    return false;
  }
}
