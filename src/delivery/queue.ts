import type { Relayed } from '../relayed.ts';
import { Deque } from './deque.ts';
import { Memory } from './memory.ts';
import type { SpoolHandle } from './spool/spool.ts';

/** How important an item is: the lower, the sooner it is sent and the later it gives way. */
export type Lane = 0 | 1 | 2 | 3 | 4;

/** Fatal errors: they jump the queue, and are sent at once. */
export const LANE_URGENT: Lane = 0;
/** The first of its kind: in a storm of one error, whatever else goes wrong. */
export const LANE_FIRST: Lane = 1;
/** Errors. */
export const LANE_ERROR: Lane = 2;
/** Everything else. */
export const LANE_REST: Lane = 3;

/** What the server has failed over by itself, as far as is known: it is tried again after all others. */
export const LANE_ASIDE: Lane = 4;

/** Counts the repeats of one error that gave way, until its next event tells of them. */
export interface Repeats {
  lost: number;
}

/** What waits to be sent: an event, already in the form in which it goes over the wire. */
export interface Item {
  readonly bytes: Buffer;
  readonly lane: Lane;
  /** The number of its arrival, from 1; higher than that of any item before. */
  readonly seq: number;
  /** When it arrived: the clock's milliseconds. */
  readonly at: number;
  /** Where it counts if it gives way. */
  readonly repeats?: Repeats | undefined;
  /** Where it lies on the disk, if it does. */
  readonly handle?: SpoolHandle | undefined;
  /** How many that gave way it tells of. */
  readonly carries?: number | undefined;
  /** Is told once what became of it. */
  readonly receipt?: Receipt | undefined;
}

/** Takes what became of an item; `pending` if nobody here will ever know. */
export type Receipt = (fate: Relayed) => void;

/** What is known of an event besides its bytes. */
export type Kind = Pick<Item, 'lane' | 'repeats' | 'carries' | 'receipt'>;

/** Bounds of a queue; the bound on bytes counts the items' own, without any framing. */
export interface QueueBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
}

const LANES: readonly Lane[] = [LANE_URGENT, LANE_FIRST, LANE_ERROR, LANE_REST, LANE_ASIDE];

interface LaneItems {
  /** In ascending order of `seq`, so that the first is also the oldest. */
  readonly items: Deque<Item>;
  /** The sum of their sizes. */
  bytes: number;
}

const NONE: readonly Item[] = [];

/** How far from the end of a lane an item is looked for. */
const RECENT = 100;

/**
 * What waits to be sent, bounded by count and bytes, in lanes. Under pressure the lowest lane gives
 * way first, its oldest first. Within a lane the order of arrival is kept, also by items that were
 * taken and restored.
 *
 * Items that were taken no longer count towards the bounds.
 */
export class Queue {
  readonly #lanes: readonly LaneItems[] = LANES.map(() => ({ items: new Deque(), bytes: 0 }));
  readonly #memory = new Memory();
  #length = 0;
  #bytes = 0;
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #lastSeq = 0;

  constructor({ maxCount, maxBytes }: QueueBounds) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** How many items wait. */
  get length(): number {
    return this.#length;
  }

  /** The sum of their sizes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of the newest item that ever came, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The lowest number that waits, Infinity if nothing does. */
  get oldestSeq(): number {
    return this.#lowest('seq');
  }

  /** When the item that has waited longest arrived, Infinity if nothing waits. */
  get oldestAt(): number {
    return this.#lowest('at');
  }

  /** Whether anything of this lane waits. */
  has(lane: Lane): boolean {
    return this.#of(lane).items.length > 0;
  }

  /**
   * Adds an item that arrived at `at`, and returns what gave way to it: nothing, items of its own or
   * a lower lane, or the newcomer itself if there was no room to be made.
   */
  push(bytes: Buffer, kind: Kind & Pick<Item, 'handle'>, at: number): readonly Item[] {
    const seq = ++this.#lastSeq;
    const { lane, repeats, handle, carries, receipt } = kind;
    if (!this.#canHold(bytes.length, lane)) return [{ ...kind, bytes, seq, at }];
    const out = this.#makeRoom(1, bytes.length);
    const kept = this.#memory.copy(bytes);
    // Each by its name: kinds come in several shapes, and V8 spreads such slowly.
    const item: Item = { bytes: kept, lane, seq, at, repeats, handle, carries, receipt };
    this.#of(lane).items.push(item);
    this.#count(item, 1);
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

  /** Whether an item waits that came with the last ones of its lane. */
  waits(seq: number): boolean {
    return this.#lanes.some(({ items }) => items.hasLast((item) => item.seq === seq, RECENT));
  }

  /** Takes such an item out. */
  withdraw(seq: number): Item | undefined {
    for (const { items } of this.#lanes) {
      const item = items.takeLast((each) => each.seq === seq, RECENT);
      if (item === undefined) continue;
      this.#count(item, -1);
      return item;
    }
    return undefined;
  }

  /**
   * Puts items back where they were taken from, at the front of their lanes. The bounds are not
   * looked at: that is what `trim` is for.
   */
  restore(items: readonly Item[]): void {
    for (const item of items.toReversed()) {
      this.#of(item.lane).items.unshift(item);
      this.#count(item, 1);
    }
  }

  /** Puts an item that was taken behind all others. */
  setAside(item: Item): void {
    const last: Item = { ...item, lane: LANE_ASIDE };
    this.#of(LANE_ASIDE).items.push(last);
    this.#count(last, 1);
  }

  /** Enforces the bounds after `restore`, and returns what gave way. */
  trim(): readonly Item[] {
    return this.#makeRoom(0, 0);
  }

  /** These are over, and nobody reads their bytes any more. */
  release(items: readonly Item[]): void {
    for (const { bytes } of items) this.#memory.release(bytes);
  }

  /**
   * Whether there can be room: what lies in higher lanes stays. Looked at first, so that nothing goes
   * for a newcomer that would not fit even then.
   */
  #canHold(bytes: number, lane: Lane): boolean {
    let count = 1;
    let size = bytes;
    for (const { items, bytes: those } of this.#lanes.slice(0, lane)) {
      count += items.length;
      size += those;
    }
    return count <= this.#maxCount && size <= this.#maxBytes;
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
    this.#of(item.lane).items.shift();
    this.#count(item, -1);
  }

  #count(item: Item, sign: 1 | -1): void {
    this.#of(item.lane).bytes += sign * item.bytes.length;
    this.#bytes += sign * item.bytes.length;
    this.#length += sign;
  }

  #of(lane: Lane): LaneItems {
    return this.#lanes[lane] as LaneItems;
  }

  /** Of the items that are first in their lanes, which are the oldest there. */
  #lowest(key: 'seq' | 'at'): number {
    let lowest = Infinity;
    for (const { items } of this.#lanes) lowest = Math.min(lowest, items.first?.[key] ?? Infinity);
    return lowest;
  }
}
