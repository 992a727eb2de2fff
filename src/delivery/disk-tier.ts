import { isOlder, isOnDisk, type Item } from './item.ts';
import { type Lane, LANES } from './lanes.ts';
import type { Spool, SpoolHandle, Unreadable } from './spool/spool.ts';

export interface Appended {
  /** Whether the item was written and no other had to give way. */
  readonly isDone: boolean;
  /** The items that were only on the disk and had to give way, with their bytes. */
  readonly pushedOut: readonly Item[];
}

const DONE: Appended = { isDone: true, pushedOut: [] };
const NOT_DONE: Appended = { isDone: false, pushedOut: [] };

/** Stands for bytes that are on the disk. */
const NO_BYTES = Buffer.alloc(0);

/**
 * Items of one lane, the oldest first. Most are added in that order, so there is little to sort.
 */
class Sorted {
  #items: Item[] = [];
  #head = 0;
  #isSorted = true;

  get length(): number {
    return this.#items.length - this.#head;
  }

  add(item: Item): void {
    const last = this.#items.at(-1);
    if (this.length > 0 && last !== undefined && isOlder(item, last)) this.#isSorted = false;
    this.#items.push(item);
  }

  get first(): Item | undefined {
    if (!this.#isSorted) {
      this.#items = this.#items.slice(this.#head).toSorted((a, b) => (isOlder(a, b) ? -1 : 1));
      this.#head = 0;
      this.#isSorted = true;
    }
    return this.#items[this.#head];
  }

  shift(): Item | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.#head++;
    // Only when half of them are gone, so that each item is moved once on average.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** Removes and returns the items for which `is` holds. */
  remove(is: (item: Item) => boolean): readonly Item[] {
    const items = this.#items.slice(this.#head);
    const removed = items.filter(is);
    if (removed.length === 0) return removed;
    this.#items = items.filter((item) => !is(item));
    this.#head = 0;
    return removed;
  }
}

/** An item, and why it could not be read back. Undefined: it was read. */
export type Fetched = { readonly item: Item; readonly why: Unreadable | undefined };

/** The items that are only on the disk, in lanes, the oldest first. */
export class DiskTier {
  readonly #spool: Spool;
  readonly #lanes: readonly Sorted[] = LANES.map(() => new Sorted());
  #length = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  /** How many items are only on the disk. */
  get length(): number {
    return this.#length;
  }

  /** How many items of this lane are only on the disk. */
  count(lane: Lane): number {
    return this.#of(lane).length;
  }

  first(lane: Lane): Item | undefined {
    return this.#of(lane).first;
  }

  /** Writes an item to the disk, if there is room. It stays in memory too. */
  append(item: Item): void {
    item.handle = this.#spool.append(item.lane, item.bytes);
  }

  /**
   * Does the same, and makes room if less important items lie there.
   */
  appendByForce(item: Item): Appended {
    this.append(item);
    if (isOnDisk(item)) return DONE;
    const out = this.#spool.makeRoom(item.lane);
    if (out.length === 0) return NOT_DONE;
    this.append(item);
    const bytes = new Map(out.map((each) => [each.handle, each.bytes]));
    const parked = this.#lanes.flatMap((lane) =>
      lane.remove(({ handle }) => handle !== undefined && bytes.has(handle)),
    );
    this.#length -= parked.length;
    for (const each of parked) {
      if (each.handle !== undefined) each.bytes = bytes.get(each.handle) ?? NO_BYTES;
    }
    return { isDone: false, pushedOut: parked.toSorted((a, b) => (isOlder(a, b) ? -1 : 1)) };
  }

  /** Frees the item's memory. From now on it is only on the disk. */
  park(item: Item): void {
    item.bytes = NO_BYTES;
    this.#of(item.lane).add(item);
    this.#length++;
  }

  /** Takes the oldest item of this lane and reads it. */
  fetch(lane: Lane): Fetched | undefined {
    const item = this.#of(lane).shift();
    if (item?.handle === undefined) return undefined;
    this.#length--;
    const read = this.#spool.read(item.handle);
    if (typeof read === 'string') return { item, why: read };
    item.bytes = read;
    return { item, why: undefined };
  }

  /** Removes items from the disk that are not to be sent any more. */
  forget(items: readonly Item[]): void {
    const handles: SpoolHandle[] = [];
    for (const { handle } of items) if (handle !== undefined) handles.push(handle);
    this.#spool.forget(handles);
  }

  /**
   * Ends, and leaves everything on the disk to a later process. Returns the items that were only
   * here, and how many events are left.
   */
  end(): { readonly parked: readonly Item[]; readonly left: number } {
    const parked: Item[] = [];
    for (const lane of this.#lanes) {
      for (let item = lane.shift(); item !== undefined; item = lane.shift()) parked.push(item);
    }
    this.#length = 0;
    return { parked, left: this.#spool.close() };
  }

  /**
   * Writes an item that came after the end, for a later process. Returns whether that succeeded.
   */
  leave({ lane, bytes }: Item): boolean {
    return this.#spool.leave(lane, bytes);
  }

  #of(lane: Lane): Sorted {
    return this.#lanes[lane] as Sorted;
  }
}
