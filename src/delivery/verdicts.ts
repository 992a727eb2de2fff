import type { Asides } from './asides.ts';
import type { Item } from './item.ts';
import type { Ledger } from './ledger.ts';
import { inWords, type Outcome } from './outcome.ts';
import type { Verdict } from './policy.ts';
import type { Store, Unread } from './store.ts';

export interface VerdictsOptions {
  readonly store: Store;
  readonly asides: Asides;
  readonly ledger: Ledger;
  /** Makes an event smaller. Returns undefined if it can't. */
  readonly shrink: (bytes: Buffer) => Buffer | undefined;
}

/** Does with the items of a request what the policy has decided: settles them or puts them back. */
export class Verdicts {
  readonly #store: Store;
  readonly #asides: Asides;
  readonly #ledger: Ledger;
  readonly #shrink: (bytes: Buffer) => Buffer | undefined;

  constructor({ store, asides, ledger, shrink }: VerdictsOptions) {
    this.#store = store;
    this.#asides = asides;
    this.#ledger = ledger;
    this.#shrink = shrink;
  }

  /** Carries out the verdict on a request's items. `outcome` explains it in messages. */
  carryOut(verdict: Verdict['items'], items: readonly Item[], outcome: Outcome, now: number): void {
    const [first] = items;
    switch (verdict) {
      case 'delivered': {
        this.#store.forget(items);
        const lost = this.#asides.passed(items, now);
        this.#ledger.settle(items, 'delivered');
        this.gaveWay(lost);
        break;
      }
      case 'again': {
        const lost = this.#store.restore(items);
        this.gaveWay(lost);
        this.#ledger.retried(items.length, inWords(outcome));
        break;
      }
      case 'shrink':
        if (first && !this.#shrunk(first)) this.#setAside(first, now, inWords(outcome));
        break;
      case 'suspect':
      case 'aside':
        if (first) this.#setAside(first, now, inWords(outcome), verdict === 'aside');
        break;
      case 'rejected':
        this.#store.forget(items);
        this.#ledger.settle(items, 'rejected', inWords(outcome));
        break;
    }
  }

  /** Makes an item smaller that does not fit into a request, or drops it. */
  tooLarge(item: Item): void {
    if (!this.#shrunk(item)) this.#lose(item, 'rejected');
  }

  /** Settles items for which there is no room, neither in memory nor in the spool. */
  gaveWay(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#store.forget(items);
    this.#ledger.settle(items, 'queue_full');
  }

  /** Settles items that the spool could not read back. */
  settleUnread(unread: readonly Unread[]): void {
    const because = (reason: Unread['why']): Item[] =>
      unread.filter(({ why }) => why === reason).map(({ item }) => item);
    this.#ledger.settleAll(
      [
        [because('too_old'), 'too_old'],
        [because('unreadable'), 'internal_error'],
      ],
      'it can no longer be read from the disk',
    );
  }

  /**
   * Makes the item smaller and puts it back. Returns false if it can't be made smaller. An item
   * whose shrinking fails is lost, which returns true.
   */
  #shrunk(item: Item): boolean {
    let bytes: Buffer | undefined;
    try {
      bytes = this.#shrink(item.bytes);
    } catch {
      this.#lose(item, 'internal_error');
      return true;
    }
    // An item that is no smaller would be refused again and again.
    if (bytes === undefined || bytes.length >= item.bytes.length) return false;
    item.bytes = bytes;
    this.gaveWay(this.#store.restore([item]));
    return true;
  }

  #lose(item: Item, fate: 'rejected' | 'internal_error'): void {
    this.#store.forget([item]);
    this.#ledger.settle([item], fate);
  }

  /** A proxy or firewall refuses this one, so others are tried first. */
  #setAside(item: Item, now: number, reason: string, isUp = false): void {
    this.gaveWay(this.#asides.add(item, now, reason, isUp));
    this.#ledger.retried(1, reason);
  }
}
