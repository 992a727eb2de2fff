import { DiskTier } from './disk-tier.ts';
import { isOlder, isOnDisk, type Item, type Kind } from './item.ts';
import { isRepeat, type Lane, LANES } from './lanes.ts';
import { type Bounds, MemoryTier } from './memory-tier.ts';
import type { Spool, Unreadable } from './spool/spool.ts';

export interface StoreOptions extends Bounds {
  /** Keeps the items on the disk as well, if there is one. */
  readonly spool?: Spool | undefined;
  /** Updates an event that may have been on the disk for days. */
  readonly refresh?: ((bytes: Buffer) => Buffer) | undefined;
}

/** What a request may hold. */
export interface Room {
  /** How many items. */
  readonly count: number;
  /** How many of the items may be repeats. */
  readonly repeats: number;
  /** How many bytes. Each item takes its own bytes and `overhead`. */
  readonly bytes: number;
  readonly overhead: number;
}

/** An item that could not be read back, and why. */
export interface Unread {
  readonly item: Item;
  readonly why: Unreadable;
}

const NONE: readonly Item[] = [];

export interface Taken {
  readonly items: Item[];
  readonly unread: readonly Unread[];
}

/**
 * The items that wait to be sent, in two tiers with one order. With a spool each item is written to
 * the disk first. It is in memory too while there is room.
 *
 *   add ──► memory ──gives way──► disk, or lost without a spool
 *             └──────── take ◄──────┘   by lane; within a lane the oldest of both tiers
 *
 * If the disk has no room, less important items give way there. What has no room even then is only
 * in memory, and is written once there is room again.
 *
 * The store knows no fates. The caller settles the items that it returns because they gave way or
 * can't be read.
 */
export class Store {
  readonly #memory: MemoryTier;
  readonly #disk: DiskTier | undefined;
  readonly #refresh: (bytes: Buffer) => Buffer;
  /** Whether some items in memory are not on the disk. */
  #hasUnwritten = false;

  constructor({ spool, refresh, ...bounds }: StoreOptions) {
    this.#memory = new MemoryTier(bounds);
    this.#disk = spool === undefined ? undefined : new DiskTier(spool);
    this.#refresh = refresh ?? ((bytes) => bytes);
  }

  /** How many items wait in memory. */
  get queued(): number {
    return this.#memory.length;
  }

  /** How many items are only on the disk. */
  get spooled(): number {
    return this.#disk?.length ?? 0;
  }

  /** How many of the items in memory were set aside. */
  get aside(): number {
    return this.#memory.aside;
  }

  /** How many bytes wait in memory. */
  get bytes(): number {
    return this.#memory.bytes;
  }

  /** How many items of a lane wait, in both tiers. */
  count(lane: Lane): number {
    return this.#memory.count(lane) + (this.#disk?.count(lane) ?? 0);
  }

  /** How many items wait in the lanes of repeats, or in the other lanes. */
  countLanes(repeats: boolean): number {
    let count = 0;
    for (const lane of LANES) if (isRepeat(lane) === repeats) count += this.count(lane);
    return count;
  }

  /** The item of a lane that has waited longest, in both tiers. */
  first(lane: Lane): Item | undefined {
    const inMemory = this.#memory.first(lane);
    const onDisk = this.#disk?.first(lane);
    if (inMemory === undefined || onDisk === undefined) return inMemory ?? onDisk;
    return isOlder(onDisk, inMemory) ? onDisk : inMemory;
  }

  /** The item that has waited longest in all lanes, or in those of repeats. */
  oldest(ofRepeats = false): Item | undefined {
    let oldest: Item | undefined;
    for (const lane of LANES) {
      if (ofRepeats && !isRepeat(lane)) continue;
      const first = this.first(lane);
      if (first !== undefined && (oldest === undefined || isOlder(first, oldest))) oldest = first;
    }
    return oldest;
  }

