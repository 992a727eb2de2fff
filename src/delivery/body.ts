import type { Item } from './item.ts';

/**
 * ErrSight refuses more than 524,288 bytes. The difference is a margin for what a proxy may add.
 */
export const MAX_BODY_BYTES = 500_000;

/** The two brackets around the events. */
export const FRAME_BYTES = 2;

/** The comma after an event. The last event has none. */
export const SEPARATOR_BYTES = 1;

/** How many bytes the items of a request may have, each with its separator. */
export const MAX_ITEMS_BYTES: number = MAX_BODY_BYTES - FRAME_BYTES + SEPARATOR_BYTES;

const OPEN = 0x5b;
const COMMA = 0x2c;
const CLOSE = 0x5d;

/** Makes a JSON array of one or more items, which are JSON values. */
export function assemble(items: readonly Pick<Item, 'bytes'>[]): Buffer {
  const body = Buffer.allocUnsafe(items.reduce((sum, { bytes }) => sum + bytes.length + 1, 1));
  let end = 0;
  for (const { bytes } of items) {
    body[end] = end === 0 ? OPEN : COMMA;
    bytes.copy(body, end + 1);
    end += bytes.length + 1;
  }
  body[end] = CLOSE;
  return body;
}

/** Whether an item fits into a request of its own. */
export function fits(bytes: Buffer): boolean {
  return bytes.length + FRAME_BYTES <= MAX_BODY_BYTES;
}
