import { watchEmit } from './process-emit.ts';

/**
 * Calls back when a listener for `uncaughtException` or `uncaughtExceptionMonitor` throws. Node ends the
 * process right behind that, with code 7 and without an `exit`. What the listener throws, and how that is
 * printed, is not changed. Returns what ends the watch.
 */
export function watchDeath(onDeath: () => void): () => void {
  /** Whether Node has just told of an error that nobody caught: others may emit the event as well. */
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
