import { Deque } from './deque.ts';

/** How important an item is: the lower, the sooner it is sent and the later it gives way. */
export type Lane = 0 | 1 | 2;

/** Fatal errors: they jump the queue, and are sent at once. */
export const LANE_URGENT: Lane = 0;
/** Errors. */
export const LANE_ERROR: Lane = 1;
/** Everything else. */
export const LANE_REST: Lane = 2;

/** What waits to be sent: an event, already in the form in which it goes over the wire. */
export interface Item {
  readonly bytes: Buffer;
  readonly lane: Lane;
  /** The number of its arrival, from 1; higher than that of any item before. */
  readonly seq: number;
  /** When it arrived: the clock's milliseconds. */
  readonly at: number;
}

/** Bounds of a queue; the bound on bytes counts the items' own, without any framing. */
export interface QueueBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
}

interface LaneItems {
  /** In ascending order of `seq`, so that the first is also the oldest. */
  readonly items: Deque<Item>;
  /** The sum of their sizes. */
  bytes: number;
}

const NONE: readonly Item[] = [];

/**
 * What waits to be sent, bounded by count and bytes, in lanes. Under pressure the lowest lane gives
 * way first, its oldest first. Within a lane the order of arrival is kept, also by items that were
 * taken and restored.
 *
 * Items that were taken no longer count towards the bounds.
 */
export class Queue {
  readonly #lanes: readonly [LaneItems, LaneItems, LaneItems] = [
    { items: new Deque(), bytes: 0 },
    { items: new Deque(), bytes: 0 },
    { items: new Deque(), bytes: 0 },
  ];
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #lastSeq = 0;

  constructor({ maxCount, maxBytes }: QueueBounds) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait. */
  get length(): number {
    const [urgent, error, rest] = this.#lanes;
    return urgent.items.length + error.items.length + rest.items.length;
  }

  /** The sum of their sizes. */
  get bytes(): number {
    const [urgent, error, rest] = this.#lanes;
    return urgent.bytes + error.bytes + rest.bytes;
  }

  /** The number of the newest item that ever came, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The lowest number that waits, Infinity if nothing does. */
  get oldestSeq(): number {
    const [urgent, error, rest] = this.#lanes;
    return Math.min(
      urgent.items.first?.seq ?? Infinity,
      error.items.first?.seq ?? Infinity,
      rest.items.first?.seq ?? Infinity,
    );
  }

  /** When the item that has waited longest arrived, Infinity if nothing waits. */
  get oldestAt(): number {
    const [urgent, error, rest] = this.#lanes;
    return Math.min(
      urgent.items.first?.at ?? Infinity,
      error.items.first?.at ?? Infinity,
      rest.items.first?.at ?? Infinity,
    );
  }

  /** Whether anything of this lane waits. */
  has(lane: Lane): boolean {
    return this.#lanes[lane].items.length > 0;
  }

  /**
   * Adds an item that arrived at `at`, and returns what gave way to it: nothing, items of its own or
   * a lower lane, or the newcomer itself if there was no room to be made.
   */
  push(bytes: Buffer, lane: Lane, at: number): readonly Item[] {
    const item: Item = { bytes: own(bytes), lane, seq: ++this.#lastSeq, at };
    // What lies in higher lanes stays. Looked at first, so that nothing goes for a newcomer that
    // would not fit even then.
    let count = 1;
    let size = bytes.length;
    for (const higher of this.#lanes) {
      if (higher === this.#lanes[lane]) break;
      count += higher.items.length;
      size += higher.bytes;
    }
    if (count > this.#maxCount || size > this.#maxBytes) return [item];
    const out = this.#makeRoom(1, bytes.length);
    this.#lanes[lane].items.push(item);
    this.#lanes[lane].bytes += bytes.length;
    return out;
  }

  /**
   * Removes and returns the items that come next, the highest lane first: at most `maxCount`, and no
   * more than fit `maxBytes`, where each costs its bytes and `overhead`; but one at least, however
   * large it is.
   */
  take(maxCount: number, maxBytes: number, overhead: number): Item[] {
    const taken: Item[] = [];
    let room = maxBytes;
    for (const { items } of this.#lanes) {
      for (let item = items.first; item !== undefined; item = items.first) {
        room -= item.bytes.length + overhead;
        if (taken.length >= maxCount || (room < 0 && taken.length > 0)) return taken;
        taken.push(item);
        this.#remove(item);
      }
    }
    return taken;
  }

  /**
   * Puts items back where they were taken from, at the front of their lanes. The bounds are not
   * looked at: that is what `trim` is for.
   */
  restore(items: readonly Item[]): void {
    for (const item of items.toReversed()) {
      this.#lanes[item.lane].items.unshift(item);
      this.#lanes[item.lane].bytes += item.bytes.length;
    }
  }

  /** Enforces the bounds after `restore`, and returns what gave way. */
  trim(): readonly Item[] {
    return this.#makeRoom(0, 0);
  }

  #makeRoom(count: number, bytes: number): readonly Item[] {
    let out: Item[] | undefined;
    while (this.length + count > this.#maxCount || this.bytes + bytes > this.#maxBytes) {
      const victim = this.#lanes.findLast(({ items }) => items.length > 0)?.items.first;
      if (victim === undefined) break;
      this.#remove(victim);
      out ??= [];
      out.push(victim);
    }
    return out ?? NONE;
  }

  /** Removes an item that is the first of its lane. */
  #remove(item: Item): void {
    const lane = this.#lanes[item.lane];
    lane.items.shift();
    lane.bytes -= item.bytes.length;
  }
}

/**
 * The bytes without what shares their memory. Node cuts small Buffers from slabs of 8 KiB, and one
 * that waits for long keeps its whole slab: 10,000 of them up to 80 MB.
 */
function own(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
