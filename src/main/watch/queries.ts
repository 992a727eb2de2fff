import { read } from '../../lib/safe-read.ts';
import { Begun, failureOf, listenTo } from './begun.ts';
import type { BreadcrumbInput } from '../../event/record.ts';
import type { Scopes } from '../scopes.ts';

/** What a step says of a query besides how it went. */
interface Query {
  readonly message: string;
  readonly data: NonNullable<BreadcrumbInput['data']>;
}

/**
 * Is asked at a query's end, and takes from the channel's message what it needs; what it returns is
 * called when an event needs the step, which for most is never.
 */
export type Describe = (context: object) => () => Query;

/**
 * Remembers each query that a tracing channel of a database's client tells of as a step of the scope
 * in which it was made. Returns what ends it.
 */
export function watchQueries(scopes: Scopes, channel: string, describe: Describe): () => void {
  const begun = new Begun(scopes);

  function end(context: object, error?: string): void {
    const done = begun.end(context);
    if (done === undefined) return;
    done.scope.record(new QueryStep(describe(context), done.duration, error));
  }

  const stops = [
    listenTo({
      [`tracing:${channel}:start`]: (context) => begun.begin(context),
      // Comes first where it failed, and alone where it failed at once.
      [`tracing:${channel}:error`]: (context) => end(context, failureOf(read(context, 'error'))),
      [`tracing:${channel}:asyncEnd`]: (context) => end(context),
    }),
    // A callback is called by the connection, in the scope of whoever opened that.
    scopes.restore(`tracing:${channel}:asyncStart`, (context) => begun.scopeOf(context)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** ErrSight shows the status of a step, and of one that has SQL its name. */
function failed(error: string): NonNullable<BreadcrumbInput['data']> {
  return { name: `failed ${error}`, status: error, error };
}

/** A class: an object with getters of its own takes some microseconds to make. */
class QueryStep implements BreadcrumbInput {
  readonly timestamp: number = Date.now();
  readonly category: string = 'db';
  readonly #query: () => Query;
  readonly #duration: number;
  readonly #error: string | undefined;

  constructor(query: () => Query, duration: number, error: string | undefined) {
    this.#query = query;
    this.#duration = duration;
    this.#error = error;
  }

  get level(): string {
    return this.#error === undefined ? 'info' : 'error';
  }

  get message(): string {
    return this.#query().message;
  }

  get data(): NonNullable<BreadcrumbInput['data']> {
    return {
      ...this.#query().data,
      ...(this.#error !== undefined && failed(this.#error)),
      duration_ms: this.#duration,
    };
  }
}
