import { isErrorInstance } from './class.ts';
import { isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';

/** An Error, and the path of keys to it. */
export interface FoundError {
  readonly error: object;
  readonly path: readonly string[];
}

/** How deep the search goes, and how many values it looks at. */
export const DEPTH = 3;
const VALUES = 200;

/** Keys that are not searched: the stream of a request has an error of its own, which is not the line's. */
export const OTHERS: ReadonlySet<string> = new Set(['req', 'res', 'request', 'response', 'socket']);

/**
 * Finds the Error that was logged. It is under the logger's key or a usual name, or else the first
 * one, the least deep first: in `{ details: { err } }`, or in the result of `Promise.allSettled`.
 */
export function findError(fields: unknown, errorKey: string): FoundError | undefined {
  if (!isObject(fields)) return undefined;
  if (isErrorInstance(fields)) return { error: fields, path: [] };
  for (const key of [errorKey, 'err', 'error']) {
    const value = read(fields, key);
    if (isErrorInstance(value)) return { error: value, path: [key] };
  }
  let left = VALUES;
  let level: { readonly value: object; readonly path: readonly string[] }[] = [
    { value: fields, path: [] },
  ];
  for (let depth = 0; depth < DEPTH && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const { value, path } of level) {
      for (const key of keysOf(value)) {
        left -= 1;
        if (left < 0) return undefined;
        if (OTHERS.has(key)) continue;
        const inner = read(value, key);
        if (isErrorInstance(inner)) return { error: inner, path: [...path, key] };
        if (isArray(inner) || isPlain(inner)) next.push({ value: inner, path: [...path, key] });
      }
    }
    level = next;
  }
  return undefined;
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
