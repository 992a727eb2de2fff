import type { Counters } from '../stats.ts';
import { type Item, type Kind, Queue, type QueueBounds } from './queue.ts';
import type { Spool } from './spool/spool.ts';

/** What became of the item at an index; undefined if it did not arrive, for all that is known. */
export type FateOf = (index: number) => 'delivered' | 'rejected' | undefined;

export interface BacklogOptions extends QueueBounds {
  readonly counters: Counters;
  /** Where events lie on the disk as well, if they do. */
  readonly spool?: Spool | undefined;
  /** Brings an event up to date that may have lain on the disk for days. */
  readonly refresh?: (bytes: Buffer) => Buffer;
}

/**
 * What waits to be sent: in memory, and with a spool on the disk as well, or, when memory is full, on
 * the disk only. What was found on the disk counts as accepted from then on.
 */
export class Backlog extends Queue {
  readonly #spool: Spool | undefined;
  readonly #counters: Counters;
  readonly #refresh: (bytes: Buffer) => Buffer;
  /** The number for the next event that comes back from the disk. */
  #oldSeq = -Number.MAX_SAFE_INTEGER;
  #isClosed = false;

  constructor(options: BacklogOptions) {
    super(options);
    this.#spool = options.spool;
    this.#counters = options.counters;
    this.#refresh = options.refresh ?? ((bytes) => bytes);
  }

  /** Calls back when there is something on the disk that others left. */
  start(onFound: () => void): void {
    this.#spool?.start((count) => {
      this.#counters.accepted += count;
      this.#countDropped();
      onFound();
    });
  }

  /** How many events lie on the disk only. */
  get spooled(): number {
    return this.#isClosed ? this.#counters.left : (this.#spool?.parked ?? 0);
  }

  /** Adds an event, on the disk first. Returns what gave way to it in memory. */
  override push(bytes: Buffer, kind: Kind, at: number): readonly Item[] {
    if (this.#spool === undefined) return super.push(bytes, kind, at);
    return super.push(bytes, { ...kind, handle: this.#spool.append(kind.lane, bytes) }, at);
  }

  /** These give way: they stay on the disk, if they are there. Returns those that are not. */
  park(items: readonly Item[]): readonly Item[] {
    for (const { handle } of items) if (handle !== undefined) this.#spool?.park(handle);
    this.release(items.filter(({ handle }) => handle !== undefined));
    return items.filter(({ handle }) => handle === undefined);
  }

  /** These have arrived, or are lost: nobody is to send them again. */
  forget(items: readonly Item[]): void {
    this.#spool?.forget(items.flatMap(({ handle }) => handle ?? []));
    this.release(items);
  }

  /**
   * Brings back what lies on the disk only, when fewer than `count` events wait in memory. Returns
   * what has to give way for it.
   */
  refill(count: number, bytes: number, at: number): readonly Item[] {
    if (this.#spool === undefined || this.length >= count || this.#spool.parked === 0) return [];
    const items = this.#spool.unpark(count, bytes).map(({ handle, lane, bytes: raw }): Item => ({
      bytes: this.#refresh(raw),
      lane,
      handle,
      at,
      // Older than all that came since: who waits for delivery waits for these too.
      seq: this.#oldSeq++,
    }));
    this.restore(items);
    this.#countDropped();
    return this.trim();
  }

  /** The lowest number that waits, in memory or on the disk. */
  override get oldestSeq(): number {
    return this.spooled > 0 && !this.#isClosed ? -Infinity : super.oldestSeq;
  }

  /** Leaves on the disk what lies there. Returns which of the items do not, and so are lost. */
  end(items: readonly Item[]): readonly Item[] {
    if (!this.#isClosed) this.#counters.leave(this.#spool?.close() ?? 0);
    this.#isClosed = true;
    return items.filter(({ handle }) => handle === undefined);
  }

  /** Counts items that somebody else was to deliver, and ends. Returns how many of them are lost. */
  settle(taken: readonly Item[], fateOf: FateOf): number {
    return this.#counters.together(() => this.#settle(taken, fateOf));
  }

  #settle(taken: readonly Item[], fateOf: FateOf): number {
    const ofFate = (fate: ReturnType<FateOf>): Item[] =>
      taken.filter((_item, index) => fateOf(index) === fate);
    const delivered = ofFate('delivered');
    const rejected = ofFate('rejected');
    this.#counters.deliver(delivered.length);
    this.#counters.drop('rejected', rejected.length);
    this.forget([...delivered, ...rejected]);
    const lost = this.end(ofFate(undefined)).length;
    this.#counters.drop('shutdown', lost);
    return rejected.length + lost;
  }

  #countDropped(): void {
    const { tooOld, unreadable } = this.#spool?.takeDropped() ?? { tooOld: 0, unreadable: 0 };
    this.#counters.together(() => {
      this.#counters.drop('too_old', tooOld);
      this.#counters.drop('internal_error', unreadable);
    });
  }
}
