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
const FOR_GOOD = new Set(['UnrecoverableError']);
const RATE_LIMITED = 'bullmq:rateLimitExceeded';
/** What both libraries take from a strategy that ends the job. */
const NO_MORE = -1;
/** The most classes of an error that are looked at. */
const CLASSES = 20;

/** BullMQ, and Bull before it. */
function bull(job: object): Tries | undefined {
  const made = numberAt(job, 'attemptsMade');
  if (made === undefined || !isObject(readAt(job, 'opts'))) return undefined;
  const attempts = Math.max(1, numberAt(job, 'opts', 'attempts') ?? 1);
  const starts = numberAt(job, 'queue', 'opts', 'maxStartedAttempts') ?? 0;
  const isGivenUp = starts > 0 && starts <= (numberAt(job, 'attemptsStarted') ?? 0);
  return {
    attempt: `${made + 1} of ${Math.max(attempts, made + 1)}`,
    fate: (error) => {
      if (isA(error, PUT_BACK) || readAt(error, 'message') === RATE_LIMITED) return 'not failed';
      const isLast =
        isGivenUp ||
        made + 1 >= attempts ||
        // The handler may have called `job.discard()`.
        readAt(job, 'discarded') === true ||
        readAt(job, '_discarded') === true ||
        isA(error, FOR_GOOD) ||
        nextDelay(job, made + 1, error) === NO_MORE;
      return isLast ? 'last' : 'repeated';
    },
  };
}

/**
 * Whether an error is of one of these classes, or of one made of them. The libraries look at the
 * error's name and at its classes.
 */
function isA(error: unknown, names: ReadonlySet<string>): boolean {
  if (names.has(textAt(error, 'name') ?? '')) return true;
  let at = isObject(error) ? prototypeOf(error) : undefined;
  for (let count = 0; count < CLASSES && isObject(at); count += 1) {
    if (names.has(textAt(at, 'constructor', 'name') ?? '')) return true;
    at = prototypeOf(at);
  }
  return false;
}

function prototypeOf(value: object): unknown {
  // A proxy may throw.
  return attempt<unknown>(() => Object.getPrototypeOf(value));
}

/** Strategies of BullMQ, before which it asks no other. */
const BUILT_IN = new Set(['fixed', 'exponential']);

/** The delay before the next try, if a strategy of the application's own gives it. */
function nextDelay(job: object, tried: number, error: unknown): unknown {
  const type = textAt(job, 'opts', 'backoff', 'type');
  if (type === undefined) return undefined;
  const named = readAt(job, 'queue', 'settings', 'backoffStrategies', type);
  if (typeof named === 'function') {
    return ask(named, [tried, error, readAt(job, 'opts', 'backoff', 'options') ?? null]);
  }
  const own = readAt(job, 'queue', 'opts', 'settings', 'backoffStrategy');
  if (typeof own !== 'function' || BUILT_IN.has(type)) return undefined;
  return ask(own, [tried, type, error, job]);
}

function ask(strategy: unknown, args: readonly unknown[]): unknown {
  const delay = attempt<unknown>(() =>
    Reflect.apply(strategy as (...given: unknown[]) => unknown, undefined, args),
  );
  // The library asks it too, and hears why it fails.
  if (delay instanceof Promise) delay.catch(() => undefined);
  return delay;
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
