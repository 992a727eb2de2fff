import type { Clock, Timer } from '../lib/clock.ts';

interface Waiter {
  /** It waits for the items up to this number; Infinity: for those that come meanwhile too. */
  readonly upTo: number;
  /** When it has waited long enough, by the clock. */
  readonly until: number;
  /** How many of them have no fate yet. */
  open: number;
  /** Whether one of them did not arrive. */
  failed: boolean;
  readonly end: (delivered: boolean) => void;
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
   * Resolves with whether the items up to the number `upTo` were delivered, `open` of which have no
   * fate yet; with false after `deadlineMs` milliseconds. Keeps the process alive until then.
   */
  wait(upTo: number, open: number, deadlineMs: number): Promise<boolean> {
    const failed = this.#untold;
    this.#untold = false;
    if (open === 0) return Promise.resolve(!failed);
    return new Promise((resolve) => {
      const end = (delivered: boolean): void => {
        this.#clock.clearTimer(timer);
        this.#waiters.delete(waiter);
        resolve(delivered);
      };
      const timer: Timer = this.#clock.setTimer(() => end(false), deadlineMs, { ref: true });
      const waiter = { upTo, until: this.#clock.now() + deadlineMs, open, failed, end };
      this.#waiters.add(waiter);
    });
  }

  /** One more item has come. */
  came(): void {
    for (const waiter of this.#waiters) if (waiter.upTo === Infinity) waiter.open += 1;
  }

  /** The item with this number has a fate. */
  over(seq: number, delivered: boolean): void {
    const told = this.#tell(seq, delivered);
    if (!told && !delivered) this.#untold = true;
  }

  /** The item with this number has none, but is not worth waiting for. */
  hopeless(seq: number): void {
    this.#tell(seq, false);
  }

  #tell(seq: number, delivered: boolean): boolean {
    let told = false;
    for (const waiter of this.#waiters) {
      if (waiter.upTo < seq) continue;
      waiter.open -= 1;
      waiter.failed ||= !delivered;
      told = true;
    }
    return told;
  }

  /** Has those go who wait for nothing any more. */
  release(): void {
    for (const waiter of this.#waiters) if (waiter.open <= 0) waiter.end(!waiter.failed);
  }

  /** Nothing happens before `at`: whoever would not wait so long need not wait at all. */
  idleUntil(at: number): void {
    for (const waiter of this.#waiters) if (waiter.until < at) waiter.end(false);
  }

  /** Whatever is left will not be delivered from here. */
  abandon(): void {
    for (const waiter of this.#waiters) waiter.end(false);
  }
}
