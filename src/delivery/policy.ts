import { backoffMs, pauseMs } from './backoff.ts';
import type { Outcome } from './outcome.ts';

/** More in one request is refused as a whole (422). */
const MAX_EVENTS = 100;
/** What a request holds unless `batchSize` is larger: a new project allows 60 events a minute. */
const DEFAULT_EVENTS = 50;

/** The most that ErrSight's `Retry-After` can be: its minutes are the clock's. */
const RATE_WINDOW_MS = 60_000;
/** And the least. A 0 from elsewhere must not make a loop without a wait. */
const MIN_RATE_WAIT_MS = 1_000;

/**
 * While somebody waits in `flush()` or `close()`, a server that did not answer is tried this often:
 * five times in the five seconds that a shutdown lasts by default, and never in a tight loop,
 * however often `flush()` is called.
 */
const HASTY_BACKOFF_MS = 1_000;

/**
 * Failures in a row before somebody is told. The eighth comes 25 s after the first at the latest, 13
 * on average, so that a restart of the server is not worth a line.
 */
const OUTAGE_FAILURES = 8;

/**
 * A server that fails over one event (500, where a proxy would say 502 to 504) fails each time it is
 * sent. After so many failures in a row what was sent is suspected, and tried in smaller portions.
 */
const SUSPICIOUS_FAILURES = 3;

/** What is to happen to the items of a request, now that its outcome is known. */
export interface Verdict {
  /**
   * - `delivered`: nothing, they have arrived.
   * - `again`: they are to be sent again, perhaps in other portions.
   * - `shrink`: the only one is too large, and to be made smaller.
   * - `aside`: the only one is to be sent again after all others.
   * - `rejected`: the only one cannot be read, and is lost.
   */
  readonly items: 'delivered' | 'again' | 'shrink' | 'aside' | 'rejected';
  /** What people have to know. */
  readonly report?: string | undefined;
}

/**
 * What outcomes mean: how many events the next request may hold, when it may be made, and what
 * becomes of those of the last one. Does nothing by itself, and has no timer.
 */
export class Policy {
  readonly #most: number;
  readonly #random: () => number;
  /** The project's events a minute, as far as is known. */
  #limit = Infinity;
  /** A request of more events than this is of no use before `#ceilingUntil`. */
  #ceiling = Infinity;
  #ceilingUntil = -Infinity;
  /** So many of the events that are next hold the one that spoils the request, 0 if none does. */
  #suspects = 0;
  #readyAt = -Infinity;
  #readyInHasteAt = -Infinity;
  #failures = 0;
  /** Answers 500 in a row, to portions of the same size. */
  #serverErrors = 0;
  /** Whether the server has taken anything since an event was set aside. */
  #takesOthers = false;
  #pauses = 0;
  #refusals = 0;
  /** What people were told about and does not work yet. */
  #trouble: string | undefined;
  #toldOfRejects = false;

  constructor(options: { readonly batchSize: number; readonly random: () => number }) {
    this.#most = Math.min(Math.max(DEFAULT_EVENTS, options.batchSize), MAX_EVENTS);
    this.#random = options.random;
  }