  /** Adds the newest item. Returns the items for which there is no room any more. */
  add(item: Item): readonly Item[] {
    const disk = this.#disk;
    if (disk === undefined) return this.#memory.add(item);
    const { isDone, pushedOut } = disk.appendByForce(item);
    const lost = this.#gaveWay(this.#memory.add(item));
    if (isDone) return lost;
    this.#hasUnwritten = true;
    return [...lost, ...this.#keepInMemory(pushedOut)];
  }

  /**
   * Writes what had no room on the disk, the most important first. Returns the items for which
   * there is no room any more.
   */
  writeRest(): readonly Item[] {
    if (this.#disk === undefined || !this.#hasUnwritten) return NONE;
    this.#hasUnwritten = false;
    const out: Item[] = [];
    for (const item of [...this.#memory.all()].filter((each) => !isOnDisk(each))) {
      const { isDone, pushedOut } = this.#disk.appendByForce(item);
      out.push(...pushedOut);
      if (isDone) continue;
      this.#hasUnwritten = true;
      if (!isOnDisk(item)) break;
    }
    return this.#keepInMemory(out);
  }

  /** Keeps items that were only on the disk in memory, if there is room. Returns the others. */
  #keepInMemory(items: readonly Item[]): readonly Item[] {
    if (items.length === 0) return NONE;
    const readable = items.filter(({ bytes }) => bytes.length > 0);
    const unreadable = items.filter(({ bytes }) => bytes.length === 0);
    return [...unreadable, ...this.#gaveWay(this.#memory.restore(readable))];
  }

  /** Whether something in memory has to give way to what comes next. */
  get isFull(): boolean {
    return this.#memory.isFull;
  }

  /** Whether the item that is lost for a new one is an older one of the same kind. */
  wouldReplaceOwn({ lane, repeats }: Kind): boolean {
    if (this.#disk !== undefined || repeats === undefined || !isRepeat(lane)) return false;
    const victim = this.#memory.nextOut();
    return victim?.lane === lane && victim.repeats === repeats;
  }

  /** Whether this item is in memory and among the last of its lane. */
  waits(seq: number): boolean {
    return this.#memory.waits(seq);
  }

  /** Removes and returns such an item from memory. It stays on the disk until `forget`. */
  withdraw(seq: number): Item | undefined {
    return this.#memory.withdraw(seq);
  }

  /** Adds items that were found on the disk. */
  addFound(items: readonly Item[]): void {
    for (const item of items) this.#disk?.park(item);
  }

  /** Takes the next items: as many as there is room for, but at least one. */
  take({ count, repeats, bytes, overhead }: Room): Taken {
    const items: Item[] = [];
    const unread: Unread[] = [];
    let room = bytes;
    let repeatsLeft = repeats;
    for (const lane of LANES) {
      const limited = isRepeat(lane);
      for (let next = this.first(lane); next !== undefined; next = this.first(lane)) {
        if (items.length >= count || (limited && repeatsLeft <= 0)) break;
        const cost = (next.bytes.length || (next.handle?.bytes ?? 0)) + overhead;
        if (cost > room && items.length > 0) return { items, unread };
        const why = this.#shift(next);
        if (why !== undefined) unread.push({ item: next, why });
        else {
          items.push(next);
          room -= next.bytes.length + overhead;
          if (limited) repeatsLeft--;
        }
      }
    }
    return { items, unread };
  }

  /** Takes all items in memory, in their order. Those that were set aside come last. */
  takeMemory(): Item[] {
    const items: Item[] = [];
    for (const lane of LANES) {
      for (let next = this.#memory.shift(lane); next; next = this.#memory.shift(lane)) {
        items.push(next);
      }
    }
    for (let next = this.#memory.shiftAside(); next; next = this.#memory.shiftAside()) {
      items.push(next);
    }
    return items;
  }

  /**
   * Puts items back where they were taken from. Returns the items for which there is no room any
   * more.
   */
  restore(items: readonly Item[]): readonly Item[] {
    this.#hasUnwritten ||= this.#disk !== undefined && !items.every(isOnDisk);
    return this.#gaveWay(this.#memory.restore(items));
  }

  /** Puts a taken item behind all others. Returns the items for which there is no room any more. */
  setAside(item: Item): readonly Item[] {
    this.#hasUnwritten ||= this.#disk !== undefined && !isOnDisk(item);
    return this.#gaveWay(this.#memory.setAside(item));
  }

  /** The first of the items that were set aside after such refusals. */
  firstAside(refusals: number): Item | undefined {
    return this.#memory.firstAside(refusals);
  }

  /** Takes this item, or the one that was set aside first. */
  takeAside(item?: Item): Item | undefined {
    return this.#memory.shiftAside(item);
  }

  /**
   * Puts the items that were set aside back into their lanes if `which` holds for them. Returns the
   * items for which there is no room any more.
   */
  recall(which: (item: Item) => boolean): readonly Item[] {
    const recalled: Item[] = [];
    for (let left = this.aside; left > 0; left--) {
      const item = this.#memory.shiftAside();
      if (item === undefined) break;
      if (which(item)) recalled.push(item);
      else this.#memory.setAside(item);
    }
    return recalled.length > 0 ? this.restore(recalled) : [];
  }

  /** Removes items from the disk that have arrived or are lost. */
  forget(items: readonly Item[]): void {
    this.#disk?.forget(items);
    this.#memory.release(items);
  }

  /**
   * Ends. Of these items and those on the disk, `left` are the ones that a later process will find.
   * The others are `lost`.
   */
  end(items: readonly Item[]): { readonly left: readonly Item[]; readonly lost: readonly Item[] } {
    const pushedOut = this.#writeByForce(items);
    const { parked, left } = this.#disk?.end() ?? { parked: [], left: 0 };
    const all = [...items, ...pushedOut];
    const written = [...all.filter(isOnDisk), ...parked];
    const late = all.filter((item) => !isOnDisk(item));
    const saved = new Set(late.filter((item) => this.#disk?.leave(item)));
    // Nobody can find a file that was removed.
    return {
      left: [...written.slice(0, left), ...saved],
      lost: [...late.filter((item) => !saved.has(item)), ...written.slice(left)],
    };
  }

  /**
   * Writes those of the items that are not on the disk, the most important first. Returns those that were only
   * there, and had to give way.
   */
  #writeByForce(items: readonly Item[]): readonly Item[] {
    if (this.#disk === undefined) return NONE;
    const out: Item[] = [];
    for (const item of items.toSorted((a, b) => a.lane - b.lane)) {
      if (!isOnDisk(item)) out.push(...this.#disk.appendByForce(item).pushedOut);
    }
    return out;
  }

  /** Takes the first item of its lane. Returns why it could not be read; undefined if it was. */
  #shift(next: Item): Unreadable | undefined {
    if (this.#memory.first(next.lane) === next) {
      this.#memory.shift(next.lane);
      return undefined;
    }
    const why = this.#disk?.fetch(next.lane)?.why;
    if (why === undefined) next.bytes = this.#refresh(next.bytes);
    return why;
  }

  #gaveWay(items: readonly Item[]): readonly Item[] {
    if (items.length === 0 || this.#disk === undefined) return items;
    const lost: Item[] = [];
    for (const item of items) {
      // There may be room on the disk again.
      if (!isOnDisk(item)) this.#disk.append(item);
      if (!isOnDisk(item)) lost.push(item);
      else {
        this.#memory.release([item]);
        // It has its place among the others again.
        item.refusals = 0;
        this.#disk.park(item);
      }
    }
    return lost;
  }
}
