import { backoffMs, pauseMs, silenceMs } from './backoff.ts';
import { SUSPECT } from './item.ts';
import { HELD, News } from './news.ts';
import { type Outcome, suspicionOf } from './outcome.ts';
import { type Allowance, type Demand, Rate, type RateKnowledge } from './rate.ts';
import { Suspects } from './suspects.ts';
import { refusal, troubleOf } from './trouble.ts';

/** ErrSight refuses a request with more events as a whole (422). */
const MAX_EVENTS = 100;
/**
 * How many events a request holds unless `batchSize` is larger. A new project may send 60 a minute.
 */
const DEFAULT_EVENTS = 50;

/**
 * The longest wait after a failure while somebody waits in `flush()` or `close()`. So there are
 * five tries in the 5 s that a shutdown lasts by default. There is never a tight loop, however
 * often `flush()` is called.
 */
const HASTY_BACKOFF_MS = 1_000;

/**
 * Failures in a row before a line on stderr. The eighth comes 13 s after the first on average, and
 * 25 s at the latest. So a restart of the server causes no line.
 */
const OUTAGE_FAILURES = 8;

/**
 * A server that fails because of one event fails each time it is sent. After so many failures in a
 * row the events are suspected, and tried in smaller requests.
 */
const SUSPICIOUS_FAILURES = 3;

/**
 * Requests with a single event that may time out in a row before the waits get long. The server may
 * have stored each of them although its answer came too late.
 */
const SOON_TIMEOUTS = 1;

/** ms after which a new fatal error may be sent although the server was silent. */
const PROBE_MS = 1_000;

/**
 * How many refusals in a row, for one event or for the size, are followed by a smaller request at
 * once. To find one event among 100 takes seven. After that there are waits.
 */
const HALVINGS = 8;
/** One of these refusals is forgotten after so many ms, at the next success. */
const FORGET_MS = 1_000;

/**
 * How many requests have to pass on a slow line before a larger one is tried. If one is too large
 * its answer comes too late: the server may have stored it, and stores it twice when it is sent
 * again.
 */
const SLOW_SUCCESSES = 4;

/**
 * ms between two requests of a search for events that somebody between refuses. So there are 100 a
 * minute at most. At the end of the process there is less time.
 */
const SEARCH_MS = 600;
const LAST_SEARCH_MS = 50;
/** After so many refusals in a row it is an outage, and the waits get long. */
const SEARCHES = 20;

/** What happens to the items of a request after its outcome. */
export interface Verdict {
  /**
   * - `delivered`: they have arrived.
   * - `again`: they are sent again, perhaps in other requests.
   * - `shrink`: the only one is too large, and has to be made smaller.
   * - `suspect`: a proxy or firewall refuses the only one, so others are tried first.
   * - `aside`: the same, while it lets others pass.
   * - `rejected`: ErrSight can't read the only one, so it is lost.
   */
  readonly items: 'delivered' | 'again' | 'shrink' | 'suspect' | 'aside' | 'rejected';
  /** A line for stderr. */
  readonly report?: string | undefined;
}

/** What `judge` has to know about the request. */
export interface Asked {
  /** How many events it holds. */
  readonly count: number;
  /** See `Item`. 0 if it holds several. */
  readonly refusals: number;
}

/** The facts about waiting events on which the rate limit depends. */
export type Waiting = Omit<Demand, 'size'>;

/**
 * After so many answers 403 in a row the waits get long. Until then two events were tried alone.
 */
const SOON_REFUSALS = 2;

/** What one sender of a process has learned about the server, for the next one. */
export interface Knowledge {
  /** Undefined if no limit is known. */
  readonly rate: RateKnowledge | undefined;
  /** Whether ErrSight has accepted any event. */
  readonly hasDelivered: boolean;
  /** How many events a request may hold on a slow line. Infinity on any other line. */
  readonly slowSize: number;
  /** The same while there is a search for refused events and others pass. */
  readonly searchSize: number;
}

/**
 * Decides what an outcome means: what happens to the events of the last request, when the next one
 * may be sent, and how many events it may hold. It sends nothing and has no timer.
 */
export class Policy {
  readonly rate: Rate;
  /** What there is to say on stderr. */
  readonly news: News = new News();
  readonly #most: number;
  readonly #random: () => number;
  readonly #suspects = new Suspects();
  /** How many events a request may hold on a line that is too slow for more. */
  #slowSize = Infinity;
  /** How many requests of that size have passed. */
  #slowSuccesses = 0;
  #readyAt = -Infinity;
  #readyInHasteAt = -Infinity;
  #readyLastAt = -Infinity;
  /** When a new fatal error may be sent, to see whether a server that was silent answers again. */
  probeAt: number = -Infinity;
  #failures = 0;
  /** Requests of a search that were refused in a row. */
  #searches = 0;
  /** Failures in a row that one of the events may have caused. */
  #suspicious = 0;
  /** Requests with a single event in a row that had no answer in time. */
  #slowSingles = 0;
  /** Refusals that led to a smaller request, and are not forgotten yet. */
  #halvings = 0;
  #forgotAt = -Infinity;
  #pauses = 0;
  #refusals = 0;
  /** Whether ErrSight has ever accepted an event. */
  #hasDelivered = false;

