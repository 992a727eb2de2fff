import { read } from '../../lib/safe-read.ts';
import { withoutLiterals } from '../../event/scrub/sql.ts';
import { cut, ownCopy } from '../../lib/text.ts';
import { Begun, listenTo } from './begun.ts';
import { watchQueries, type Describe } from './queries.ts';
import type { Scopes } from '../scopes.ts';

const POOL = 'tracing:mysql2:pool:connect';

/** UTF-16 units of a query that are kept: more than ErrSight's page shows. */
const QUERY = 2_000;
/** ErrSight's pages show `sql` in its place; only the fix prompt quotes so much of it. */
const MESSAGE = 160;

/**
 * Remembers the queries of mysql2 (3.20 and later) as steps: their text with `?` in place of every
 * value. Returns what ends it.
 */
export function watchMysql(scopes: Scopes): () => void {
  const waiting = new Begun(scopes);
  const stops = [
    watchQueries(scopes, 'mysql2:query', describe),
    watchQueries(scopes, 'mysql2:execute', describe),
    // Who waits for a connection gets it from whoever gives one back, in that one's scope: there its
    // query would be a step of another request.
    listenTo({ [`${POOL}:start`]: (context) => waiting.begin(context) }),
    scopes.restore(`${POOL}:asyncStart`, (context) => waiting.scopeOf(context)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function describe(context: object): ReturnType<Describe> {
  const query = read(context, 'query');
  const text = typeof query === 'string' ? query : '';
  // The text of `query()` has the values in it, of megabytes perhaps: what is kept is a copy.
  const kept = text.length > QUERY ? cut(ownCopy(text.slice(0, QUERY + 1)), QUERY) : text;
  return () => {
    const sql = withoutLiterals(kept);
    return { message: cut(sql, MESSAGE), data: { sql, name: 'mysql' } };
  };
}
