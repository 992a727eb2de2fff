import { watchEmit } from './process-emit.ts';

/**
 * Calls back when a listener for `uncaughtException` or `uncaughtExceptionMonitor` throws. Node
 * then ends the process at once, with code 7 and without `exit`. What the listener throws, and how
 * Node prints it, does not change. Returns a function that ends the watch.
 */
export function watchDeath(onDeath: () => void): () => void {
  /** Whether Node itself has just emitted an uncaught error. Other code may emit the event too. */
  let isUncaught = false;
  return watchEmit({
    before(event) {
      if (event !== 'uncaughtExceptionMonitor') return;
      isUncaught = true;
      process.nextTick(() => (isUncaught = false));
    },
    thrown(event) {
      if (!isUncaught) return;
      if (event === 'uncaughtException' || event === 'uncaughtExceptionMonitor') onDeath();
    },
  });
}
