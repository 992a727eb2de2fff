import { backoffMs, pauseMs } from './backoff.ts';
import { type Outcome, suspicionOf } from './outcome.ts';
import { type Allowance, type Demand, Rate, type RateKnowledge } from './rate.ts';
import { Suspects } from './suspects.ts';

/** More in one request is refused as a whole (422). */
const MAX_EVENTS = 100;
/** What a request holds unless `batchSize` is larger: a new project allows 60 events a minute. */
const DEFAULT_EVENTS = 50;

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
 * Whoever fails over one event fails each time it is sent. After so many such failures in a row what was
 * sent is suspected, and tried in smaller portions.
 */
const SUSPICIOUS_FAILURES = 3;

/**
 * Requests of a single event that may time out in a row before the waits get long: each may be stored
 * although its answer comes too late.
 */
const SOON_TIMEOUTS = 1;

/** ms between the line that tells of a trouble and the one that tells of its end, at least. */
const TROUBLE_MS = 60_000;

/**
 * Answers in a row that refuse a request over one event, or over its size, and are followed at once by
 * a smaller one: to find one event among 100 takes seven. Then there are waits.
 */
const HALVINGS = 8;

/**
 * Requests that have to pass on a slow line before a larger one is tried: each that is too large may be
 * stored although its answer comes too late, and so be stored twice.
 */
const SLOW_SUCCESSES = 4;

/** What is to happen to the items of a request, now that its outcome is known. */
export interface Verdict {
  /**
   * - `delivered`: nothing, they have arrived.
   * - `again`: they are to be sent again, perhaps in other portions.
   * - `shrink`: the only one is too large, and to be made smaller.
   * - `aside`: somebody between refuses the only one: others are to be tried first.
   * - `rejected`: ErrSight can't read the only one, which is lost.
   */
  readonly items: 'delivered' | 'again' | 'shrink' | 'aside' | 'rejected';
  /** What people have to know. */
  readonly report?: string | undefined;
}

/** A request whose outcome is judged. */
export interface Asked {
  /** The events in it. */
  readonly count: number;
  /** How often the first of them was refused alone. */
  readonly refusals: number;
}

/** What waits, as far as the rate depends on it. */
export type Waiting = Omit<Demand, 'size'>;

/** After so many answers 403 the waits get long. Until then two single events have been tried. */
const SOON_REFUSALS = 2;

/** What one sender of a process has learned of the server, for the next. */
export interface Knowledge {
  /** undefined if no limit is known. */
  readonly rate: RateKnowledge | undefined;
  /** Whether anything has been taken. */
  readonly hasDelivered: boolean;
  /** How many events a request may hold on a slow line; Infinity on any other. */
  readonly slowSize: number;
}

/**
 * What outcomes mean: how many events the next request may hold, when it may be made, and what
 * becomes of those of the last one. Does nothing by itself, and has no timer.
 */
export class Policy {
  readonly rate: Rate;
  readonly #most: number;
  readonly #random: () => number;
  readonly #suspects = new Suspects();
  /** What a request may hold on a line that is too slow for more. */
  #slowSize = Infinity;
  /** Requests of that size that have passed. */
  #slowSuccesses = 0;
  #readyAt = -Infinity;
  #readyInHasteAt = -Infinity;
  #failures = 0;
  /** Failures in a row that may be about one of the events, if they come again and again. */
  #suspicious = 0;
  /** Requests of a single event in a row that had no answer in time. */
  #slowSingles = 0;
  /** Answers in a row that led to a smaller request at once. */
  #halvings = 0;
  #pauses = 0;
  #refusals = 0;
  /** Whether ErrSight has ever taken anything. */
  #hasDelivered = false;
  /** What people were told about and does not work yet. */
  #trouble: string | undefined;
  #troubleAt = -Infinity;
  /** Whether it works again, which nobody was told yet. */
  #isOver = false;

