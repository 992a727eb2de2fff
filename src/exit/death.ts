import { foreignListeners, listen } from './listeners.ts';

/**
 * Calls back when a listener for `uncaughtException` throws. Node ends the process right behind that,
 * with code 7 and without an `exit`. What the listener throws, and how that is printed, is not changed.
 * Returns what ends the watch.
 */
export function watchDeath(onDeath: () => void): () => void {
  return listen('uncaughtExceptionMonitor', () => {
    // Without a listener there is an orderly `exit`.
    if (foreignListeners('uncaughtException') > 0) watchNextEmit(onDeath);
  });
}

/** Node calls the listeners next, by this method: it is replaced for that one call. */
function watchNextEmit(onDeath: () => void): void {
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const emit = Reflect.get(process, 'emit') as (...given: unknown[]) => boolean;
  function watched(this: unknown, ...given: unknown[]): boolean {
    restore();
    let isThrown = true;
    try {
      const result = Reflect.apply(emit, this, given);
      isThrown = false;
      return result;
    } finally {
      // Not caught and thrown again, which would show another line as the one that threw.
      if (isThrown && given[0] === 'uncaughtException') onDeath();
    }
  }
  function restore(): void {
    if (Reflect.get(process, 'emit') !== watched) return;
    if (own === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', own);
  }
  Reflect.defineProperty(process, 'emit', {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  // Where nothing was called: `setUncaughtExceptionCaptureCallback`.
  process.nextTick(restore);
}
