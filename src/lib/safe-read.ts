import { types } from 'node:util';

/** Whether a value can have properties. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Reads a property. Undefined if its getter, or a Proxy's trap, throws. */
export function read(value: object, key: string): unknown {
  // Not with `attempt` or Reflect.get: an event takes dozens of reads, and each extra call costs
  // time.
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

/** Reads an own property without running a getter. Undefined if it has one. */
export function dataOf(value: object, key: string): unknown {
  try {
    return Object.getOwnPropertyDescriptor(value, key)?.value;
  } catch {
    return undefined;
  }
}

/** What stands at a path of properties in anything; undefined where there is no such path. */
export function readAt(value: unknown, ...path: readonly string[]): unknown {
  let each = value;
  for (const key of path) {
    if (!isObject(each)) return undefined;
    each = read(each, key);
  }
  return each;
}

/** The text that stands there, if it is one that says something. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const text = readAt(value, ...path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The number that stands there. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const number = readAt(value, ...path);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Sets an own property of any name. An assignment to `__proto__` would set the prototype. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') setPlain(target, key, value);
  else target[key] = value;
}

/** Sets an own property like an assignment does where nothing of that name is inherited. */
export function setPlain(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    writable: true,
    value,
  });
}

/** Sets an own property that is not enumerable. */
export function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { configurable: true, writable: true, value });
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof read(value, 'then') === 'function';
}

/**
 * How many keys are listed of an array, a typed array or a String object. V8 takes 1 s for
 * 1,000,000.
 */
const MAX_INDICES = 1_000;

/**
 * The names of an object's own enumerable properties. Of a long list it is the first 1,000 indices.
 * None if a Proxy throws.
 */
export function keysOf(value: object): readonly string[] {
  try {
    return isLongList(value) ? INDICES : Object.keys(value);
  } catch {
    return [];
  }
}

const INDICES: readonly string[] = Array.from({ length: MAX_INDICES }, (_, index) => String(index));

function isLongList(value: object): boolean {
  const isList = Array.isArray(value) || ArrayBuffer.isView(value) || types.isStringObject(value);
  return isList && Number(Reflect.get(value, 'length')) > MAX_INDICES;
}

/**
 * At most `max` elements of a value, if it is an array. Elements that can't be read are undefined.
 */
export function elementsOf(list: unknown, max: number, end: 'first' | 'last' = 'first'): unknown[] {
  if (!isArray(list)) return [];
  const length = read(list, 'length');
  if (typeof length !== 'number') return [];
  const first = end === 'last' ? Math.max(0, length - max) : 0;
  return Array.from({ length: Math.min(length, max) }, (_, index) =>
    read(list, String(first + index)),
  );
}

const NONE: ReadonlySet<string> = new Set();

/** Copies the own enumerable properties of an object to a plain one, whatever its getters do. */
export function copyOf(
  value: object,
  without: ReadonlySet<string> = NONE,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of keysOf(value)) if (!without.has(key)) setOwn(copy, key, read(value, key));
  return copy;
}

/** Whether a value is an array. `Array.isArray` throws for a revoked Proxy. */
export function isArray(value: unknown): value is readonly unknown[] {
  // Not by `attempt`: each error asks several times.
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** What an action returns. Undefined if it throws. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