  constructor(options: {
    readonly batchSize: number;
    readonly random: () => number;
    readonly rate?: Rate | undefined;
  }) {
    this.rate = options.rate ?? new Rate();
    this.#most = Math.min(Math.max(DEFAULT_EVENTS, options.batchSize), MAX_EVENTS);
    this.#random = options.random;
  }

  /** How many events a request may hold in good times. */
  fullSize(now: number): number {
    return Math.min(this.#most, this.rate.limit(now));
  }

  /** What the next request may hold of what waits. */
  allow(waiting: Waiting): Allowance {
    // Where the key or the host is wrong, one event is enough to find out whether it still is.
    const most = this.#refusals > 0 ? 1 : this.#suspects.size(Math.min(this.#most, this.#slowSize));
    const { count, repeats } = this.rate.allow({ ...waiting, size: most });
    const size = most < this.#most ? Math.min(count, most) : Math.min(count, MAX_EVENTS);
    return { count: size, repeats: Math.min(repeats, size) };
  }

  /** When the next request may be made; sooner after a failure if somebody waits in `flush`. */
  readyAt(inHaste: boolean): number {
    return inHaste ? this.#readyInHasteAt : this.#readyAt;
  }

  /** Judges the outcome of a request. */
  judge(outcome: Outcome, asked: Asked, now: number): Verdict {
    const { count } = asked;
    this.#hold(now);
    const suspicion = suspicionOf(outcome);
    if (suspicion === undefined) this.#suspicious = 0;
    // An outage says nothing about what the server will say when it is back.
    if (outcome.kind !== 'retry' && outcome.kind !== 'aborted') {
      this.#failures = 0;
      if (outcome.kind !== 'paused') this.#pauses = 0;
      if (outcome.kind !== 'refused') this.#refusals = 0;
    }
    switch (outcome.kind) {
      case 'accepted':
        return this.#accepted(count, now);
      case 'retry':
        return this.#failed(outcome, asked, now);
      case 'aborted':
        return this.#unreachable('aborted', undefined, now);
      case 'rate_limited':
        this.rate.refused(count, now, outcome);
        return { items: 'again' };
      case 'paused':
        this.#hold(now + pauseMs(++this.#pauses));
        return {
          items: 'again',
          report: this.#tell(
            'paused',
            'the project is paused in ErrSight; events are held until it is resumed',
            now,
          ),
        };
      case 'refused':
        // A key that could write before: then somebody between dislikes one of the events.
        if (outcome.status === 403 && this.#hasDelivered) {
          return this.#failed({ kind: 'retry', reason: 'HTTP 403', status: 403 }, asked, now);
        }
        this.#hold(now + this.#refusalMs(outcome.status));
        return {
          // A firewall's 403 may be about this one only, so another is tried next.
          items: outcome.status === 403 && count === 1 ? 'aside' : 'again',
          report: this.#tell(`refused ${outcome.status}`, refusal(outcome.status), now),
        };
      case 'too_large':
      case 'invalid':
        return this.#halve(outcome.kind, count, now);
    }
  }

  /** ms until the next request: of a 403 it is found out soon whether it is about one event. */
  #refusalMs(status: number): number {
    const refusals = ++this.#refusals;
    const soon = status === 403 ? SOON_REFUSALS : 0;
    return refusals > soon ? pauseMs(refusals - soon) : backoffMs(refusals, this.#random);
  }

  /** What the next sender of this process has to know. */
  knowledge(now: number): Knowledge {
    return {
      rate: this.rate.knowledge(now),
      hasDelivered: this.#hasDelivered,
      slowSize: this.#slowSize,
    };
  }

  /** Takes over what another sender knew. */
  learn({ rate, hasDelivered, slowSize }: Knowledge, now: number): void {
    if (rate !== undefined) this.rate.learn(rate, now);
    this.#hasDelivered = hasDelivered;
    this.#slowSize = slowSize;
  }

