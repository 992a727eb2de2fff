import { watchEmit } from './process-emit.ts';

/**
 * Calls back before the listeners for `exit` run, and after that: when all have run, when one has
 * thrown, or when one calls `process.exit`, which ends the process at once then. Returns a function
 * that ends the watch.
 */
export function watchExitListeners(onBegin: () => void, onOver: () => void): () => void {
  let restore: (() => void) | undefined;
  const end = (): void => {
    restore?.();
    restore = undefined;
    onOver();
  };
  const stop = watchEmit({
    before(event) {
      const host = process as unknown as { reallyExit: (...given: unknown[]) => unknown };
      const { reallyExit } = host;
      // Without it we would not learn of a `process.exit`. It is where Node lets others step in.
      if (event !== 'exit' || restore !== undefined || typeof reallyExit !== 'function') return;
      host.reallyExit = (...given) => {
        end();
        return Reflect.apply(reallyExit, process, given);
      };
      restore = () => {
        host.reallyExit = reallyExit;
      };
      onBegin();
    },
    after(event) {
      if (event === 'exit') end();
    },
  });
  return () => {
    stop();
    if (restore !== undefined) end();
  };
}
