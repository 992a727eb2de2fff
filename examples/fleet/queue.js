// Where the queue is: the same for those that fill it and the one that empties it.

/** Such as redis://user:password@host:6379/0. */
export const URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The key of the stream: one for each project of ErrSight's. */
export const STREAM = process.env.ERRSIGHT_STREAM ?? 'errsight';

/** The field of a stream's entry that holds a JSON array of events. */
export const FIELD = 'events';
