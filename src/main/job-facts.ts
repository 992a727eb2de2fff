import {
  attempt,
  elementsOf,
  isArray,
  isObject,
  numberAt,
  readAt,
  textAt,
} from '../lib/safe-read.ts';

/** What a queue's library has said of a job, or of a batch of them. */
export interface JobFacts {
  readonly name: string | undefined;
  readonly ids: readonly string[];
  /** How many jobs there are in it. */
  readonly count: number;
  /** Which try it is, as `2 of 3`. Undefined if the library does not say. */
  readonly attempt: string | undefined;
  /** What the publisher has put into the job's data for us. */
  readonly scope: unknown;
  /** What the queue does with the job after this error. */
  fate(error: unknown): Fate;
}

/** The job fails for good, it is tried again, or it was put back on purpose and has not failed. */
export type Fate = 'last' | 'repeated' | 'not failed';

/** What one library says of the tries of a job. */
interface Tries {
  readonly attempt: string | undefined;
  fate(error: unknown): Fate;
}

/** The most jobs of a batch that are read. */
const BATCH = 100;
/** The most ids that an event names. */
const IDS = 10;

/**
 * Reads what a handler was given: a job of BullMQ, Bull, pg-boss or Agenda, an array of them, or
 * anything else. Trusts nothing in it, and writes nothing to it.
 */
export function factsOfJob(given: unknown): JobFacts {
  const jobs = (isArray(given) ? elementsOf(given, BATCH) : [given]).filter(isObject);
  const tries = jobs.map((job) => {
    const known = bull(job) ?? boss(job) ?? agenda(job);
    return known ?? { attempt: undefined, fate: (): Fate => 'last' };
  });
  const [first] = jobs;
  return {
    name: same(jobs.map(nameOf)),
    ids: jobs
      .map(idOf)
      .filter((id) => id !== undefined)
      .slice(0, IDS),
    count: numberAt(isArray(given) ? given : jobs, 'length') ?? 0,
    attempt: same(tries.map((each) => each.attempt)),
    // Each job of a batch may have another publisher, so a batch has no scope.
    scope: jobs.length === 1 && first ? readAt(inJob(first, 'data'), 'errsight') : undefined,
    fate: (error) => {
      const fates = tries.map((each) => each.fate(error));
      return fates.find((fate) => fate === 'last') ?? fates[0] ?? 'last';
    },
  };
}

/** Errors with which a job of BullMQ says that it will continue later. */
const PUT_BACK = new Set(['DelayedError', 'WaitingError', 'WaitingChildrenError']);
const RATE_LIMITED = 'bullmq:rateLimitExceeded';

/** BullMQ, and Bull before it. */
function bull(job: object): Tries | undefined {
  const made = numberAt(job, 'attemptsMade');
  if (made === undefined || !isObject(readAt(job, 'opts'))) return undefined;
  const attempts = Math.max(1, numberAt(job, 'opts', 'attempts') ?? 1);
  const starts = numberAt(job, 'queue', 'opts', 'maxStartedAttempts') ?? 0;
  const isGivenUp =
    readAt(job, 'discarded') === true ||
    readAt(job, '_discarded') === true ||
    (starts > 0 && starts <= (numberAt(job, 'attemptsStarted') ?? 0));
  return {
    attempt: `${made + 1} of ${Math.max(attempts, made + 1)}`,
    fate: (error) => {
      const name = textAt(error, 'name') ?? '';
      if (PUT_BACK.has(name) || readAt(error, 'message') === RATE_LIMITED) return 'not failed';
      const isLast = isGivenUp || name === 'UnrecoverableError' || made + 1 >= attempts;
      return isLast ? 'last' : 'repeated';
    },
  };
}

/** pg-boss with its option `includeMetadata`. Without it a job says nothing of its tries. */
function boss(job: object): Tries | undefined {
  const count = numberAt(job, 'retryCount') ?? numberAt(job, 'retrycount');
  const limit = numberAt(job, 'retryLimit') ?? numberAt(job, 'retrylimit');
  if (count === undefined || limit === undefined) return undefined;
  return {
    attempt: `${count + 1} of ${Math.max(limit, count) + 1}`,
    fate: () => (count >= limit ? 'last' : 'repeated'),
  };
}

/** Agenda, which from version 6 on asks a function of the job's definition whether to try again. */
function agenda(job: object): Tries | undefined {
  const attrs = readAt(job, 'attrs');
  if (!isObject(attrs)) return undefined;
  const jobName = textAt(attrs, 'name') ?? '';
  const backoff = readAt(job, 'agenda', 'definitions', jobName, 'backoff');
  if (typeof backoff !== 'function') return undefined;
  const tried = (numberAt(attrs, 'failCount') ?? 0) + 1;
  const about = { attempt: tried, jobName, jobData: readAt(attrs, 'data') };
  return {
    attempt: String(tried),
    fate: (error) => {
      const delay = attempt<unknown>(() =>
        Reflect.apply(backoff, undefined, [{ ...about, error }]),
      );
      return typeof delay === 'number' ? 'repeated' : 'last';
    },
  };
}

/** Agenda keeps in an inner object what other libraries have on the job itself. */
function inJob(job: object, key: string): unknown {
  return readAt(job, 'attrs', key) ?? readAt(job, key);
}

function nameOf(job: object): string | undefined {
  return textAt(job, 'attrs', 'name') ?? textAt(job, 'name');
}

function idOf(job: object): string | undefined {
  const id = inJob(job, '_id') ?? readAt(job, 'id');
  // An ObjectId has a `toString` of its own, which may throw.
  const text = isObject(id) ? attempt(() => String(id as { toString(): string })) : id;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : undefined;
}

/** The value that all have in common, if there is one. */
function same<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
