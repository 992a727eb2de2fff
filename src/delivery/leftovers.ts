import type { Item, Kind } from './item.ts';
import type { Ledger } from './ledger.ts';
import type { Store } from './store.ts';
import type { Verdicts } from './verdicts.ts';

/** What became of the item, by its index; undefined if it is not known to have arrived. */
export type FateOf = (index: number, item: Item) => 'delivered' | 'rejected' | undefined;

export interface LeftoversOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly verdicts: Verdicts;
}

const NONE: ReturnType<Store['end']> = { left: [], lost: [] };

/**
 * What a batcher has not delivered when it ends. Either it is given up, or another thread sends it
 * and tells what became of it.
 */
export class Leftovers {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #verdicts: Verdicts;
  /** How many items were handed over, and are with whoever sends them. */
  #handedOver = 0;
  /** Those that came back without having arrived while others were still away. */
  #returned: Item[] = [];

  constructor({ store, ledger, verdicts }: LeftoversOptions) {
    this.#store = store;
    this.#ledger = ledger;
    this.#verdicts = verdicts;
  }

  /** How many items were handed over and have no fate yet. */
  get handedOver(): number {
    return this.#handedOver + this.#returned.length;
  }

  /** Hands over what waits, the most important first. `inFlight` are the items of a request that was aborted. */
  handOver(inFlight: readonly Item[]): readonly Item[] {
    const lost = this.#store.restore(inFlight);
    const remaining = this.#store.takeMemory();
    this.#handedOver = remaining.length;
    // This process may never learn what becomes of them.
    this.#ledger.stopWaitingFor(remaining);
    this.#verdicts.gaveWay(lost);
    return remaining;
  }

  /** Accepts an event that came later. The caller settles it too. */
  accept(bytes: Buffer, kind: Kind): Item {
    this.#handedOver++;
    return this.#ledger.accept(bytes, kind);
  }

  /**
   * Settles what was handed over. `why` says why ErrSight could not read the rejected ones. Returns
   * how many others are lost.
   *
   * A custom transport may capture an event, which is handed over and settled while the others are
   * still away. The store ends with the last of them, since it can forget nothing after that.
   */
  settle(taken: readonly Item[], fateOf: FateOf, why?: string): number {
    const { delivered, rejected, others } = this.#sort(taken, fateOf);
    this.#returned.push(...others);
    const isLast = this.#handedOver === 0;
    const { left, lost } = isLast ? this.#store.end(this.#returned.splice(0)) : NONE;
    this.#ledger.settleAll(
      [
        [delivered, 'delivered'],
        [rejected, 'rejected'],
        [left, 'left'],
        [lost, 'shutdown'],
      ],
      why,
    );
    return lost.length;
  }

  /** Takes out what waits, until `takeBack`. */
  lend(): readonly Item[] {
    const items = this.#store.takeMemory();
    this.#handedOver += items.length;
    return items;
  }

  /** Settles what `lend` has lent. What is not known to have arrived waits again. */
  takeBack(lent: readonly Item[], fateOf: FateOf, why?: string): void {
    const { delivered, rejected, others } = this.#sort(lent, fateOf);
    for (const item of others) item.wasSent = item.mayBeStored = true;
    const lost = this.#store.restore(others);
    this.#ledger.settleAll(
      [
        [delivered, 'delivered'],
        [rejected, 'rejected'],
      ],
      why,
    );
    this.#verdicts.gaveWay(lost);
  }

  /** Gives up what waits and these items. Returns how many did not arrive. */
  giveUp(inFlight: readonly Item[]): number {
    const { left, lost } = this.#store.end([...inFlight, ...this.#store.takeMemory()]);
    this.#ledger.settleAll([
      [left, 'left'],
      [lost, 'shutdown'],
    ]);
    return left.length + lost.length;
  }

  /** Says which of the items have which fate, and forgets those that have one. */
  #sort(
    items: readonly Item[],
    fateOf: FateOf,
  ): Record<'delivered' | 'rejected' | 'others', readonly Item[]> {
    // Each fate is asked for once, since another thread may change the answer.
    const fates = items.map((item, index) => fateOf(index, item));
    const ofFate = (fate: ReturnType<FateOf>): Item[] =>
      items.filter((_item, index) => fates[index] === fate);
    const [delivered, rejected] = [ofFate('delivered'), ofFate('rejected')];
    this.#store.forget([...delivered, ...rejected]);
    this.#handedOver -= items.length;
    return { delivered, rejected, others: ofFate(undefined) };
  }
}