  constructor(options: {
    readonly batchSize: number;
    readonly random: () => number;
    readonly rate?: Rate | undefined;
  }) {
    this.rate = options.rate ?? new Rate();
    this.#most = Math.min(Math.max(DEFAULT_EVENTS, options.batchSize), MAX_EVENTS);
    this.#random = options.random;
  }

  /** How many events a request may hold when nothing is wrong. */
  fullSize(now: number): number {
    return Math.min(this.#most, this.rate.limit(now));
  }

  /** How many of the waiting events the next request may hold. */
  allow(waiting: Waiting, sender?: object): Allowance {
    // If the key or the host is wrong, one event is enough to see whether it still is.
    const most = this.#refusals > 0 ? 1 : this.#suspects.size(Math.min(this.#most, this.#slowSize));
    const { count, repeats } = this.rate.allow({ ...waiting, size: most }, sender);
    const size = most < this.#most ? Math.min(count, most) : Math.min(count, MAX_EVENTS);
    return { count: size, repeats: Math.min(repeats, size) };
  }

  /**
   * When the next request may be sent. It is sooner after a failure if somebody waits in `flush`,
   * and if the process ends.
   */
  readyAt(inHaste: boolean, isLast = false): number {
    if (isLast) return this.#readyLastAt;
    return inHaste ? this.#readyInHasteAt : this.#readyAt;
  }

  judge(outcome: Outcome, asked: Asked, now: number): Verdict {
    const { count } = asked;
    this.#hold(now);
    this.news.note(outcome, asked, now);
    const suspicion = suspicionOf(outcome);
    if (suspicion === undefined) this.#suspicious = 0;
    // An outage does not show what the server will answer when it is back.
    if (outcome.kind !== 'retry' && outcome.kind !== 'aborted') {
      this.#failures = this.#searches = 0;
      if (outcome.kind !== 'paused') this.#pauses = 0;
      if (outcome.kind !== 'refused') this.#refusals = 0;
    }
    switch (outcome.kind) {
      case 'accepted':
        return this.#accepted(asked, now);
      case 'retry':
        return this.#failed(outcome, asked, now);
      case 'aborted':
        return this.#unreachable({ kind: 'retry', reason: 'aborted' }, now);
      case 'rate_limited':
        this.rate.refused(count, now, outcome);
        return { items: 'again' };
      case 'paused':
        this.#hold(now + pauseMs(++this.#pauses));
        return {
          items: 'again',
          report: this.news.tell(
            'paused',
            'the project is paused in ErrSight; events are held until it is resumed',
            now,
          ),
        };
      case 'refused': {
        // The key could write before, so a firewall dislikes one of the events.
        if (outcome.status === 403 && this.#hasDelivered) {
          return this.#failed({ kind: 'retry', reason: 'HTTP 403', status: 403 }, asked, now);
        }
        this.#hold(now + this.#refusalMs(outcome.status));
        const message = refusal(
          outcome.status,
          '; events are held, and sent once this is put right',
        );
        return {
          // A firewall's 403 may be about this event only, so another one is tried next.
          items: outcome.status === 403 && count === 1 ? 'suspect' : 'again',
          report: this.news.tell(`refused ${outcome.status}`, message, now),
        };
      }
      case 'too_large':
      case 'invalid':
        return this.#halve(outcome.kind, asked, now);
    }
  }

  /**
   * ms until the next request. The first waits after a 403 are short, to see whether it is about
   * one event.
   */
  #refusalMs(status: number): number {
    const refusals = ++this.#refusals;
    const soon = status === 403 ? SOON_REFUSALS : 0;
    return refusals > soon ? pauseMs(refusals - soon) : backoffMs(refusals, this.#random);
  }

  /** What this sender has learned, for the next one of this process. */
  knowledge(now: number): Knowledge {
    return {
      rate: this.rate.knowledge(now),
      hasDelivered: this.#hasDelivered,
      slowSize: this.#slowSize,
      searchSize: this.#suspects.isUp ? this.#suspects.size(this.#most) : Infinity,
    };
  }

  /** Takes over what another sender has learned. */
  learn({ rate, hasDelivered, slowSize, searchSize }: Knowledge, now: number): void {
    if (rate !== undefined) this.rate.learn(rate, now);
    this.#hasDelivered = hasDelivered;
    this.#slowSize = slowSize;
    this.#suspects.reset(searchSize);
  }

  #accepted({ count, refusals }: Asked, now: number): Verdict {
    this.#hasDelivered = true;
    this.rate.accepted(count, now);
    if (refusals < SUSPECT) this.#suspects.passed(count, this.#most);
    // Not at once: if every tenth event is refused there is a success between any two searches.
    this.#halvings = Math.max(0, this.#halvings - (now - this.#forgotAt) / FORGET_MS);
    this.#forgotAt = now;
    this.#slowSingles = 0;
    // On a slow line the size grows again step by step.
    if (count >= this.#slowSize && ++this.#slowSuccesses >= SLOW_SUCCESSES) {
      this.#slowSize *= 2;
      this.#slowSuccesses = 0;
    }
    if (this.#slowSize >= this.#most) this.#slowSize = Infinity;
    this.news.over();
    return { items: 'delivered' };
  }

  /** There was no answer, or one that is not ErrSight's. */
  #failed(outcome: Extract<Outcome, { kind: 'retry' }>, asked: Asked, now: number): Verdict {
    const { count, refusals } = asked;
    if (outcome.timedOut === true && count > 1) {
      this.#slowSize = Math.floor(count / 2);
      this.#slowSuccesses = 0;
    }
    const suspicion = suspicionOf(outcome);
    // It was refused while others passed, so this tells nothing of the others.
    if (suspicion !== undefined && refusals >= SUSPECT) return this.#search('aside', now);
    if (suspicion === 'repeated' && refusals === 0) this.#suspicious += 1;
    // Most often the server is the cause. Once an event is suspected each failure counts.
    const isSuspicious =
      suspicion === 'soon' ||
      (suspicion === 'repeated' &&
        (refusals > 0 || this.#suspects.isLooking || this.#suspicious >= SUSPICIOUS_FAILURES));
    const { isUp } = this.#suspects;
    // On a slow line the next request is smaller anyway.
    if (isSuspicious && (count === 1 || outcome.timedOut !== true)) this.#suspects.refused(count);
    const items = isSuspicious && count === 1 ? (isUp ? 'aside' : 'suspect') : 'again';
    // All events may fail, and only time will show that. So each step has a wait.
    const isSearch = isUp ? isSuspicious && outcome.timedOut !== true : suspicion === 'soon';
    if (isSearch && ++this.#searches <= SEARCHES) {
      return this.#search(items, now);
    }
    this.#suspects.giveUp();
    const verdict = this.#unreachable(outcome, now);
    // An event that was set aside has waits of its own, and delays no other.
    if (outcome.timedOut === true && count === 1 && ++this.#slowSingles > SOON_TIMEOUTS) {
      const until = now + silenceMs(this.#slowSingles - SOON_TIMEOUTS);
      this.#hold(until, until, now + PROBE_MS);
    }
    return { ...verdict, items };
  }

  /** The next request of a search may be made soon: there are not many in a row. */
  #search(items: Verdict['items'], now: number): Verdict {
    const at = now + SEARCH_MS;
    this.#hold(at, at, at, now + LAST_SEARCH_MS);
    return { items };
  }

  #unreachable(outcome: Extract<Outcome, { kind: 'retry' }>, now: number): Verdict {
    const { retryAfterMs } = outcome;
    const backoff = backoffMs(++this.#failures, this.#random);
    if (retryAfterMs === undefined || Number.isNaN(retryAfterMs)) {
      this.#hold(now + backoff, now + Math.min(backoff, HASTY_BACKOFF_MS));
    } else {
      this.#hold(now + Math.max(backoff, retryAfterMs));
    }
    if (this.#failures < OUTAGE_FAILURES) return { items: 'again' };
    const message = troubleOf(outcome, HELD) ?? '';
    return { items: 'again', report: this.news.tell('unreachable', message, now) };
  }

  /** ErrSight refuses the request, so the next one holds half of the suspected events. */
  #halve(kind: 'too_large' | 'invalid', { count, refusals }: Asked, now: number): Verdict {
    // An event that was made smaller may still be too large.
    if (refusals < SUSPECT) this.#suspects.halve(count > 1 || kind === 'too_large' ? count : 0);
    const more = ++this.#halvings - HALVINGS;
    if (more > 0) this.#hold(now + backoffMs(more, this.#random));
    if (count > 1) return { items: 'again' };
    return { items: kind === 'invalid' ? 'rejected' : 'shrink' };
  }

  #hold(
    readyAt: number,
    readyInHasteAt: number = readyAt,
    probeAt: number = readyAt,
    readyLastAt: number = readyInHasteAt,
  ): void {
    this.#readyAt = readyAt;
    this.#readyInHasteAt = readyInHasteAt;
    this.#readyLastAt = readyLastAt;
    this.probeAt = probeAt;
  }
}
