import { attempt } from '../../lib/safe-read.ts';
import { CONSOLE_METHODS, type ConsoleMethod } from '../../options/console.ts';

/** Called with each call, before the console writes anything. */
export type ConsoleListener = (method: ConsoleMethod, args: readonly unknown[]) => void;

type Method = (...args: unknown[]) => unknown;

/** What replaces a method of the console. */
interface Wrapper {
  readonly original: PropertyDescriptor;
  readonly method: Method;
}

/**
 * Sees what is written to the console of this thread, and changes nothing of it. Each method gets
 * the `this` and the arguments of the call, keeps its properties, and can be wrapped by others,
 * before and after. If others have wrapped our function, it stays in place when nobody listens any
 * more, and does nothing.
 *
 * `console.trace` is not among the methods: it prints its own stack, which would show our frames.
 * It ends up in `console.error`, as `table` and `count` end up in `log`, and `assert` in `warn`.
 */
export class ConsoleWatch {
  readonly #listeners = new Set<ConsoleListener>();
  readonly #wrappers = new Map<ConsoleMethod, Wrapper>();
  #isBusy = false;

  /** Adds a listener. Returns a function that removes it. */
  use(listener: ConsoleListener): () => void {
    // A function of its own, since the same one may be given twice.
    const own: ConsoleListener = (method, args) => listener(method, args);
    this.#listeners.add(own);
    for (const name of CONSOLE_METHODS) this.#wrap(name);
    return () => {
      if (!this.#listeners.delete(own) || this.#listeners.size > 0) return;
      for (const name of CONSOLE_METHODS) this.#unwrap(name);
    };
  }

  #wrap(name: ConsoleMethod): void {
    const descriptor = Object.getOwnPropertyDescriptor(console, name);
    const known = this.#wrappers.get(name);
    // Our function is still there, or somebody has wrapped it and so still calls it.
    if (known !== undefined && descriptor?.value !== known.original.value) return;
    const original = descriptor?.value as unknown;
    if (descriptor === undefined || typeof original !== 'function') return;
    const method = new Proxy(original as Method, {
      apply: (target, self, args: unknown[]) => {
        this.#tell(name, args);
        return Reflect.apply(target, self, args);
      },
    });
    const isSet = attempt(() => {
      Object.defineProperty(console, name, { ...descriptor, value: method });
      return true;
    });
    if (isSet === true) this.#wrappers.set(name, { original: descriptor, method });
  }

  #unwrap(name: ConsoleMethod): void {
    const wrapper = this.#wrappers.get(name);
    const now = Object.getOwnPropertyDescriptor(console, name);
    if (wrapper === undefined || now?.value !== wrapper.method) return;
    attempt(() => {
      // Only the function is put back: somebody may have changed the other attributes of the
      // property.
      Object.defineProperty(console, name, { ...now, value: wrapper.original.value as unknown });
      this.#wrappers.delete(name);
    });
  }

  #tell(name: ConsoleMethod, args: readonly unknown[]): void {
    // What a listener writes, or a hook that it calls, is not told to the listeners.
    if (this.#isBusy || this.#listeners.size === 0) return;
    this.#isBusy = true;
    for (const listener of this.#listeners) attempt(() => listener(name, args));
    this.#isBusy = false;
  }
}
