import { pauseMs } from './backoff.ts';
import type { Item } from './item.ts';
import type { Ledger } from './ledger.ts';
import type { Store } from './store.ts';

/**
 * Events that a firewall or a proxy before ErrSight refuses, for example because of a text. Only
 * ErrSight itself may reject an event, so these are kept.
 *
 * An event that was refused alone is a suspect, and waits behind all others. Once others pass it is
 * tried again in its old place, since it may only have been the first in an outage. If it is
 * refused alone again it is set aside, with a line on stderr. Then it is tried again after 1, 2, 4,
 * 8 and at last every 10 minutes.
 */
export class Asides {
  readonly #store: Store;
  readonly #ledger: Ledger;
  #tries = 0;
  #nextAt = Infinity;

  constructor(store: Store, ledger: Ledger) {
    this.#store = store;
    this.#ledger = ledger;
  }

  /** When the next event that was set aside is tried again. */
  get nextAt(): number {
    return this.#store.aside > 0 ? this.#nextAt : Infinity;
  }

  /** Whether this request is a try of an event that was set aside. */
  static isTry(items: readonly Item[]): boolean {
    return (items[0]?.refusals ?? 0) >= 2;
  }

  /**
   * Adds an event that was refused alone. Returns the items for which there is no room any more.
   */
  add(item: Item, now: number, reason: string): readonly Item[] {
    item.refusals += 1;
    if (item.refusals >= 2) {
      this.#nextAt = now + pauseMs(++this.#tries);
      if (item.refusals === 2) {
        this.#ledger.stopWaitingFor([item]);
        this.#ledger.say(
          `something between here and ErrSight refuses an event (${reason}) and lets others pass; it is kept, and tried again later`,
        );
      }
    }
    return this.#store.setAside(item);
  }

  /**
   * Other events have passed, so suspects are tried again. Returns the items for which there is no
   * room any more.
   */
  passed(items: readonly Item[], now: number): readonly Item[] {
    if (Asides.isTry(items)) {
      this.#tries = 0;
      this.#nextAt = now;
    }
    return this.#store.aside === 0 ? [] : this.#store.recall(({ refusals }) => refusals < 2);
  }

  /**
   * Only suspects are left, so they are tried again. Returns the items for which there is no room
   * any more.
   */
  retrySuspects(): readonly Item[] {
    return this.#store.recall((item) => {
      if (item.refusals >= 2) return false;
      item.refusals = 0;
      return true;
    });
  }
}
