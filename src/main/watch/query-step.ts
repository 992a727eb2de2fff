import { withoutLiterals, type Dialect } from '../../event/scrub/sql.ts';
import { cut, ownCopy } from '../../lib/text.ts';
import type { BreadcrumbInput } from '../../event/record.ts';

/**
 * What a step says of a query, apart from its result. It is called when an event needs the step,
 * which for most is never.
 */
export type Query = () => {
  /** The query without its values. ErrSight shows it in place of a message. */
  readonly sql: string;
  /** What the client is for: ErrSight shows 14 characters. */
  readonly name: string;
  readonly more?: Readonly<Record<string, unknown>>;
};

/** The most UTF-16 units of a query that are kept: more than ErrSight's page shows. */
const QUERY = 2_000;
/**
 * The most UTF-16 units of the message. ErrSight's pages show `sql` instead; only the fix prompt
 * quotes this much of the message.
 */
const MESSAGE = 160;

/** A text of SQL with `?` in place of every value. */
export function sqlQuery(text: unknown, name: string, dialect: Dialect): Query {
  const sql = typeof text === 'string' ? text : '';
  // The query may contain values of megabytes, so a short copy is kept.
  const kept = sql.length > QUERY ? cut(ownCopy(sql.slice(0, QUERY + 1)), QUERY) : sql;
  return () => ({ sql: withoutLiterals(kept, dialect), name });
}

/**
 * The step of a query of any database, for the view that ErrSight has of SQL. `duration` in ms; `error` is
 * the word that `failureOf` finds, if it failed.
 */
export function queryStep(
  query: Query,
  duration: number | undefined,
  error?: string,
): BreadcrumbInput {
  return new QueryStep(query, duration, error);
}

/** A class, since an object literal with getters takes some microseconds to make. */
class QueryStep implements BreadcrumbInput {
  readonly timestamp: number = Date.now();
  readonly category: string = 'db';
  readonly #query: Query;
  readonly #duration: number | undefined;
  readonly #error: string | undefined;

  constructor(query: Query, duration: number | undefined, error: string | undefined) {
    this.#query = query;
    this.#duration = duration;
    this.#error = error;
  }

  get level(): string {
    return this.#error === undefined ? 'info' : 'error';
  }

  get message(): string {
    return cut(this.#query().sql, MESSAGE);
  }

  get data(): NonNullable<BreadcrumbInput['data']> {
    const { sql, name, more } = this.#query();
    return {
      sql,
      name,
      ...more,
      ...(this.#error !== undefined && failed(this.#error)),
      duration_ms: this.#duration,
    };
  }
}

/** ErrSight shows the status of a step, but of a step with SQL its name. */
function failed(error: string): NonNullable<BreadcrumbInput['data']> {
  return { name: `failed ${error}`, status: error, error };
}
