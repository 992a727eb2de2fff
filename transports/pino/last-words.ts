import { systemClock } from '../../src/lib/clock.ts';

/** The most ms per minute for which the thread that logs may wait, since it is blocked meanwhile. */
const MOST_MS = 2_000;
const MINUTE = 60_000;

/**
 * Makes pino wait until a fatal line has arrived. It is used if no code of ours runs on the thread that
 * logs: if a listener for `uncaughtException` throws there, the process ends at once, and this thread with
 * it. pino always waits until a fatal line is read.
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

  /** Notes that there is an event of a fatal line. */
  add(): void {
    this.#isDue = true;
  }

  /** Resolves when that event has arrived; undefined if there is nothing to wait for. */
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
