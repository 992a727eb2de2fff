import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { isAlone } from '../reporters.ts';
import { processState } from '../state.ts';
import { listenOn, watchClient } from './emitters.ts';
import { describeQuery, tracedQuery, type Method } from './pg-query.ts';
import { bindPool, looksLike } from './pools.ts';
import { watchQueries } from './queries.ts';
import type { Scopes } from '../scopes.ts';

/** A watch over a pool, on or ended. */
interface Watch {
  isOn: boolean;
}

/** The watch of each client whose own `query` is ours. */
const watches = new WeakMap<object, { watch: Watch }>();

/**
 * Whether a call of a watched client is in progress. What the channel publishes meanwhile is
 * recorded already.
 */
let isCalling = false;

/**
 * @internal Remembers the queries of pg as steps, in versions that publish them: their text with
 * `?` in place of every value. Returns a function that ends it.
 */
export function watchPg(scopes: Scopes): () => void {
  return watchQueries(scopes, 'pg:query', (context) => describeQuery(read(context, 'query')), {
    isWanted: () => !isCalling,
  });
}

/** See `uses.ts`. */
export function watchPool(pool: object): () => void {
  const expected = { what: 'a pool or a client of pg', methods: ['on', 'off', 'connect', 'query'] };
  return watchClient(pool, expected, (given) => {
    const watch: Watch = { isOn: true };
    // A query that waits for a client gets it in the scope of the code that gives one back.
    const unbind = bindPool(given, processState().scopes);
    const isPool = typeof read(given, 'totalCount') === 'number';
    if (!isPool) take(given, watch);
    const stop = isPool
      ? listenOn(given, { acquire: (client) => take(client, watch) })
      : (): void => undefined;
    return () => {
      watch.isOn = false;
      stop();
      unbind();
    };
  });
}

function take(client: unknown, watch: Watch): void {
  if (!isObject(client)) return;
  const known = watches.get(client);
  if (known !== undefined) {
    known.watch = watch;
    return;
  }
  const state = { watch };
  const own = Object.getOwnPropertyDescriptor(client, 'query');
  if (own?.get !== undefined || typeof read(client, 'query') !== 'function') return;
  // Looked up at each call, since somebody may replace the method of the class.
  const query = (): Method =>
    (own?.value ?? Reflect.get(Object.getPrototypeOf(client) as object, 'query')) as Method;
  function watched(this: unknown, ...args: unknown[]): unknown {
    if (!state.watch.isOn || isAlone(processState())) return Reflect.apply(query(), this, args);
    const around = isCalling;
    isCalling = true;
    try {
      return tracedQuery(processState().scopes, query(), this, args);
    } finally {
      isCalling = around;
    }
  }
  const isSet = attempt(() =>
    Object.defineProperty(client, 'query', {
      configurable: true,
      writable: true,
      value: looksLike(watched, query()),
    }),
  );
  if (isSet !== undefined) watches.set(client, state);
}
