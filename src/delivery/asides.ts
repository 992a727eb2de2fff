import { pauseMs } from './backoff.ts';
import type { Item } from './item.ts';
import type { Ledger } from './ledger.ts';
import type { Store } from './store.ts';

/**
 * Events that somebody between us and ErrSight refuses, such as a firewall that dislikes a text.
 * Nobody but ErrSight may reject an event, so they are kept.
 *
 * One that was refused alone is a suspect: it goes behind the others. Once others pass it is tried
 * again in its place, since it may only have been the first in an outage. Refused alone a second
 * time, it is kept aside, told of, and tried again after 1, 2, 4 and at last 10 minutes.
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

  /** When one of those that are kept is tried again. */
  get nextAt(): number {
    return this.#store.aside > 0 ? this.#nextAt : Infinity;
  }

  /** Whether this request is such a try. */
  static isTry(items: readonly Item[]): boolean {
    return (items[0]?.refusals ?? 0) >= 2;
  }

  /** This one was refused alone. Returns what has no place any more. */
  add(item: Item, now: number, reason: string): readonly Item[] {
    item.refusals += 1;
    if (item.refusals >= 2) {
      this.#nextAt = now + pauseMs(++this.#tries);
      if (item.refusals === 2) {
        this.#ledger.giveUpHope([item]);
        this.#ledger.say(
          `something between here and ErrSight refuses an event (${reason}) and lets others pass; it is kept, and tried again later`,
        );
      }
    }
    return this.#store.setAside(item);
  }

  /** Others have passed: who was only suspected is tried again. Returns what has no place any more. */
  passed(items: readonly Item[], now: number): readonly Item[] {
    if (Asides.isTry(items)) {
      this.#tries = 0;
      this.#nextAt = now;
    }
    return this.#store.aside === 0 ? [] : this.#store.recall(({ refusals }) => refusals < 2);
  }

  /** Nothing else is left to try, so nobody knows whether others would pass. */
  retrySuspects(): readonly Item[] {
    return this.#store.recall((item) => {
      if (item.refusals >= 2) return false;
      item.refusals = 0;
      return true;
    });
  }
}
