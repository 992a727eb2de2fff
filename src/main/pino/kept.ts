import { systemClock, type Clock } from '../../lib/clock.ts';
import { bindHere } from '../../lib/own-context.ts';

/** ms for which a logger is kept at least after its last event. Delivery takes 2 s if nothing hinders it. */
const KEPT_MS = 30_000;

/**
 * Keeps loggers from being collected while their events are on the way. In all versions of Node,
 * pino terminates the worker of a logger that is collected, and what waits there is lost.
 */
export class Kept {
  /** Those with an event since the timer began, and those with their last one before. */
  #loggers = new Set<object>();
  #older: ReadonlySet<object> = new Set();
  #isWaiting = false;
  /** Starts the timer outside of the request that logs: a timer keeps the scope of its request. */
  readonly #startTimer: () => void;

  constructor(clock: Clock = systemClock) {
    this.#startTimer = bindHere(() => {
      clock.setTimer(() => this.#release(), KEPT_MS);
    });
  }

  get count(): number {
    return new Set([...this.#older, ...this.#loggers]).size;
  }

  /** Asks no clock, since each event calls this. */
  keep(logger: object): void {
    this.#loggers.add(logger);
    this.#wait();
  }

  #wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#startTimer();
  }

  #release(): void {
    this.#isWaiting = false;
    this.#older = this.#loggers;
    this.#loggers = new Set();
    if (this.#older.size > 0) this.#wait();
  }
}
