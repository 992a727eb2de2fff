import { clearTimeout, setTimeout } from 'node:timers';

/** A pending timer; only good for `clearTimer`. */
export type Timer = NodeJS.Timeout | number;

/** Time, behind an interface so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds from a fixed point in the past; never goes back. */
  now(): number;
  /**
   * Calls back once after `ms` milliseconds. The timer does not keep the process alive unless
   * `ref` is true. It may come early (see `systemClock`), so look at `now()` again.
   */
  setTimer(callback: () => void, ms: number, options?: { readonly ref?: boolean }): Timer;
  /** Does nothing for a timer that has already fired. */
  clearTimer(timer: Timer): void;
}

/** A longer timeout overflows Node's 32 bit field and fires after 1 ms. It is 24.8 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

// Taken when the module loads: fake timers that an application's tests install later must not stop
// the delivery of their own failures. Not the global ones: those of jsdom are a browser's, whose timers
// are numbers, and stop with its window.
const [startTimer, stopTimer] = [setTimeout, clearTimeout];
// Not `performance`, which takes Node 1 ms to make.
const { hrtime } = process;

/**
 * The clock of the machine. Monotonic, so that a correction of the wall clock neither hastens nor
 * delays anything. Timers of more than 24.8 days fire after 24.8 days.
 */
export const systemClock: Clock = {
  now() {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  setTimer(callback, ms, options) {
    // Not Math.max(ms, 0), which would let NaN through.
    const timer = startTimer(callback, ms > 0 ? Math.min(Math.ceil(ms), MAX_TIMEOUT_MS) : 0);
    return options?.ref === true ? timer : timer.unref();
  },
  clearTimer(timer) {
    stopTimer(timer);
  },
};
