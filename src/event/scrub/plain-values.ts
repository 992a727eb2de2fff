import { WALK_LIMITS } from './limits.ts';
import { prefer } from '../../lib/prefer.ts';
import { isObject, read } from '../../lib/safe-read.ts';

/** The first `most` keys in their order, those with small values before others. */
export function smallFirst(
  object: object,
  keys: readonly string[],
  most: number,
): readonly string[] {
  const seen = keys.slice(0, WALK_LIMITS.keys);
  return prefer(seen, most, (key) => !isObject(readOrSay(object, key)));
}

/** A short text for what JSON leaves of a Buffer; undefined for any other object. */
export function bufferText(object: object): string | undefined {
  const data = read(object, 'type') === 'Buffer' ? read(object, 'data') : undefined;
  return Array.isArray(data) ? `[Buffer: ${data.length} bytes]` : undefined;
}

/** ErrSight keeps about 15 significant digits, and may turn a longer number into a string. */
export function rounded(value: number): number {
  if (Number.isInteger(value)) return value;
  // With at most nine digits before the point and six behind it there are no more than 15.
  const isShort = Math.abs(value) < 1e9 && Math.round(value * 1e6) / 1e6 === value;
  return isShort ? value : Number(value.toPrecision(15));
}

/** Reads a value. Unlike `read`, it says so if the value can't be read. */
export function readOrSay(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key) as unknown;
  } catch {
    return '[Unreadable]';
  }
}
