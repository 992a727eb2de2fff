import type { Item } from './item.ts';

/** ErrSight refuses more than 524,288 bytes; the rest is a margin for what a proxy may count. */
export const MAX_BODY_BYTES = 500_000;

/** The two brackets around the events. */
export const FRAME_BYTES = 2;

/** The comma after an event; the last has none, which leaves a request one byte below its bound. */
export const SEPARATOR_BYTES = 1;

/** What the items of a request may cost, each with its separator. */
export const MAX_ITEMS_BYTES: number = MAX_BODY_BYTES - FRAME_BYTES + SEPARATOR_BYTES;

const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** A JSON array of the items, which are JSON values. */
export function assemble(items: readonly Pick<Item, 'bytes'>[]): Buffer {
  const parts = items.flatMap(({ bytes }, index) => [index === 0 ? OPEN : COMMA, bytes]);
  return Buffer.concat([...parts, CLOSE]);
}

/** Whether an item fits a request of its own. */
export function fits(bytes: Buffer): boolean {
  return bytes.length + FRAME_BYTES <= MAX_BODY_BYTES;
}