  #accepted(count: number, now: number): Verdict {
    this.#hasDelivered = true;
    this.rate.accepted(count, now);
    this.#suspects.cleared(count);
    this.#halvings = 0;
    this.#slowSingles = 0;
    // On a line that was slow the size comes back step by step.
    if (count >= this.#slowSize && ++this.#slowSuccesses >= SLOW_SUCCESSES) {
      this.#slowSize *= 2;
      this.#slowSuccesses = 0;
    }
    if (this.#slowSize >= this.#most) this.#slowSize = Infinity;
    this.#isOver = this.#trouble !== undefined;
    return { items: 'delivered' };
  }

  /** No answer, or one that is not ErrSight's. */
  #failed(outcome: Extract<Outcome, { kind: 'retry' }>, asked: Asked, now: number): Verdict {
    const { count, refusals } = asked;
    if (outcome.timedOut === true && count > 1) {
      this.#slowSize = Math.floor(count / 2);
      this.#slowSuccesses = 0;
    }
    const verdict = this.#unreachable(outcome.reason, outcome.retryAfterMs, now);
    // One that is kept aside has waits of its own, which hold up no other.
    const isSlowSingle = outcome.timedOut === true && count === 1 && refusals < 2;
    if (isSlowSingle && ++this.#slowSingles > SOON_TIMEOUTS) {
      this.#hold(now + pauseMs(this.#slowSingles - SOON_TIMEOUTS));
    }
    const suspicion = suspicionOf(outcome);
    if (suspicion === undefined) return verdict;
    if (suspicion === 'repeated' && refusals === 0) {
      // Mostly it is about the server. Once an event is suspected each failure counts.
      this.#suspicious += 1;
      if (!this.#suspects.isLooking && this.#suspicious < SUSPICIOUS_FAILURES) return verdict;
    }
    // It may be all of them, which only time tells: so each step waits.
    this.#suspects.among(count > 1 ? count : 0);
    if (count > 1) return verdict;
    return { ...verdict, items: 'aside' };
  }

  #unreachable(reason: string, retryAfterMs: number | undefined, now: number): Verdict {
    const backoff = backoffMs(++this.#failures, this.#random);
    if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) {
      this.#hold(now + backoff, now + Math.min(backoff, HASTY_BACKOFF_MS));
    } else {
      this.#hold(now + Math.max(backoff, retryAfterMs));
    }
    if (this.#failures < OUTAGE_FAILURES) return { items: 'again' };
    const message = `ErrSight cannot be reached (${reason}); events are held`;
    return { items: 'again', report: this.#tell('unreachable', message, now) };
  }

  /** ErrSight itself refuses the request: the one event to blame is looked for by halves. */
  #halve(kind: 'too_large' | 'invalid', count: number, now: number): Verdict {
    // One that is made smaller may still be too large.
    this.#suspects.among(count > 1 || kind === 'too_large' ? count : 0);
    const more = ++this.#halvings - HALVINGS;
    if (more > 0) this.#hold(now + backoffMs(more, this.#random));
    if (count > 1) return { items: 'again' };
    return { items: kind === 'invalid' ? 'rejected' : 'shrink' };
  }

  #hold(readyAt: number, readyInHasteAt: number = readyAt): void {
    this.#readyAt = readyAt;
    this.#readyInHasteAt = readyInHasteAt;
  }

  /** The message, unless it was the last that was told. */
  #tell(trouble: string, message: string, now: number): string | undefined {
    this.#isOver = false;
    if (this.#trouble === trouble) return undefined;
    this.#trouble = trouble;
    this.#troubleAt = now;
    return message;
  }

  /**
   * When the end of a trouble may be told; Infinity if there is none. Not within a minute of the trouble:
   * the same one could not be told of again, since of each kind there is one line a minute, and this
   * would be the last word.
   */
  get newsAt(): number {
    return this.#isOver ? this.#troubleAt + TROUBLE_MS : Infinity;
  }

  /** That a trouble is over, once. */
  news(): string | undefined {
    if (!this.#isOver) return undefined;
    this.#isOver = false;
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
