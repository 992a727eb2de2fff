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
  /** Which try it is, as `2 of 3`; undefined where the library does not say. */
  readonly attempt: string | undefined;
  /** What its publisher has put into its data for us. */
  readonly scope: unknown;
  /** What an error of it means to the queue. */
  fate(error: unknown): Fate;
}

/** That it fails for good, that it is tried again, or that it has not failed: it was put back on purpose. */
export type Fate = 'last' | 'repeated' | 'not failed';

/** A job as one library makes it. */
interface Tries {
  readonly attempt: string | undefined;
  fate(error: unknown): Fate;
}

/** Jobs of a batch that are looked at. */
const BATCH = 100;
/** Ids that are told. */
const IDS = 10;

/**
 * What is known of what a handler was given: a job of BullMQ, Bull, pg-boss or Agenda, an array of them, or
 * anything else. Nothing in it is trusted, and nothing is written to it.
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
    // Of several each may have been published by somebody else.
    scope: jobs.length === 1 && first ? readAt(inJob(first, 'data'), 'errsight') : undefined,
    fate: (error) => {
      const fates = tries.map((each) => each.fate(error));
      return fates.find((fate) => fate === 'last') ?? fates[0] ?? 'last';
    },
  };
}

/** Errors by which a job of BullMQ says that it goes on later. */
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

/** pg-boss, with its option `includeMetadata`; without it a job says nothing of its tries. */
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

/** Agenda has what other libraries have on the job in an object of it. */
function inJob(job: object, key: string): unknown {
  return readAt(job, 'attrs', key) ?? readAt(job, key);
}

function nameOf(job: object): string | undefined {
  return textAt(job, 'attrs', 'name') ?? textAt(job, 'name');
}

function idOf(job: object): string | undefined {
  const id = inJob(job, '_id') ?? readAt(job, 'id');
  // An ObjectId says itself in its own way, or throws.
  const text = isObject(id) ? attempt(() => String(id as { toString(): string })) : id;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : undefined;
}

/** What all of them say, if they say the same. */
function same<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
