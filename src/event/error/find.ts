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

/** The values that are searched of something: only those that can hold an error. */
interface Inside {
  /** How many values there are in all. */
  readonly size: number;
  readonly objects: readonly {
    readonly index: number;
    readonly key: string;
    readonly value: object;
  }[];
}

const NOTHING: Inside = { size: 0, objects: [] };

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
  return search(ownOf(fields));
}

/** Whether a field of a line has an Error in it, or is one. */
export function holdsError(key: string, value: object): boolean {
  if (isErrorInstance(value)) return true;
  return search({ size: 1, objects: [{ index: 0, key, value }] }) !== undefined;
}

function search(all: Inside): FoundError | undefined {
  let left = VALUES;
  let level: { readonly inside: Inside; readonly path: readonly string[] }[] = [
    { inside: all, path: [] },
  ];
  for (let depth = 0; depth < DEPTH && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { inside, path } of level) {
      for (const { index, key, value } of inside.objects) {
        if (index >= left) return undefined;
        const isOther = OTHERS.has(key);
        if (isErrorInstance(value)) {
          if (isOther) continue;
          return { error: value, path: [...path, key] };
        }
        const inner = insideOf(value, isOther);
        if (inner.size > 0) next.push({ inside: inner, path: [...path, key] });
      }
      left -= inside.size;
      if (left < 0) return undefined;
    }
    level = next;
  }
  return undefined;
}

/** What is searched of a value. `isOther` says that it is under one of the `OTHERS`. */
function insideOf(value: object, isOther: boolean): Inside {
  const isSimple = isArray(value) || isPlain(value);
  if (isSimple) return isOther ? NOTHING : ownOf(value);
  const special = types.isMap(value) ? value : types.isSet(value) ? value : undefined;
  if (special !== undefined) {
    return isOther ? NOTHING : (attempt(() => elementsIn(special)) ?? NOTHING);
  }
  if (typeof value === 'function' || isEmitter(value)) return NOTHING;
  // Only objects count of these.
  const { objects } = insideFrom(NAMES.map((key) => [key, dataOf(value, key)]));
  return { size: objects.length, objects: objects.map((each, index) => ({ ...each, index })) };
}

function elementsIn(value: ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>): Inside {
  const entries = [...value.entries()].slice(0, VALUES);
  return insideFrom(
    entries.map(([key, inner], index) => [typeof key === 'string' ? key : String(index), inner]),
  );
}

function insideFrom(entries: readonly (readonly [key: string, value: unknown])[]): Inside {
  const objects = entries.flatMap(([key, value], index) =>
    isObject(value) ? [{ index, key, value }] : [],
  );
  return { size: entries.length, objects };
}

/** Most values are no objects, so nothing is made of those. */
function ownOf(value: object): Inside {
  const keys = keysOf(value);
  const objects: Inside['objects'][number][] = [];
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    const inner = dataOf(value, key);
    if (isObject(inner)) objects.push({ index, key, value: inner });
  }
  return { size: keys.length, objects };
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
