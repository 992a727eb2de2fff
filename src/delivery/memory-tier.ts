import { Buffers } from './buffers.ts';
import { Deque } from './deque.ts';
import { isOnDisk, type Item } from './item.ts';
import { type Lane, LANES } from './lanes.ts';

/** Bounds on what waits. The bound on bytes counts the items alone, without brackets and commas. */
export interface Bounds {
  readonly maxCount: number;
  readonly maxBytes: number;
}

interface Waiting {
  /** The oldest first. */
  readonly items: Deque<Item>;
  /** The sum of their sizes. */
  bytes: number;
}

const NONE: readonly Item[] = [];

/** How many items from the end of a lane are searched for one to replace. */
const RECENT = 100;

/**
 * The items that wait in memory, in lanes, with bounds on their count and bytes. If there is no
 * room, items that are on the disk too give way first, since that loses none. Then the lowest lane
 * gives way: of that lane first what was set aside, then the oldest. Items that were taken don't
 * count.
 */
export class MemoryTier {
  readonly #lanes: readonly Waiting[] = LANES.map(() => ({
    items: new Deque(),
    bytes: 0,
  }));
  /** Items that were refused alone, in that order. They come behind all lanes, and are few. */
  #aside: Item[] = [];
  readonly #buffers = new Buffers();
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #length = 0;
  #bytes = 0;

  constructor({ maxCount, maxBytes }: Bounds) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait, also those that were set aside. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many items were set aside. */
  get aside(): number {
    return this.#aside.length;
  }

  /** How many items of this lane wait. */
  count(lane: Lane): number {
    return this.#of(lane).items.length;
  }

  /** The oldest item of this lane. */
  first(lane: Lane): Item | undefined {
    return this.#of(lane).items.first;
  }

  /**
   * Adds the newest item. Returns what gave way to it: nothing, items of the same or a lower lane,
   * or the new item itself if no room could be made.
   */
  add(item: Item): readonly Item[] {
    const { bytes, lane } = item;
    if (!this.#canHold(bytes.length, lane)) return [item];
    const out = this.#makeRoom(1, bytes.length);
    item.bytes = this.#buffers.copy(bytes);
    this.#of(lane).items.push(item);
    this.#lanesCount(item, 1);
    return out;
  }

  /** Whether something has to give way to the next item, if that has the average size of those that wait. */
  get isFull(): boolean {
    if (this.#length === 0) return false;
    const size = this.#bytes / this.#length;
    return this.#length + 1 > this.#maxCount || this.#bytes + size > this.#maxBytes;
  }

  /** The item that gives way next; undefined if that is one that was set aside. */
  nextOut(): Item | undefined {
    if (!this.isFull || this.#aside.length > 0) return undefined;
    return this.#lanes.findLast(({ items }) => items.length > 0)?.items.first;
  }

  /** All items, the most important first. Those that were set aside come last. */
  *all(): Generator<Item> {
    for (const { items } of this.#lanes) yield* items.all();
    yield* this.#aside;
  }

  /** Whether this item waits and is among the last of its lane. */
  waits(seq: number): boolean {
    return this.#lanes.some(({ items }) => items.hasLast((item) => item.seq === seq, RECENT));
  }

  /** Removes and returns such an item. */
  withdraw(seq: number): Item | undefined {
    for (const { items } of this.#lanes) {
      const item = items.takeLast((each) => each.seq === seq, RECENT);
      if (item === undefined) continue;
      this.#lanesCount(item, -1);
      return item;
    }
    return undefined;
  }

  /** Removes and returns the oldest item of a lane. */
  shift(lane: number): Item | undefined {
    const item = this.#of(lane).items.shift();
    if (item !== undefined) this.#lanesCount(item, -1);
    return item;
  }

  /**
   * Puts items back where they were taken from, at the front of their lanes, and returns what gave way.
   */
  restore(items: readonly Item[]): readonly Item[] {
    for (const item of items.toReversed()) {
      this.#of(item.lane).items.unshift(item);
      this.#lanesCount(item, 1);
    }
    return this.#makeRoom(0, 0);
  }

  /** Puts an item that was taken behind all others, and returns what gave way. */
  setAside(item: Item): readonly Item[] {
    this.#aside.push(item);
    this.#count(item, 1);
    return this.#makeRoom(0, 0);
  }

  /** The first of the items that were set aside after such refusals. */
  firstAside(refusals: number): Item | undefined {
    return this.#aside.find((item) => item.refusals === refusals);
  }

  /** Removes and returns this item, or the one that was set aside first. */
  shiftAside(item: Item | undefined = this.#aside[0]): Item | undefined {
    if (item === undefined) return undefined;
    this.#aside.splice(this.#aside.indexOf(item), 1);
    this.#count(item, -1);
    return item;
  }

  /** Frees the bytes of these items, which nobody reads any more. */
  release(items: readonly Item[]): void {
    for (const { bytes } of items) this.#buffers.release(bytes);
  }

  /**
   * Whether room can be made without touching higher lanes. This is asked first, so that nothing
   * gives way to a new item that would not fit even then.
   */
  #canHold(bytes: number, lane: Lane): boolean {
    let count = 1;
    let size = bytes;
    for (let higher = 0; higher < lane; higher++) {
      const waiting = this.#of(higher);
      count += waiting.items.length;
      size += waiting.bytes;
    }
    for (const item of this.#aside) {
      if (item.lane >= lane) continue;
      count += 1;
      size += item.bytes.length;
    }
    return count <= this.#maxCount && size <= this.#maxBytes;
  }

  #makeRoom(count: number, bytes: number): readonly Item[] {
    let out: Item[] | undefined;
    while (this.#length + count > this.#maxCount || this.#bytes + bytes > this.#maxBytes) {
      const victim = this.#shiftLowest();
      if (victim === undefined) break;
      out ??= [];
      out.push(victim);
    }
    return out ?? NONE;
  }

  /** Removes the item that gives way next. */
  #shiftLowest(): Item | undefined {
    let lowest = -1;
    for (let lane = this.#lanes.length - 1; lane >= 0; lane--) {
      const { first } = this.#of(lane).items;
      if (first === undefined) continue;
      if (isOnDisk(first)) return this.shift(lane);
      if (lowest < 0) lowest = lane;
    }
    const aside = this.#aside.reduce((low, { lane }) => Math.max(low, lane), -1);
    if (aside < lowest || aside < 0) return lowest < 0 ? undefined : this.shift(lowest);
    return this.shiftAside(this.#aside.find(({ lane }) => lane === aside));
  }

  #lanesCount(item: Item, sign: 1 | -1): void {
    this.#of(item.lane).bytes += sign * item.bytes.length;
    this.#count(item, sign);
  }

  #count({ bytes }: Item, sign: 1 | -1): void {
    this.#bytes += sign * bytes.length;
    this.#length += sign;
  }

  #of(lane: number): Waiting {
    return this.#lanes[lane] as Waiting;
  }
}
