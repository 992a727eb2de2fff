import { systemClock } from '../../src/lib/clock.ts';

/** ms for which the thread that logs waits in a minute: it is blocked meanwhile. */
const MOST_MS = 2_000;
const MINUTE = 60_000;

/**
 * Has pino wait until a fatal line has arrived, where nobody on its thread hears how that ends: if a
 * listener for `uncaughtException` throws, the process is gone at once, and this thread with it. pino
 * waits behind a fatal line in any case, until that is read.
 */
export class LastWords {
  readonly #flush: (ms: number) => Promise<boolean>;
  readonly #now: () => number;
  #isDue = false;
  #minute = -Infinity;
  #spent = 0;

  constructor(
    flush: (ms: number) => Promise<boolean>,
    now: () => number = () => systemClock.now(),
  ) {
    this.#flush = flush;
    this.#now = now;
  }

  /** There is an event of a fatal line. */
  add(): void {
    this.#isDue = true;
  }

  /** Resolves when it has arrived; undefined where there is nothing to wait for. */
  arrived(): Promise<void> | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    const began = this.#now();
    if (began >= this.#minute + MINUTE) {
      this.#minute = began;
      this.#spent = 0;
    }
    const left = MOST_MS - this.#spent;
    if (left <= 0) return undefined;
    return this.#flush(left).then(() => {
      this.#spent += this.#now() - began;
    });
  }
}
