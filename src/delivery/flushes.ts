import type { Clock, Timer } from '../lib/clock.ts';

interface Waiter {
  /** It waits for the items up to this number. */
  readonly upTo: number;
  /** When it has waited long enough, by the clock. */
  readonly until: number;
  /** Whether one of them was lost. */
  lost: boolean;
  readonly settle: (delivered: boolean) => void;
}

/**
 * Those who wait for delivery. A loss is told to every flush that covers the item, or, if none is
 * waiting, to the next one; so an item that was lost just before `flush()` is not passed over, and
 * one that was lost an hour ago does not make every later flush fail.
 */
export class Flushes {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #untold = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Resolves with whether all items up to the number `upTo` were delivered, once `settle` said that
   * they are settled; with false after `deadlineMs` milliseconds. Keeps the process alive until then.
   */
  wait(upTo: number, deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        upTo,
        until: this.#clock.now() + deadlineMs,
        lost: this.#untold,
        settle: (delivered) => {
          this.#clock.clearTimer(timer);
          this.#waiters.delete(waiter);
          resolve(delivered);
        },
      };
      const timer: Timer = this.#clock.setTimer(() => waiter.settle(false), deadlineMs, {
        ref: true,
      });
      this.#untold = false;
      this.#waiters.add(waiter);
    });
  }

  /** The item with this number is lost. */
  lost(seq: number): void {
    let told = false;
    for (const waiter of this.#waiters) {
      if (waiter.upTo < seq) continue;
      waiter.lost = true;
      told = true;
    }
    if (!told) this.#untold = true;
  }

  /** All items before this number are delivered or lost. */
  settle(oldestSeq: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.upTo < oldestSeq) waiter.settle(!waiter.lost);
    }
  }

  /** Nothing happens before `at`: whoever would not wait so long need not wait at all. */
  idleUntil(at: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.until < at) waiter.settle(false);
    }
  }

  /** Whatever is left will not be delivered from here. */
  abandon(): void {
    for (const waiter of this.#waiters) waiter.settle(false);
  }
}
