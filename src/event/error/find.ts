import { isErrorInstance } from './class.ts';
import { isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';

/** An Error, and the names that lead to it. */
export interface FoundError {
  readonly error: object;
  readonly path: readonly string[];
}

/** How deep, and how many values, are looked at. */
export const DEPTH = 3;
const VALUES = 200;

/** What others fill: a request's stream has an error of its own, which is not the line's. */
export const OTHERS: ReadonlySet<string> = new Set(['req', 'res', 'request', 'response', 'socket']);

/**
 * The Error that was logged: under the logger's key or one of the usual names, else the first there is,
 * the higher before the deeper ones: `{ details: { err } }`, or the result of `Promise.allSettled`.
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

/** Whether it is an object of no class. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  } catch {
    return false;
  }
}
