import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { nameOurs } from '../lib/own-name.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { Scope } from './scope.ts';
import type { Origin } from './origin.ts';
import { ProcessScope } from './process-scope.ts';

/** Which scope is current, across `await`, timers and callbacks. */
export class Scopes {
  static {
    for (const name of ['run', 'runAs', 'mute']) {
      nameOurs(Reflect.get(Scopes.prototype, name) as () => unknown);
    }
  }

  readonly #storage = new AsyncLocalStorage<Scope>();
  /** The scope that holds outside of all others. */
  readonly #root = new ProcessScope();
  /** The scope for our own work. It remembers nothing. */
  readonly #muted = new Scope(0);

  /** Whether our own code is at work. */
  get isMuted(): boolean {
    return this.current() === this.#muted;
  }

  current(): Scope {
    return this.#storage.getStore() ?? this.#root;
  }

  /** The scope of the process. */
  get outside(): Scope {
    return this.#root;
  }

  /** Says whether there are requests. If so, the scope of the process takes no user any more. */
  serve(isServing: boolean): void {
    this.#root.isServing = isServing;
  }

  /**
   * Runs `callback` in a copy of the current scope, with the settings of `given` on top. That is a
   * scope, also one of another copy of this package, or its JSON. `callback` runs whatever `given`
   * is.
   */
  run<T>(callback: (scope: Scope) => T, given?: unknown): T {
    const scope = this.current().fork();
    if (given !== undefined) attempt(() => scope.adopt(toScope(given)));
    return this.#storage.run(scope, callback, scope);
  }

  /** Makes a scope for an origin of its own. */
  begin(origin: Origin): Scope {
    // This can run in the scope of an earlier request on the same connection.
    const around = this.current();
    return (around.origin === undefined ? around : this.#root).fork(origin);
  }

  /** The same, and makes it the current one until the synchronous code ends. */
  enter(origin: Origin): Scope {
    const scope = this.begin(origin);
    this.#storage.enterWith(scope);
    return scope;
  }

  /** Runs `callback` in a scope for an origin of its own. */
  runAs<T>(origin: Origin, callback: (scope: Scope) => T): T {
    const scope = this.begin(origin);
    return this.#storage.run(scope, callback, scope);
  }

  /**
   * Runs `callback` in a scope, unless a scope of the same origin is current already. The name of
   * this method marks our frame if the application and this package are one bundle: see
   * `event/stack/own-frames.ts`.
   */
  errsightWithin<T, Args extends unknown[]>(
    scope: Scope,
    callback: (...args: Args) => T,
    ...args: Args
  ): T {
    return this.current().origin === scope.origin
      ? callback(...args)
      : this.#storage.run(scope, callback, ...args);
  }

  /**
   * Whether a scope of the same origin is current. If no scope is, this one is from here on, until the
   * synchronous code ends.
   */
  enters(scope: Scope): boolean {
    const current = this.#storage.getStore();
    if (current !== undefined) return current.origin === scope.origin;
    this.#storage.enterWith(scope);
    return true;
  }

  /** Wraps the callback. Whoever calls it, it runs in the scope that is current now. */
  bind<This, Args extends unknown[], Result>(
    callback: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result {
    const storage = this.#storage;
    const scope = this.current();
    const wrapper: { readonly errsightBound: (this: This, ...args: Args) => Result } = {
      errsightBound: function (...args) {
        const call = { errsightCall: () => callback.apply(this, args) };
        return storage.run(scope, call.errsightCall);
      },
    };
    return wrapper.errsightBound;
  }

  /** Runs `callback` without recording anything: what it starts is our own work. */
  mute<T>(callback: () => T): T {
    return this.#storage.run(this.#muted, callback);
  }

  /**
   * Runs the code that a channel is published around in the scope that `scopeOf` finds for the
   * message, if it finds one. Returns a function that ends it.
   */
  restore(name: string, scopeOf: (message: object) => Scope | undefined): () => void {
    const around = channel(name);
    around.bindStore(this.#storage, (message) => {
      const scope = isObject(message) ? attempt(() => scopeOf(message)) : undefined;
      return scope ?? this.current();
    });
    return () => void around.unbindStore(this.#storage);
  }
}

/**
 * Makes a scope of what was given. The private fields of another copy's scope cannot be read, so
 * its JSON is used.
 */
function toScope(given: unknown): Scope {
  if (given instanceof Scope) return given;
  const toJSON = isObject(given) ? read(given, 'toJSON') : undefined;
  return Scope.from(typeof toJSON === 'function' ? (toJSON.call(given) as unknown) : given);
}
