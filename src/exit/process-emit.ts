import { shared } from '../lib/shared-use.ts';

/** Sees the events of the process, as those listeners of the application's do that come first. */
export interface EmitWatch {
  /** Before any listener is called. */
  before?(event: unknown, first: unknown): void;
  /** A listener has thrown, which goes on to whoever has emitted the event. */
  thrown?(event: unknown): void;
}

const watches = new Set<EmitWatch>();

/**
 * Watches `process.emit`: some of what Node tells comes with an event only, and of a listener that throws
 * nobody else hears. Changes nothing of what is called, returned and thrown. Returns what ends it.
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

  // By its name it is left out of stacks, and that of a property stays where code is minified.
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
        // Not caught and thrown again, which would show another line as the one that threw.
        if (hasThrown) for (const watch of watches) watch.thrown?.(given[0]);
      }
    },
  };

  Object.defineProperty(process, 'emit', {
    value: wrapper.errsightEmit,
    writable: true,
    configurable: true,
  });
  return () => {
    isActive = false;
    // Somebody who came later may have put another one before it, which calls it.
    if (Object.getOwnPropertyDescriptor(process, 'emit')?.value !== wrapper.errsightEmit) return;
    if (own === undefined) delete (process as Partial<NodeJS.Process>).emit;
    else Object.defineProperty(process, 'emit', own);
  };
});
