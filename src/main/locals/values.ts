import type { Copy } from './copy.ts';

/** Makes plain objects and arrays of a copy. */
export function plainValue(copy: Copy): unknown {
  if (typeof copy !== 'object' || copy === null) return copy;
  if ('array' in copy) return copy.array.map(plainValue);
  // Each key becomes a property of its own, `__proto__` too.
  return Object.fromEntries(copy.object.map(([name, value]) => [name, plainValue(value)]));
}
