import { systemClock } from '../../src/lib/clock.ts';

/** The most ms per minute for which the thread that logs may wait, since it is blocked meanwhile. */
const MOST_MS = 2_000;
const MINUTE = 60_000;

/**
 * Makes pino wait until a fatal line has arrived. It is used while no code of ours watches the end of
 * the thread that logs: if a listener for `uncaughtException` throws there, the process ends at once, and
 * this thread with it. pino always waits until a fatal line is read.
 *
 *   the only target   its stream says that it is full until the line has arrived
 *   among several     pino asks no stream whether it is full, so the whole thread waits
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
    const began = this.#now();
    const left = this.#leftAt(began);
    if (left <= 0) return undefined;
    return this.#flush(left).then(() => {
      this.#spent += this.#now() - began;
    });
  }

  /** Calls `send`, which blocks this thread for so many ms at most, if there is such an event. */
  block(send: (ms: number) => void): void {
    const began = this.#now();
    const left = this.#leftAt(began);
    if (left <= 0) return;
    send(left);
    this.#spent += this.#now() - began;
  }

  /** The ms for which pino may wait now; 0 if there is nothing to wait for. */
  #leftAt(now: number): number {
    if (!this.#isDue) return 0;
    this.#isDue = false;
    if (now >= this.#minute + MINUTE) {
      this.#minute = now;
      this.#spent = 0;
    }
    return MOST_MS - this.#spent;
  }
}
