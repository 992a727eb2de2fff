import { read } from '../event/guarded.ts';
import { Begun, failureOf, listenTo } from './begun.ts';
import type { BreadcrumbInput } from '../event/record.ts';
import type { Scopes } from './scopes.ts';

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
    const query = describe(context);
    const { duration } = done;
    done.scope.record({
      timestamp: Date.now(),
      category: 'db',
      level: error === undefined ? 'info' : 'error',
      get message() {
        return query().message;
      },
      get data() {
        return { ...query().data, ...(error !== undefined && { error }), duration_ms: duration };
      },
    });
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
