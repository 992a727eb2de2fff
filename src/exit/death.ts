import { watchEmit } from './process-emit.ts';

export interface Crash {
  /** Called with an error that nobody has caught, before any listener gets it. */
  readonly onUncaught: () => void;
  /**
   * Called when a listener for `uncaughtException` or `uncaughtExceptionMonitor` throws. Node then
   * ends the process at once, with code 7 and without `exit`.
   */
  readonly onDeath: () => void;
}

/**
 * Calls back when the process may end because of an error. What listeners throw, and how Node prints
 * it, does not change. Returns a function that ends the watch.
 */
export function watchCrash({ onUncaught, onDeath }: Crash): () => void {
  /** Whether Node itself has just emitted an uncaught error. Other code may emit the event too. */
  let isUncaught = false;
  return watchEmit({
    before(event) {
      // If no listener takes it, Node turns it into an uncaught error, unless its options say
      // otherwise.
      if (event === 'unhandledRejection' && process.listenerCount(event) > 0) onUncaught();
      if (event !== 'uncaughtExceptionMonitor') return;
      onUncaught();
      isUncaught = true;
      process.nextTick(() => (isUncaught = false));
    },
    after(event, hasThrown) {
      if (!isUncaught || !hasThrown) return;
      if (event === 'uncaughtException' || event === 'uncaughtExceptionMonitor') onDeath();
    },
  });
}
