/** The streams of one project's queue. */
export interface Streams {
  /** Fatal errors, and what a process has not seen before. */
  readonly urgent: string;
  readonly others: string;
}

/** The streams' names for the key of a queue. */
export function streamsOf(key: string | undefined): Streams {
  const others = key === undefined || key === '' ? 'errsight' : key;
  return { urgent: `${others}:urgent`, others };
}

/** The field of an entry that holds a JSON array of events. */
export const FIELD = 'events';

/** The group whose members share the streams. */
export const GROUP = 'errsight';

/** Where Redis is, unless told otherwise. */
export function redisUrl(given: string | undefined): string {
  const { ERRSIGHT_REDIS_URL: own, REDIS_URL: shared } = process.env;
  return given || own || shared || 'redis://127.0.0.1:6379';
}
