import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { systemClock } from '../../lib/clock.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import type { Scope } from '../scope.ts';
import type { Scopes } from '../scopes.ts';

/** What is over: where it was begun, and how long it took. */
export interface Done {
  readonly scope: Scope;
  /** ms */
  readonly duration: number;
}

/**
 * Requests and queries that are on their way, each with the scope in which it was begun: its answer
 * comes by a connection, which others have opened and use as well.
 */
export class Begun {
  readonly #scopes: Scopes;
  readonly #begun = new WeakMap<
    object,
    { readonly scope: Scope; readonly at: number; over: boolean }
  >();

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /** The first time counts. */
  begin(what: object): void {
    if (this.#begun.has(what)) return;
    this.#begun.set(what, { scope: this.#scopes.current(), at: systemClock.now(), over: false });
  }

  /** Where it was begun. */
  scopeOf(what: object): Scope | undefined {
    return this.#begun.get(what)?.scope;
  }

  /** Undefined where its end has been told already, or it was begun before anybody watched. */
  end(what: object): Done | undefined {
    const begun = this.#begun.get(what);
    if (begun === undefined || begun.over) return undefined;
    begun.over = true;
    return { scope: begun.scope, duration: Math.round(systemClock.now() - begun.at) };
  }
}

/**
 * Listens to channels. What a listener throws would end the process, so nothing is; others publish
 * there what they like. Returns what ends it.
 */
export function listenTo(listeners: Readonly<Record<string, (message: object) => void>>) {
  const all = Object.entries(listeners).map(([name, listener]) => {
    const guarded = (message: unknown): void => {
      if (!isObject(message)) return;
      try {
        listener(message);
      } catch {
        // Others publish what they like.
      }
    };
    subscribe(name, guarded);
    return [name, guarded] as const;
  });
  return (): void => {
    for (const [name, guarded] of all) unsubscribe(name, guarded);
  };
}

const WORD = /^[A-Z][A-Z0-9_]{1,60}$/;
/** A word, or as of SQL's states, `23505`. */
const CODE = /^[A-Z\d][A-Z\d_]{1,60}$/;

/** What kind of failure it was, in a word; its message may hold what was sent. */
export function failureOf(error: unknown): string {
  if (!isObject(error)) return 'Error';
  const [code, name, message] = ['code', 'name', 'message'].map((key) => read(error, key));
  if (typeof code === 'string' && CODE.test(code)) return code;
  // Redis begins its messages with one: `WRONGTYPE Operation against …`.
  const word = typeof message === 'string' ? /^\S{1,61}/.exec(message)?.[0] : undefined;
  if (word !== undefined && WORD.test(word)) return word;
  return typeof name === 'string' ? name : 'Error';
}
