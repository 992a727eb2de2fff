import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { nameOurs } from '../lib/own-name.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { Scope, type Origin } from './scope.ts';
import { ProcessScope } from './process-scope.ts';

/** Which scope is current, across `await`, timers and callbacks. */
export class Scopes {
  static {
    for (const name of ['run', 'runAs', 'mute']) {
      nameOurs(Reflect.get(Scopes.prototype, name) as () => unknown);
    }
  }

  readonly #storage = new AsyncLocalStorage<Scope>();
  /** What holds outside of everything else. */
  readonly #root = new ProcessScope();
  /** What holds while we ourselves are at work: it remembers nothing. */
  readonly #muted = new Scope(0);

  /** Whether it is we ourselves who are at work. */
  get isMuted(): boolean {
    return this.current() === this.#muted;
  }

  current(): Scope {
    return this.#storage.getStore() ?? this.#root;
  }

  /** That of the process. */
  get outside(): Scope {
    return this.#root;
  }

  /** Says whether there are requests: then the process's own scope takes no user any more. */
  serve(isServing: boolean): void {
    this.#root.isServing = isServing;
  }

  /**
   * Runs `callback` in a copy of the current scope, with what is set in `given` on top: a scope, also
   * one of another copy of this package, or its JSON. Whatever else it is, `callback` runs.
   */
  run<T>(callback: (scope: Scope) => T, given?: unknown): T {
    const scope = this.current().fork();
    if (given !== undefined) attempt(() => scope.adopt(toScope(given)));
    return this.#storage.run(scope, callback, scope);
  }

  /** Makes a scope for an origin of its own. */
  begin(origin: Origin): Scope {
    // The connection of an earlier request can still be in that one's scope.
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
   * Runs `callback` in a scope, unless it runs in one of the same origin already. The name tells its
   * frame from the application's where both are one bundle: see `event/stack/own-frames.ts`.
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

  /** The callback, to be called in the scope that is current now, whoever calls it. */
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

  /** Runs `callback` where nothing is recorded: what it starts is our own business. */
  mute<T>(callback: () => T): T {
    return this.#storage.run(this.#muted, callback);
  }

  /**
   * Has what a channel is published around run in the scope that `scopeOf` finds for the message, if it
   * finds one. Returns what ends it.
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

/** Of another copy's scope the private fields cannot be read. */
function toScope(given: unknown): Scope {
  if (given instanceof Scope) return given;
  const toJSON = isObject(given) ? read(given, 'toJSON') : undefined;
  return Scope.from(typeof toJSON === 'function' ? (toJSON.call(given) as unknown) : given);
}
