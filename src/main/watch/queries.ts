import { read } from '../../lib/safe-read.ts';
import { Begun, failureOf, listenTo } from './begun.ts';
import { queryStep, type Query } from './query-step.ts';
import type { Scopes } from '../scopes.ts';

/** Called at a query's end. Takes what it needs from the channel's message. */
export type Describe = (context: object) => Query;

/**
 * Remembers each query that a database client publishes on a tracing channel, as a step of the
 * scope in which it was made. Returns a function that ends it.
 */
export function watchQueries(
  scopes: Scopes,
  channel: string,
  describe: Describe,
  { isWanted = () => true }: { readonly isWanted?: (context: object) => boolean } = {},
): () => void {
  const begun = new Begun(scopes);

  function end(context: object, error?: string): void {
    const done = begun.end(context);
    if (done === undefined) return;
    done.scope.record(queryStep(describe(context), done.duration, error));
  }

  const stops = [
    listenTo({
      [`tracing:${channel}:start`]: (context) => {
        if (isWanted(context)) begun.begin(context);
      },
      // Comes first if the query failed, and alone if it failed at once.
      [`tracing:${channel}:error`]: (context) => end(context, failureOf(read(context, 'error'))),
      [`tracing:${channel}:asyncEnd`]: (context) => end(context),
    }),
    // The connection calls a callback in the scope of the code that opened it.
    scopes.restore(`tracing:${channel}:asyncStart`, (context) => begun.scopeOf(context)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
