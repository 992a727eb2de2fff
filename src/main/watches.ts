import { watchHttp } from './http-crumbs.ts';
import { watchMysql } from './mysql-crumbs.ts';
import { watchRedis } from './redis-crumbs.ts';
import { watchRequests } from './requests.ts';
import type { TrackConfig } from '../options.ts';
import type { Scopes } from './scopes.ts';

type Kind = keyof TrackConfig;

/** What is watched in a process, each for as long as anybody wants it. */
const WATCHES: Readonly<Record<Kind, (scopes: Scopes) => () => void>> = {
  requestScopes: watchRequests,
  httpBreadcrumbs: watchHttp,
  redisBreadcrumbs: watchRedis,
  mysqlBreadcrumbs: watchMysql,
};

/** Watches each thing once, however many clients and loggers there are. */
export class Watches {
  readonly #scopes: Scopes;
  readonly #running = new Map<Kind, { users: number; readonly stop: () => void }>();

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  /** Starts what is wanted. Returns what ends it, unless others want it too. */
  start(wanted: TrackConfig): () => void {
    const kinds = (Object.keys(WATCHES) as Kind[]).filter((kind) => wanted[kind]);
    for (const kind of kinds) this.#use(kind);
    let started = true;
    return () => {
      if (started) for (const kind of kinds) this.#leave(kind);
      started = false;
    };
  }

  #use(kind: Kind): void {
    let watch = this.#running.get(kind);
    if (watch === undefined) {
      watch = { users: 0, stop: WATCHES[kind](this.#scopes) };
      this.#running.set(kind, watch);
    }
    watch.users += 1;
  }

  #leave(kind: Kind): void {
    const watch = this.#running.get(kind);
    if (watch === undefined) return;
    watch.users -= 1;
    if (watch.users > 0) return;
    this.#running.delete(kind);
    watch.stop();
  }
}
