import { cut } from '../../lib/text.ts';
import { isObject } from '../../lib/safe-read.ts';
import type { ErrsightEvent, Metadata } from '../event.ts';

/** A value with more bytes of JSON is big. 100 smaller ones fit into an event. */
const BIG_BYTES = 4_096;
/** How many UTF-16 units of a big text are kept. */
const KEPT_TEXT = 1_000;
/** How many levels are searched for the part that makes a value big. */
const MAX_DEPTH = 20;

type Json = Record<string, unknown>;

/** A value that can be shortened. */
interface Slot {
  size: number;
  /** Makes it smaller, and returns the new value. */
  shorten(): unknown;
}

/**
 * Shortens the biggest values of an event's metadata and breadcrumbs, the biggest first, until
 * `excess` bytes are gone or only small values are left. The `spared` keys of the metadata are not
 * cut. The event's fields are replaced, but the objects in them are not changed.
 */
export function cutBiggest(
  event: ErrsightEvent,
  excess: number,
  spared: ReadonlySet<string>,
): void {
  const metadata = { ...event.metadata };
  const trail = event.breadcrumbs.map((crumb) =>
    isObject(crumb.data) ? { ...crumb, data: { ...crumb.data } } : crumb,
  );
  const slots = slotsOf(metadata, spared);
  for (const { data } of trail) if (isObject(data)) slots.push(...slotsOf(data, NONE));
  let left = excess;
  while (left > 0) {
    const biggest = slots.reduce<Slot | undefined>(
      (found, slot) => (slot.size > (found?.size ?? BIG_BYTES) ? slot : found),
      undefined,
    );
    if (biggest === undefined) break;
    const after = bytesOf(biggest.shorten());
    left -= biggest.size - after;
    // A value that can't be made smaller is left to the next steps of `fit`.
    biggest.size = after < biggest.size ? after : 0;
  }
  event.metadata = metadata;
  event.breadcrumbs = trail;
}

const NONE: ReadonlySet<string> = new Set();

function slotsOf(owner: Json | Metadata, spared: ReadonlySet<string>): Slot[] {
  return Object.keys(owner)
    .filter((key) => !spared.has(key))
    .map((key) => ({
      size: bytesOf(owner[key]),
      shorten() {
        const value = shortened(owner[key], MAX_DEPTH);
        put(owner, key, value);
        return value;
      },
    }));
}

/**
 * A copy in which the biggest part is shortened. That is the innermost part that has most of the
 * bytes around it.
 */
function shortened(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return shortText(value);
  if (!isObject(value)) return value;
  const whole = bytesOf(value);
  const entries = Object.entries(value).map(([key, part]) => ({ key, part, size: bytesOf(part) }));
  const biggest = entries.toSorted((a, b) => b.size - a.size)[0];
  if (biggest === undefined || depth === 0 || biggest.size < whole / 2) {
    return Array.isArray(value)
      ? `[Array of ${value.length} elements: ${whole} bytes]`
      : `[Object with ${entries.length} keys: ${whole} bytes]`;
  }
  const copy: Json | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  put(copy, biggest.key, shortened(biggest.part, depth - 1));
  return copy;
}

function shortText(text: string): string {
  const note = ` [${Buffer.byteLength(text)} bytes]`;
  return text.length > KEPT_TEXT + note.length ? cut(text, KEPT_TEXT) + note : text;
}

/** Unlike an assignment, this makes an own property of a key `__proto__`. */
function put(owner: object, key: string, value: unknown): void {
  Object.defineProperty(owner, key, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** How many bytes a value's JSON has; 0 if it has none. */
function bytesOf(value: unknown): number {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined ? 0 : Buffer.byteLength(json);
}
