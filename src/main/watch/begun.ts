import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { systemClock } from '../../lib/clock.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import type { Scope } from '../scope.ts';
import type { Scopes } from '../scopes.ts';

/** A finished operation: the scope that it began in, and how long it took. */
export interface Done {
  readonly scope: Scope;
  /** ms */
  readonly duration: number;
}

/**
 * Requests and queries in progress, each with the scope in which it began. The answer comes by a
 * connection that others have opened and use too.
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

  /** Remembers the start of an operation. Only the first call counts. */
  begin(what: object): void {
    if (this.#begun.has(what)) return;
    this.#begun.set(what, { scope: this.#scopes.current(), at: systemClock.now(), over: false });
  }

  /** The scope in which it began. */
  scopeOf(what: object): Scope | undefined {
    return this.#begun.get(what)?.scope;
  }

  /** Ends it. Undefined if it was ended already, or began before anybody watched. */
  end(what: object): Done | undefined {
    const begun = this.#begun.get(what);
    if (begun === undefined || begun.over) return undefined;
    begun.over = true;
    return { scope: begun.scope, duration: Math.round(systemClock.now() - begun.at) };
  }
}

/**
 * Listens to channels. An error of a listener would end the process, so all are caught: others may
 * publish any message there. Returns a function that ends it.
 */
export function listenTo(listeners: Readonly<Record<string, (message: object) => void>>) {
  const all = Object.entries(listeners).map(([name, listener]) => {
    const guarded = (message: unknown): void => {
      if (!isObject(message)) return;
      try {
        listener(message);
      } catch {
        // The message has another form than ours.
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
/** A word, or a state of SQL such as `23505`. */
const CODE = /^[A-Z\d][A-Z\d_]{1,60}$/;

/** The kind of a failure, in one word. Its message may hold data that was sent. */
export function failureOf(error: unknown): string {
  if (!isObject(error)) return 'Error';
  const [code, name, message] = ['code', 'name', 'message'].map((key) => read(error, key));
  if (typeof code === 'string' && CODE.test(code)) return code;
  // Redis begins its messages with such a word: `WRONGTYPE Operation against …`.
  const word = typeof message === 'string' ? /^\S{1,61}/.exec(message)?.[0] : undefined;
  if (word !== undefined && WORD.test(word)) return word;
  return typeof name === 'string' ? name : 'Error';
}
