import { WALK_LIMITS } from './limits.ts';
import { prefer } from '../../lib/prefer.ts';
import { isObject, read } from '../../lib/safe-read.ts';

/** Of many keys those whose values are small, in their order. */
export function smallFirst(
  object: object,
  keys: readonly string[],
  most: number,
): readonly string[] {
  const seen = keys.slice(0, WALK_LIMITS.keys);
  return prefer(seen, most, (key) => !isObject(readOrSay(object, key)));
}

/** What JSON leaves of a Buffer. */
export function bufferText(object: object): string | undefined {
  const data = read(object, 'type') === 'Buffer' ? read(object, 'data') : undefined;
  return Array.isArray(data) ? `[Buffer: ${data.length} bytes]` : undefined;
}

/** ErrSight keeps about 15 significant digits, and may make a string of what has more. */
export function rounded(value: number): number {
  if (Number.isInteger(value)) return value;
  // With at most nine digits before the point and six behind it there are no more than 15.
  const isShort = Math.abs(value) < 1e9 && Math.round(value * 1e6) / 1e6 === value;
  return isShort ? value : Number(value.toPrecision(15));
}

/** Unlike `read` it shows that there is something. */
export function readOrSay(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key) as unknown;
  } catch {
    return '[Unreadable]';
  }
}
