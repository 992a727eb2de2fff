import type { Clock } from '../lib/clock.ts';
import type { Relayed } from '../relayed.ts';
import type { Receipt } from './item.ts';

/** Waits for the fate of certain items, whatever else is being sent. */
export class Receipts {
  readonly #clock: Clock;
  #open = 0;
  #fate: Relayed = 'delivered';
  #settle: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes the receipt of one more item. */
  next(): Receipt {
    this.#open += 1;
    return (fate) => {
      this.#open -= 1;
      // `pending` counts more than `lost`, since another try may succeed.
      if (this.#fate === 'delivered' || fate === 'pending') this.#fate = fate;
      if (this.#open === 0) this.#settle?.();
    };
  }

  /**
   * Resolves with one word for all items; with `pending` after `timeout` ms. Keeps the process
   * alive until then.
   */
  async settled(timeout: number): Promise<Relayed> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(resolve, timeout, { ref: true });
        this.#settle = () => {
          this.#clock.clearTimer(timer);
          resolve();
        };
      });
    }
    return this.#open > 0 ? 'pending' : this.#fate;
  }
}
