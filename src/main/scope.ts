import { AsyncLocalStorage } from 'node:async_hooks';
import { Ring } from '../event/breadcrumbs.ts';
import { attempt, isObject, keysOf, read } from '../event/guarded.ts';
import type { Breadcrumb, User } from '../event/event.ts';
import type { LevelName } from '../options.ts';
import type { Context, TagValue } from '../event/record.ts';

/** The most that ErrSight keeps on one event. */
const CRUMBS = 50;

/**
 * What is known at some point of the program: goes with every event captured there. A scope made by
 * `withScope` starts as a copy of the one around it, and what is set in it is gone when it ends.
 */
export class Scope {
  #user: User | null | undefined;
  #tags: Record<string, TagValue> = {};
  #metadata: Record<string, unknown> = {};
  #fingerprint: string | readonly string[] | undefined;
  #level: LevelName | undefined;
  #crumbs: Ring<Breadcrumb> = new Ring(CRUMBS);

  /** Who is using the application; null for nobody. */
  setUser(user: User | null): this {
    this.#user = user === null ? null : copyOf(user);
    return this;
  }

  setTag(key: string, value: TagValue): this {
    this.#tags = attempt(() => ({ ...this.#tags, [key]: value })) ?? this.#tags;
    return this;
  }

  setTags(tags: Readonly<Record<string, TagValue>>): this {
    this.#tags = { ...this.#tags, ...copyOf(tags) };
    return this;
  }

  /** Adds details to the metadata of events. */
  setMetadata(metadata: Readonly<Record<string, unknown>>): this {
    this.#metadata = { ...this.#metadata, ...copyOf(metadata) };
    return this;
  }

  /** Replaces ErrSight's grouping; undefined gives it back. */
  setFingerprint(fingerprint: string | readonly string[] | undefined): this {
    this.#fingerprint = fingerprint;
    return this;
  }

  /** Replaces the level of events; undefined gives it back. */
  setLevel(level: LevelName | undefined): this {
    this.#level = level;
    return this;
  }

  /** Forgets everything, breadcrumbs too. */
  clear(): this {
    this.#user = undefined;
    this.#tags = {};
    this.#metadata = {};
    this.#fingerprint = undefined;
    this.#level = undefined;
    this.#crumbs.clear();
    return this;
  }

  /** @internal */
  record(crumb: Breadcrumb): void {
    this.#crumbs.push(crumb);
  }

  /** @internal Oldest first. */
  trail(): Breadcrumb[] {
    return this.#crumbs.toArray();
  }

  /** @internal */
  context(): Context {
    return {
      tags: this.#tags,
      metadata: this.#metadata,
      ...(this.#user !== undefined && { user: this.#user }),
      ...(this.#fingerprint !== undefined && { fingerprint: this.#fingerprint }),
      ...(this.#level !== undefined && { level: this.#level }),
    };
  }

  /** @internal A copy; setters replace what they change, so sharing it is safe. */
  fork(): Scope {
    const child = new Scope();
    child.#user = this.#user;
    child.#tags = this.#tags;
    child.#metadata = this.#metadata;
    child.#fingerprint = this.#fingerprint;
    child.#level = this.#level;
    for (const crumb of this.#crumbs.toArray()) child.#crumbs.push(crumb);
    return child;
  }
}

/** What a caller gave, as far as it can be read: a setter does not throw. */
function copyOf<T extends object>(given: T): T {
  if (!isObject(given)) return {} as T;
  return Object.fromEntries(keysOf(given).map((key) => [key, read(given, key)])) as T;
}

/** Which scope is current, across `await`, timers and callbacks. */
export class ScopeStorage {
  readonly #storage = new AsyncLocalStorage<Scope>();
  /** What holds outside of every `withScope`. */
  readonly #root = new Scope();

  current(): Scope {
    return this.#storage.getStore() ?? this.#root;
  }

  run<T>(callback: (scope: Scope) => T): T {
    const scope = this.current().fork();
    return this.#storage.run(scope, callback, scope);
  }
}
