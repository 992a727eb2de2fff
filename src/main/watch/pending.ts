import { systemClock } from '../../lib/clock.ts';
import { isAlone } from '../reporters.ts';
import { processState } from '../state.ts';
import type { Done } from './begun.ts';
import type { Scope } from '../scope.ts';
import type { Scopes } from '../scopes.ts';

/**
 * The most queries that are remembered by a number or a text. The oldest are forgotten, since some
 * never end.
 */
const MOST = 1_000;

/** Queries in progress, like `Begun`, for clients that report the end with another object. */
export class Pending<T> {
  readonly #scopes: Scopes;
  readonly #all = new Map<
    unknown,
    { readonly scope: Scope; readonly at: number; readonly what: T }
  >();

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /** The current scope. Undefined if nobody wants steps. */
  get scope(): Scope | undefined {
    return isAlone(processState()) ? undefined : this.#scopes.current();
  }

  begin(key: unknown, what: T): void {
    const { scope } = this;
    if (scope === undefined) return;
    this.#all.set(key, { scope, at: systemClock.now(), what });
    if (this.#all.size > MOST) this.#all.delete(this.#all.keys().next().value);
  }

  /** Ends it. Undefined if it was ended already, or began before anybody watched. */
  end(key: unknown): (Done & { readonly what: T }) | undefined {
    const begun = this.#all.get(key);
    if (begun === undefined) return undefined;
    this.#all.delete(key);
    const { scope, at, what } = begun;
    return { scope, what, duration: Math.round(systemClock.now() - at) };
  }
}
