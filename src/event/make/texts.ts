import { isObject, keysOf, read } from '../../lib/safe-read.ts';

/** Fields that are looked at, and UTF-16 units of each. */
const FIELDS = 50;
const LENGTH = 8_192;

/** The texts of a line: its message, and the texts in its fields and one level below. */
export function textsOf(message: string, fields: unknown): string {
  return [message, ...textsIn(fields, 1)].map((text) => text.slice(0, LENGTH)).join('\n');
}

function textsIn(value: unknown, depth: number): readonly string[] {
  if (!isObject(value)) return [];
  return keysOf(value)
    .slice(0, FIELDS)
    .flatMap((key) => {
      const inner = read(value, key);
      if (typeof inner === 'string') return [inner];
      return depth > 0 ? textsIn(inner, depth - 1) : [];
    });
}
