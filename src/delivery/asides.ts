import { pauseMs } from './backoff.ts';
import { KEPT, SUSPECT, type Item } from './item.ts';
import type { Ledger } from './ledger.ts';
import type { Store } from './store.ts';

/**
 * Events that a firewall or a proxy before ErrSight refuses, for example because of a text. Only
 * ErrSight itself may reject an event, so these are kept.
 *
 * An event that was refused alone is a suspect, and waits behind all others. If nothing has passed
 * before, it may only have been the first in an outage: once others pass it is back in its old
 * place. If others passed before, it is tried again alone when no other event is due. If it is
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

  /** The event that may be tried again now. `isIdle`: no other event is due. */
  next(now: number, isIdle: boolean): Item | undefined {
    return (
      (this.#nextAt <= now ? this.#store.firstAside(KEPT) : undefined) ??
      (isIdle ? this.#store.firstAside(SUSPECT) : undefined)
    );
  }

  /** When the next event that was set aside is tried again, if no other event is due. */
  get nextAt(): number {
    if (this.#store.firstAside(SUSPECT) !== undefined) return -Infinity;
    return this.#store.firstAside(KEPT) === undefined ? Infinity : this.#nextAt;
  }

  /**
   * Adds an event that was refused alone. `isUp`: others pass. Returns the items for which there is
   * no room any more.
   */
  add(item: Item, now: number, reason: string, isUp: boolean): readonly Item[] {
    const { refusals } = item;
    item.refusals = refusals > 0 ? KEPT : isUp ? SUSPECT : 1;
    if (refusals > 0) {
      this.#nextAt = now + pauseMs(++this.#tries);
      if (refusals < KEPT) {
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
    if (items[0]?.refusals === KEPT) {
      this.#tries = 0;
      this.#nextAt = now;
    }
    return this.#store.aside === 0 ? [] : this.#store.recall(({ refusals }) => refusals < SUSPECT);
  }

  /**
   * Only suspects are left, so those are tried again that were refused while nothing passed. Returns
   * the items for which there is no room any more.
   */
  retrySuspects(): readonly Item[] {
    return this.#store.recall((item) => {
      if (item.refusals >= SUSPECT) return false;
      item.refusals = 0;
      return true;
    });
  }
}
