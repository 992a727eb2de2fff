import type { Clock, Timer } from '../lib/clock.ts';

interface Waiter {
  /** It waits for the items up to this number. Infinity: also for those that come meanwhile. */
  readonly upTo: number;
  /** When it gives up, in ms of the clock. */
  readonly until: number;
  /** How many of these items have no fate yet. */
  open: number;
  /** Whether one of these items did not arrive. */
  failed: boolean;
  readonly end: (delivered: boolean) => void;
}

/**
 * The flushes that wait for delivery. A loss makes every waiting flush fail that covers the item.
 * If none waits, only the next one fails. So an item that was lost just before `flush()` is not
 * missed, and one that was lost an hour ago does not make every later flush fail.
 */
export class Flushes {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  #untold = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many flushes wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /**
   * Resolves with whether all items up to the number `upTo` were delivered; with false after
   * `deadlineMs` milliseconds. `open` is how many of them have no fate yet. Keeps the process alive
   * until then.
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
      const late = (): void => this.#clock.onceRead(() => end(false));
      const timer: Timer = this.#clock.setTimer(late, deadlineMs, { ref: true });
      const waiter = { upTo, until: this.#clock.now() + deadlineMs, open, failed, end };
      this.#waiters.add(waiter);
    });
  }

  /** Counts a new item. */
  added(): void {
    for (const waiter of this.#waiters) if (waiter.upTo === Infinity) waiter.open += 1;
  }

  /** Counts an item that has its fate now. */
  settled(seq: number, delivered: boolean): void {
    const told = this.#tell(seq, delivered);
    if (!told && !delivered) this.#untold = true;
  }

  /** The item with this number has no fate, but no flush waits for it any more. */
  giveUp(seq: number): void {
    this.#tell(seq, false);
  }

  /** An item that no flush waited for any more is lost. */
  lost(seq: number): void {
    const isCovered = [...this.#waiters].some(({ upTo }) => upTo >= seq);
    if (!isCovered) this.#untold = true;
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

  /** Resolves the flushes whose items all have a fate. */
  release(): void {
    for (const waiter of this.#waiters) if (waiter.open <= 0) waiter.end(!waiter.failed);
  }

  /** Nothing will be sent before `at`. So a flush that ends before then resolves with false now. */
  idleUntil(at: number): void {
    for (const waiter of this.#waiters) if (waiter.until < at) waiter.end(false);
  }

  /** Nothing more will be sent. All flushes resolve with false. */
  abandon(): void {
    for (const waiter of this.#waiters) waiter.end(false);
  }
}
