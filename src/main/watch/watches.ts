import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { watchHttp } from './http.ts';
import { watchMysql } from './mysql.ts';
import { watchPg } from './pg.ts';
import { watchPools } from './pools.ts';
import { watchRedis } from './redis.ts';
import { watchRequests } from '../requests/watch.ts';
import { shared, type Use } from '../../lib/shared-use.ts';
import type { TrackConfig } from '../../options/config.ts';
import type { Scopes } from '../scopes.ts';
import type { ProcessState } from '../state.ts';

type Kind = keyof TrackConfig;

/** What is watched in a process, each as long as anybody wants it. */
const WATCHES: Readonly<Record<Kind, (scopes: Scopes) => () => void>> = {
  requestScopes: (scopes) => {
    const stops = [watchRequests(scopes), watchPools(scopes), watchConnections(scopes)];
    return () => {
      for (const stop of stops) stop();
    };
  },
  httpBreadcrumbs: watchHttp,
  redisBreadcrumbs: watchRedis,
  mysqlBreadcrumbs: watchMysql,
  pgBreadcrumbs: watchPg,
};

/**
 * The channel on which Node publishes each connection to any server of this thread: http, http2,
 * and others.
 */
const CONNECTION = 'net.server.socket';

/** Tells the scopes that there are requests, also if those have no scope of their own. */
function watchConnections(scopes: Scopes): () => void {
  const onConnection = (): void => scopes.serve(true);
  subscribe(CONNECTION, onConnection);
  // Bun and Deno don't publish connections. What a program sets while it starts belongs to the
  // process; later there may be requests.
  if (process.versions['bun'] !== undefined || process.versions['deno'] !== undefined) {
    setImmediate(onConnection).unref();
  }
  // `next dev` loads `instrumentation.ts`, and with it this, when the first request is there already.
  if (process.env['NEXT_RUNTIME'] !== undefined) onConnection();
  return () => {
    unsubscribe(CONNECTION, onConnection);
    scopes.serve(false);
  };
}

/** Watches each thing once, however many clients and loggers there are. */
export class Watches {
  readonly #uses: readonly (readonly [kind: Kind, use: Use])[];

  constructor(scopes: Scopes) {
    this.#uses = (Object.keys(WATCHES) as Kind[]).map((kind) => [
      kind,
      shared(() => WATCHES[kind](scopes)),
    ]);
  }

  /** Starts what is wanted. Returns a function that ends it, unless others want it too. */
  start(wanted: TrackConfig): () => void {
    const stops = this.#uses.filter(([kind]) => wanted[kind]).map(([, use]) => use());
    return () => {
      for (const stop of stops) stop();
    };
  }
}

/** The watches of the process. */
export function watchesOf(state: ProcessState): Watches {
  state.watches ??= new Watches(state.scopes);
  return state.watches;
}
