import { systemClock, type Clock } from '../../lib/clock.ts';
import { bindHere } from '../../lib/own-context.ts';

/** ms for which a logger is kept after its last event. Delivery takes 2 s if nothing hinders it. */
const KEPT_MS = 30_000;

/**
 * Keeps loggers from being collected while their events are on the way. In all versions of Node,
 * pino terminates the worker of a logger that is collected, and what waits there is lost.
 */
export class Kept {
  readonly #clock: Clock;
  /** The times of their last events. */
  readonly #loggers = new Map<object, number>();
  #isWaiting = false;
  #ms = KEPT_MS;
  /** Starts the timer outside of the request that logs: a timer keeps the scope of its request. */
  readonly #startTimer: () => void;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#startTimer = bindHere(() => {
      clock.setTimer(() => {
        this.#isWaiting = false;
        this.#release();
      }, this.#ms);
    });
  }

  get count(): number {
    return this.#loggers.size;
  }

  keep(logger: object): void {
    this.#loggers.set(logger, this.#clock.now());
    this.#wait(KEPT_MS);
  }

  #wait(ms: number): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#ms = ms;
    this.#startTimer();
  }

  #release(): void {
    const now = this.#clock.now();
    let oldest = Infinity;
    for (const [logger, last] of this.#loggers) {
      if (now - last >= KEPT_MS) this.#loggers.delete(logger);
      else oldest = Math.min(oldest, last);
    }
    if (oldest < Infinity) this.#wait(oldest + KEPT_MS - now);
  }
}
