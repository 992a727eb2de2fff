/** ms of a minute. */
const MINUTE = 60_000;

export interface BudgetOptions {
  /** Pauses in a minute. */
  readonly maxPauses: number;
  /** ms of all pauses in a minute. */
  readonly maxMs: number;
  /** ms. */
  readonly now: () => number;
}

/** How often, and for how long, the application is paused in a minute. */
export class Budget {
  readonly #options: BudgetOptions;
  #since = -Infinity;
  #pauses = 0;
  #ms = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Counts a pause that took so many ms. Returns whether there may be another one. */
  spend(ms: number): boolean {
    const { now, maxPauses, maxMs } = this.#options;
    if (now() - this.#since >= MINUTE) {
      this.#since = now();
      this.#pauses = 0;
      this.#ms = 0;
    }
    this.#pauses += 1;
    this.#ms += ms;
    return this.#pauses < maxPauses && this.#ms < maxMs;
  }

  /** ms until the current minute is over. */
  get rest(): number {
    return Math.max(0, this.#since + MINUTE - this.#options.now());
  }
}
