import { attempt, numberAt, read, readAt } from '../../lib/safe-read.ts';
import { isAlone } from '../reporters.ts';
import { processState } from '../state.ts';
import { watchClient } from './emitters.ts';
import { queryStep, sqlQuery } from './query-step.ts';
import type { Dialect } from '../../event/scrub/sql.ts';

/**
 * The engine that reports a query in the context of its call: Prisma without its Rust engine, the
 * default from version 7 on.
 */
const IN_CONTEXT = 'ClientEngine';

/** See `uses.ts`. */
export function watchPrisma(client: object): () => void {
  const expected = { what: 'a `PrismaClient`', methods: ['$on'] };
  return watchClient(client, expected, (prisma) => {
    const { scopes } = processState();
    let isWatched = true;
    const listener = (event: unknown): void => {
      if (!isWatched || isAlone(processState())) return;
      const [text, duration] = [readAt(event, 'query'), numberAt(event, 'duration')];
      const ms = duration === undefined ? undefined : Math.round(duration);
      const scope = readAt(event, 'target') === IN_CONTEXT ? scopes.current() : scopes.outside;
      scope.record(queryStep(sqlQuery(text, 'prisma', dialectOf(text)), ms));
    };
    const on = read(prisma, '$on') as (...args: unknown[]) => unknown;
    Reflect.apply(on, prisma, ['query', (event: unknown) => attempt(() => listener(event))]);
    // Prisma has no way to remove a listener.
    return () => {
      isWatched = false;
    };
  });
}

/** The dialect of a query. For MongoDB the text is a call of its shell, with JSON in it. */
function dialectOf(text: unknown): Dialect {
  if (typeof text !== 'string') return 'other';
  if (text.startsWith('db.')) return 'mysql';
  return text.includes('`') ? 'sqlite' : 'other';
}
