import { readAt, textAt } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { failureOf } from './begun.ts';
import { listenOn, watchClient } from './emitters.ts';
import { Pending } from './pending.ts';
import { queryStep, sqlQuery, type Query } from './query-step.ts';
import type { Dialect } from '../../event/scrub/sql.ts';

/** See `uses.ts`. */
export function watchKnex(knex: object): () => void {
  const expected = { what: 'an instance of knex', methods: ['on', 'off', 'raw'] };
  return watchClient(knex, expected, (instance) => {
    const dialect = dialectOf(instance);
    const pending = new Pending<Query>(processState().scopes);
    function end(query: unknown, error?: string): void {
      const done = pending.end(readAt(query, '__knexQueryUid'));
      done?.scope.record(queryStep(done.what, done.duration, error));
    }
    return listenOn(instance, {
      query: (query) => {
        const [said, id] = [
          sqlQuery(readAt(query, 'sql'), 'knex', dialect),
          readAt(query, '__knexQueryUid'),
        ];
        if (typeof id === 'string') pending.begin(id, said);
        // BEGIN, COMMIT and ROLLBACK: knex does not report their end.
        else pending.scope?.record(queryStep(said, undefined));
      },
      'query-response': (_response, query) => end(query),
      'query-error': (error, query) => end(query, failureOf(error)),
    });
  });
}

function dialectOf(instance: object): Dialect {
  const name = textAt(instance, 'client', 'dialect') ?? '';
  if (name === 'mysql') return 'mysql';
  return name.includes('sqlite') ? 'sqlite' : 'other';
}
