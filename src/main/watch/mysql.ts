import { read } from '../../lib/safe-read.ts';
import { Begun, listenTo } from './begun.ts';
import { watchQueries } from './queries.ts';
import { sqlQuery, type Query } from './query-step.ts';
import type { Scopes } from '../scopes.ts';

const POOL = 'tracing:mysql2:pool:connect';

/**
 * Remembers the queries of mysql2 (3.20 and later) as steps: their text with `?` in place of every
 * value. Returns a function that ends it.
 */
export function watchMysql(scopes: Scopes): () => void {
  const waiting = new Begun(scopes);
  const stops = [
    watchQueries(scopes, 'mysql2:query', describe),
    watchQueries(scopes, 'mysql2:execute', describe),
    // A query that waits for a connection gets it in the scope of the code that gives one back.
    // Without this it would be a step of another request.
    listenTo({ [`${POOL}:start`]: (context) => waiting.begin(context) }),
    scopes.restore(`${POOL}:asyncStart`, (context) => waiting.scopeOf(context)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function describe(context: object): Query {
  return sqlQuery(read(context, 'query'), 'mysql', 'mysql');
}
