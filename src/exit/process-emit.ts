import { hide } from '../lib/safe-read.ts';
import { shared } from '../lib/shared-use.ts';

/** Sees the events of the process before the application's listeners do. */
export interface EmitWatch {
  /** Is called before any listener. */
  before?(event: unknown, first: unknown): void;
  /** Is called after all, or when one has thrown. The error still goes to the emitter's caller. */
  after?(event: unknown, hasThrown: boolean): void;
}

const watches = new Set<EmitWatch>();

/**
 * Watches `process.emit`, since only there can we see an event before its listeners, and that a
 * listener threw. Changes nothing that is called, returned or thrown. Returns a function that ends
 * the watch.
 */
export function watchEmit(watch: EmitWatch): () => void {
  watches.add(watch);
  const release = replaceEmit();
  return () => {
    watches.delete(watch);
    release();
  };
}

const replaceEmit = shared(() => {
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const inherited = (): unknown =>
    own === undefined ? Reflect.get(Object.getPrototypeOf(process) as object, 'emit') : own.value;
  let isActive = true;

  // Frames with this name are left out of stacks. It is a property, whose name survives
  // minification.
  const wrapper: { readonly errsightEmit: (this: unknown, ...given: unknown[]) => unknown } = {
    errsightEmit: function (...given) {
      if (!isActive) return Reflect.apply(inherited() as () => unknown, this, given);
      for (const watch of watches) watch.before?.(given[0], given[1]);
      let hasThrown = true;
      try {
        const result: unknown = Reflect.apply(inherited() as () => unknown, this, given);
        hasThrown = false;
        return result;
      } finally {
        // Not with `catch` and `throw`: Node would show our line as the one that threw.
        for (const watch of watches) watch.after?.(given[0], hasThrown);
      }
    },
  };

  hide(process, 'emit', wrapper.errsightEmit);
  return () => {
    isActive = false;
    // Somebody may have replaced `emit` after us, with a function that calls ours.
    if (Object.getOwnPropertyDescriptor(process, 'emit')?.value !== wrapper.errsightEmit) return;
    if (own === undefined) delete (process as Partial<NodeJS.Process>).emit;
    else Object.defineProperty(process, 'emit', own);
  };
});