  /** How many events a request may ever hold, as far as is known. */
  get fullSize(): number {
    return Math.min(this.#most, this.#limit);
  }

  /** How many events the next request may hold. */
  size(now: number): number {
    // Where the key or the host is wrong, one event is enough to find out whether it still is.
    if (this.#refusals > 0) return 1;
    const size = now < this.#ceilingUntil ? Math.min(this.fullSize, this.#ceiling) : this.fullSize;
    return this.#suspects > 0 ? Math.min(size, Math.ceil(this.#suspects / 2)) : size;
  }

  /** When the next request may be made; sooner after a failure if somebody waits in `flush`. */
  readyAt(inHaste: boolean): number {
    return inHaste ? this.#readyInHasteAt : this.#readyAt;
  }

  /** Judges the outcome of a request that held `count` events; one alone may have been set aside. */
  judge(outcome: Outcome, count: number, now: number, isAside = false): Verdict {
    this.#hold(now);
    if (outcome.kind !== 'retry' || outcome.status !== 500) this.#serverErrors = 0;
    // An outage says nothing about what the server will say when it is back.
    if (outcome.kind !== 'retry' && outcome.kind !== 'aborted') {
      this.#failures = 0;
      if (outcome.kind !== 'paused') this.#pauses = 0;
      if (outcome.kind !== 'refused') this.#refusals = 0;
    }
    switch (outcome.kind) {
      case 'accepted':
        this.#suspects = Math.max(0, this.#suspects - count);
        this.#takesOthers = true;
        return { items: 'delivered', report: this.#recovered() };
      case 'retry': {
        const verdict = this.#unreachable(outcome.reason, outcome.retryAfterMs, now);
        return outcome.status === 500 ? this.#failedOver(count, isAside, verdict) : verdict;
      }
      case 'aborted':
        return this.#unreachable('aborted', undefined, now);
      case 'rate_limited':
        return this.#rateLimited(outcome, count, now);
      case 'paused':
        this.#hold(now + pauseMs(++this.#pauses));
        return {
          items: 'again',
          report: this.#tell(
            'paused',
            'the project is paused in ErrSight; events are held until it is resumed',
          ),
        };
      case 'refused':
        this.#hold(now + pauseMs(++this.#refusals));
        return {
          items: 'again',
          report: this.#tell(`refused ${outcome.status}`, refusal(outcome.status)),
        };
      case 'too_large':
        this.#suspects = count;
        return { items: count > 1 ? 'again' : 'shrink' };
      case 'invalid':
        // One of several spoils the request: it is looked for by halves, which `size` sees to.
        this.#suspects = count > 1 ? count : 0;
        return count > 1 ? { items: 'again' } : this.#rejected(outcome.reason);
    }
  }

  #unreachable(reason: string, retryAfterMs: number | undefined, now: number): Verdict {
    const backoff = backoffMs(++this.#failures, this.#random);
    if (retryAfterMs === undefined) {
      this.#hold(now + backoff, now + Math.min(backoff, HASTY_BACKOFF_MS));
    } else {
      this.#hold(now + Math.max(backoff, retryAfterMs));
    }
    if (this.#failures < OUTAGE_FAILURES) return { items: 'again' };
    const message = `ErrSight cannot be reached (${reason}); events are held`;
    return { items: 'again', report: this.#tell('unreachable', message) };
  }

  /** In an outage all is failed over, and nothing taken: then nothing is lost, however long it lasts. */
  #failedOver(count: number, isAside: boolean, verdict: Verdict): Verdict {
    this.#serverErrors += 1;
    if (this.#serverErrors < SUSPICIOUS_FAILURES) return verdict;
    this.#serverErrors = 0;
    if (count > 1) {
      this.#suspects = count;
      return verdict;
    }
    if (isAside) {
      return this.#takesOthers ? this.#rejected('HTTP 500 to it, and to no other') : verdict;
    }
    this.#suspects = Math.max(0, this.#suspects - 1);
    this.#takesOthers = false;
    return { ...verdict, items: 'aside' };
  }

  #rateLimited(
    { retryAfterMs, limit }: Extract<Outcome, { kind: 'rate_limited' }>,
    count: number,
    now: number,
  ): Verdict {
    this.#limit = limit ?? this.#limit;
    const windowEnd = now + Math.max(retryAfterMs ?? RATE_WINDOW_MS, MIN_RATE_WAIT_MS);
    if (count === 1) {
      this.#ceilingUntil = -Infinity;
      this.#hold(windowEnd);
    } else {
      // A refused request used nothing up, so what is left of this minute may do for a smaller one.
      // One with more than the whole allowance had no chance: the allowance may be untouched.
      this.#ceiling = count > this.#limit ? this.#limit : Math.floor(count / 2);
      this.#ceilingUntil = windowEnd;
    }
    return { items: 'again' };
  }

  #hold(readyAt: number, readyInHasteAt: number = readyAt): void {
    this.#readyAt = readyAt;
    this.#readyInHasteAt = readyInHasteAt;
  }

  #rejected(reason: string): Verdict {
    const report = this.#toldOfRejects
      ? undefined
      : `ErrSight could not read an event, which is lost (${reason}); further ones are only counted`;
    this.#toldOfRejects = true;
    return { items: 'rejected', report };
  }

  /** The message, unless it was the last that was told. */
  #tell(trouble: string, message: string): string | undefined {
    if (this.#trouble === trouble) return undefined;
    this.#trouble = trouble;
    return message;
  }

  #recovered(): string | undefined {
    if (this.#trouble === undefined) return undefined;
    this.#trouble = undefined;
    return 'ErrSight takes events again';
  }
}

function refusal(status: number): string {
  const held = 'events are held, and sent once this is put right';
  switch (status) {
    case 401:
      return `ErrSight does not know the API key (401): it is mistyped or revoked; ${held}`;
    case 403:
      return `ErrSight does not let the API key write events (403): a key to write begins with elp_; ${held}`;
    default:
      return `the host has no ErrSight at this address (${status}); ${held}`;
  }
}
