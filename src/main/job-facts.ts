import { attempt, elementsOf, isArray, isObject, read } from '../lib/safe-read.ts';

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
    count: isArray(given) ? Number(read(given, 'length')) : jobs.length,
    attempt: same(tries.map((each) => each.attempt)),
    // Of several each may have been published by somebody else.
    scope: jobs.length === 1 && first !== undefined ? scopeIn(first) : undefined,
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
  const [made, options] = [read(job, 'attemptsMade'), read(job, 'opts')];
  if (typeof made !== 'number' || !isObject(options)) return undefined;
  const attempts = Math.max(1, numberIn(options, 'attempts') ?? 1);
  const queue = read(job, 'queue');
  const rules = isObject(queue) ? read(queue, 'opts') : undefined;
  const starts = isObject(rules) ? numberIn(rules, 'maxStartedAttempts') : undefined;
  const isGivenUp =
    read(job, 'discarded') === true ||
    read(job, '_discarded') === true ||
    (starts !== undefined && starts > 0 && starts <= (numberIn(job, 'attemptsStarted') ?? 0));
  return {
    attempt: `${made + 1} of ${Math.max(attempts, made + 1)}`,
    fate: (error) => {
      const name = isObject(error) ? read(error, 'name') : undefined;
      if (typeof name === 'string' && PUT_BACK.has(name)) return 'not failed';
      if (isObject(error) && read(error, 'message') === RATE_LIMITED) return 'not failed';
      const isLast = isGivenUp || name === 'UnrecoverableError' || made + 1 >= attempts;
      return isLast ? 'last' : 'repeated';
    },
  };
}

/** pg-boss, with its option `includeMetadata`; without it a job says nothing of its tries. */
function boss(job: object): Tries | undefined {
  const count = numberIn(job, 'retryCount') ?? numberIn(job, 'retrycount');
  const limit = numberIn(job, 'retryLimit') ?? numberIn(job, 'retrylimit');
  if (count === undefined || limit === undefined) return undefined;
  return {
    attempt: `${count + 1} of ${Math.max(limit, count) + 1}`,
    fate: () => (count >= limit ? 'last' : 'repeated'),
  };
}

/** Agenda, which from version 6 on asks a function of the job's definition whether to try again. */
function agenda(job: object): Tries | undefined {
  const attrs = read(job, 'attrs');
  if (!isObject(attrs)) return undefined;
  const name = read(attrs, 'name');
  const backoff = attempt(() => {
    const { agenda: owner } = job as { agenda?: { definitions?: Record<string, unknown> } };
    const definition = owner?.definitions?.[String(name)];
    return isObject(definition) ? read(definition, 'backoff') : undefined;
  });
  if (typeof backoff !== 'function') return { attempt: undefined, fate: () => 'last' };
  const tried = (numberIn(attrs, 'failCount') ?? 0) + 1;
  const about = { attempt: tried, jobName: name, jobData: read(attrs, 'data') };
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

function scopeIn(job: object): unknown {
  const attrs = read(job, 'attrs');
  const data = read(isObject(attrs) ? attrs : job, 'data');
  return isObject(data) ? read(data, 'errsight') : undefined;
}

function nameOf(job: object): string | undefined {
  const attrs = read(job, 'attrs');
  const name = read(isObject(attrs) ? attrs : job, 'name');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function idOf(job: object): string | undefined {
  const attrs = read(job, 'attrs');
  const id = isObject(attrs) ? read(attrs, '_id') : read(job, 'id');
  // An ObjectId says itself in its own way, or throws.
  const text = isObject(id) ? attempt(() => String(id as { toString(): string })) : id;
  return typeof text === 'string' || typeof text === 'number' ? String(text) : undefined;
}

function numberIn(value: object, key: string): number | undefined {
  const number = read(value, key);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** What all of them say, if they say the same. */
function same<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
