import type { Clock, Timer } from '../lib/clock.ts';

/** One timer that can be moved. It does not keep the process alive. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #at = 0;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this time of the clock. An earlier `set` no longer counts. */
  set(at: number): void {
    // Most events ask for the same time as the one before.
    if (this.#timer !== undefined && this.#at === at) return;
    this.clear();
    this.#at = at;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.#ring();
    }, at - this.#clock.now());
  }

  clear(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}
