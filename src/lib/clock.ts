import { clearTimeout, setImmediate, setTimeout } from 'node:timers';

/** A pending timer. Its only use is `clearTimer`. */
export type Timer = NodeJS.Timeout | number;

/** Time, as an interface, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since a fixed time in the past. Never goes back. */
  now(): number;
  /**
   * Calls back once after `ms` milliseconds. The timer keeps the process alive only if `ref` is
   * true. It may come too early (see `systemClock`), so check `now()` then.
   */
  setTimer(callback: () => void, ms: number, options?: { readonly ref?: boolean }): Timer;
  /** Does nothing for a timer that has already fired. */
  clearTimer(timer: Timer): void;
  /**
   * Calls back once all that had arrived by now, on connections or from threads, is read. Timers run
   * before that, so one that ends a wait for an answer may find it unread if the thread was busy or
   * the process was stopped.
   */
  onceRead(callback: () => void): void;
}

/** 24.8 days. A longer timeout overflows Node's 32-bit field and fires after 1 ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

// They are read when the module loads. Fake timers that an application's tests install later must
// not stop the delivery of their failures. Not the globals: jsdom replaces those with a browser's,
// which return numbers and stop with the window.
const [startTimer, stopTimer, soon] = [setTimeout, clearTimeout, setImmediate];
// Not `performance`, which Node needs 1 ms to create.
const { hrtime } = process;

/**
 * The machine's clock. It is monotonic, so a correction of the wall clock changes no wait. Timers
 * of more than 24.8 days fire after 24.8 days.
 */
export const systemClock: Clock = {
  now() {
    const [seconds, nanoseconds] = hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  setTimer(callback, ms, options) {
    // Not Math.max(ms, 0), which returns NaN for NaN.
    const timer = startTimer(callback, ms > 0 ? Math.min(Math.ceil(ms), MAX_TIMEOUT_MS) : 0);
    return options?.ref === true ? timer : timer.unref();
  },
  clearTimer(timer) {
    stopTimer(timer);
  },
  onceRead(callback) {
    soon(() => soon(callback));
  },
};
