import type { SentElsewhere } from '../sent-elsewhere.ts';

/** ErrSight counts events by the minute of its clock. */
const WINDOW_MS = 60_000;
/**
 * The end of a minute, in which repeats may take what is left: a fatal error that finds no place waits so
 * long at most. More than the usual limit within one minute shows that there is more room.
 */
const LAST_MS = 3_000;
/** What is taken within so short a time belongs to one window. */
const BRIEF_MS = 1_000;
/** A 0 from elsewhere must not make a loop without a wait. */
const MIN_WAIT_MS = 1_000;
/** What a new project may send in a minute. */
const USUAL_LIMIT = 60;
/**
 * While no limit is known, so many events may have gone in a minute before further repeats wait for
 * `flushInterval`: half the usual limit, so that what is new in the same burst still goes.
 */
const HASTY_REPEATS = USUAL_LIMIT / 2;
/**
 * A limit that no answer has confirmed for so long is forgotten: somebody may have raised it, and
 * nothing but a refusal tells. To learn it anew costs one refused request in ten minutes.
 */
const MEMORY_MS = 10 * WINDOW_MS;

/** What one sender tells the next about the limit; times are relative, since clocks differ by thread. */
export interface RateKnowledge {
  readonly limit: number;
  /** Events that may still go in this window. */
  readonly left: number;
  /** ms to the end of the window. */
  readonly endsIn: number;
}

/** What waits, when it is asked what of it may go. */
export interface Demand {
  readonly now: number;
  readonly repeats: number;
  readonly others: number;
  /** What a request holds usually. */
  readonly size: number;
  /** Whether the repeats have waited for `flushInterval`, or were sent before. */
  readonly isRipe: boolean;
  /** Whether somebody waits in `flush`. */
  readonly isHasty: boolean;
  /** Whether that is rare, so that it is meant for all that waits, and not for each event. */
  readonly isRare: boolean;
  /** Whether nothing more comes for which places should be kept. */
  readonly isLast: boolean;
}

/** What may go now. */
export interface Allowance {
  readonly count: number;
  /** Those of them that may be repeats. */
  readonly repeats: number;
}

/** Places that are left in the current window, as the last refusal tells. */
interface Bound {
  left: number;
  /** The most that a request may hold. */
  readonly ceiling: number;
  readonly until: number;
}

/** The share of a known limit that repeats leave to what is new. */
export function reserveOf(limit: number): number {
  return limit === 1 ? 0 : Math.max(1, Math.ceil(limit / 10));
}

/**
 * The project's limit of events a minute, as far as it is known, and what may still go.
 *
 * A refused request uses nothing up. So one of more events than the usual limit is a free question: it
 * is refused as a whole, or shows that there is more room. A smaller one could take the last places for
 * repeats.
 */
export class Rate {
  readonly #wall: () => number;
  readonly #elsewhere: SentElsewhere | undefined;
  #limit: number | undefined;
  #confirmedAt = -Infinity;
  /** A moment at which a window ends; others are whole minutes away. */
  #edge = 0;
  #bound: Bound | undefined;
  /** What was accepted in the last minutes. */
  #sent: { readonly at: number; readonly count: number }[] = [];
  /** Events in requests that have no answer yet: two senders of one project may have one each. */
  #inFlight = 0;
  /** Whether more went through than any usual limit lets through. */
  #isRoomy = false;

  /**
   * `wall` tells the time by which minutes begin, as ErrSight's clock should. Default: the machine's.
   * `elsewhere` tells what other threads send for the same project.
   */
  constructor(wall: () => number = Date.now, elsewhere?: SentElsewhere) {
    this.#wall = wall;
    this.#elsewhere = elsewhere;
  }

  /** The most that a request may ever hold, as far as is known. */
  limit(now: number): number {
    this.#refresh(now);
    return this.#limit ?? Infinity;
  }

  /** So many events are on their way. */
  begin(count: number, now: number): void {
    this.#inFlight += count;
    this.#elsewhere?.fly(count, now);
  }

  /** They have an answer, or nobody waits for it any more. */
  end(count: number, now: number): void {
    this.#inFlight -= count;
    this.#elsewhere?.fly(-count, now);
  }

  /** So many events were accepted. */
  accepted(count: number, now: number): void {
    if (this.#bound !== undefined) this.#bound.left -= count;
    this.#sent = this.#sent.filter(({ at }) => at > now - 2 * WINDOW_MS);
    this.#sent.push({ at: now, count });
    this.#elsewhere?.accepted(count, now);
    // A minute touches two windows, so that twice the usual limit may pass within one; a minute of the
    // clock does not, nor does a second, but for one in sixty.
    if (
      this.#sentSince(now - Math.max(BRIEF_MS, this.#phase())) > USUAL_LIMIT ||
      this.#sentSince(now - WINDOW_MS) > 2 * USUAL_LIMIT
    ) {
      this.#isRoomy = true;
    }
  }

  /** A request of so many events was refused. */
  refused(
    count: number,
    now: number,
    told: { readonly limit?: number | undefined; readonly retryAfterMs?: number | undefined },
  ): void {
    this.#isRoomy = false;
    if (told.limit !== undefined && told.limit >= 1) {
      this.#limit = told.limit;
      this.#confirmedAt = now;
    }
    const wait = (told.retryAfterMs ?? WINDOW_MS) || 0;
    const until = now + Math.max(wait, MIN_WAIT_MS);
    this.#edge = until;
    const own = this.#ownLeft(now);
    if (this.#limit !== undefined) this.#elsewhere?.announce(this.#limit, until);
    // Our own count explains the refusal, or others use the limit too: then it is looked for by halves.
    this.#bound =
      count > own
        ? { left: own, ceiling: own, until }
        : {
            // ErrSight always tells its limit; who doesn't may count in another way.
            left: this.#limit === undefined && count > 1 ? Infinity : count - 1,
            ceiling: Math.floor(count / 2),
            until,
          };
  }

  /** What may go now of what waits. */
  allow(demand: Demand): Allowance {
    const { now, repeats, others, size, isLast } = demand;
    this.#refresh(now);
    const bound = this.#boundAt(now);
    const free = Math.min(this.#ownLeft(now), bound?.left ?? Infinity);
    const left = Math.max(0, free - this.#flying(now));
    const count = Math.min(size, left, bound?.ceiling ?? Infinity);
    if (this.#limit !== undefined) {
      const kept = isLast ? 0 : reserveOf(this.#limit);
      return { count, repeats: Math.max(0, Math.min(count, left - kept - others)) };
    }
    if (this.#isRoomy || bound !== undefined || repeats === 0) return { count, repeats: count };
    return this.#guess(demand);
  }

  /** When more may go than now. */
  freeAt(now: number): number {
    const bound = this.#boundAt(now);
    if (bound !== undefined) return bound.until;
    if (this.#limit !== undefined) return this.#windowStart(now) + WINDOW_MS;
    const first = this.#sent.find(({ at }) => at > now - WINDOW_MS);
    const last = WINDOW_MS - LAST_MS - this.#phase();
    return Math.min((first?.at ?? now) + WINDOW_MS, last > 0 ? now + last : Infinity);
  }

  /** What the next sender of this process has to know; undefined if no limit is known. */
  knowledge(now: number): RateKnowledge | undefined {
    this.#refresh(now);
    if (this.#limit === undefined) return undefined;
    const left = Math.min(this.#ownLeft(now), this.#boundAt(now)?.left ?? Infinity);
    return { limit: this.#limit, left: Math.max(0, left), endsIn: this.freeAt(now) - now };
  }

  /** Takes over what another sender knew. */
  learn({ limit, left, endsIn }: RateKnowledge, now: number): void {
    this.#limit = limit;
    this.#confirmedAt = now;
    this.#edge = now + endsIn;
    this.#bound = { left, ceiling: left, until: this.#edge };
  }

  /** Without a known limit: as if it were the usual one, but what has waited goes all the same. */
  #guess({ now, repeats, others, size, isRipe, isHasty, isRare, isLast }: Demand): Allowance {
    if (isLast) return { count: size, repeats: size };
    if (this.#phase() >= WINDOW_MS - LAST_MS) return { count: size, repeats: size };
    // ErrSight's clock may be another, so any minute has to keep to it.
    const used = this.#usedSince(now - WINDOW_MS + 1) + this.#flying(now);
    if (!isRipe && !isHasty) {
      return { count: size, repeats: Math.max(0, Math.min(size, HASTY_REPEATS - used - others)) };
    }
    const all = repeats + others;
    const safe = USUAL_LIMIT - reserveOf(USUAL_LIMIT) - used;
    // So large that the usual limit refuses it as a whole, whatever went before.
    if (all > USUAL_LIMIT) {
      const count = Math.max(size, USUAL_LIMIT + 1);
      return { count, repeats: count };
    }
    if (isHasty && isRare) return { count: size, repeats: size };
    return { count: size, repeats: Math.max(0, safe - others) };
  }

  /** ms since the minute began, by the wall clock. */
  #phase(): number {
    return ((this.#wall() % WINDOW_MS) + WINDOW_MS) % WINDOW_MS;
  }

  /** Places of the current window that our own events have not taken. */
  #ownLeft(now: number): number {
    if (this.#limit === undefined) return Infinity;
    return this.#limit - this.#usedSince(this.#windowStart(now));
  }

  /** When the current window began; up to a second later than it did, as `Retry-After` is in seconds. */
  #windowStart(now: number): number {
    return this.#edge + Math.floor((now - this.#edge) / WINDOW_MS) * WINDOW_MS;
  }

  /** Events that have no answer yet, in all threads. */
  #flying(now: number): number {
    return this.#inFlight + (this.#elsewhere?.inFlight(now) ?? 0);
  }

  #usedSince(start: number): number {
    return this.#sentSince(start) + (this.#elsewhere?.used(start) ?? 0);
  }

  /** What this thread has sent. */
  #sentSince(start: number): number {
    let used = 0;
    for (const { at, count } of this.#sent) if (at >= start) used += count;
    return used;
  }

  #boundAt(now: number): Bound | undefined {
    if (this.#bound !== undefined && now >= this.#bound.until) this.#bound = undefined;
    return this.#bound;
  }

  /** Learns what others were told, and forgets what was told long ago. */
  #refresh(now: number): void {
    const news = this.#elsewhere?.news();
    if (news !== undefined) {
      this.#limit = news.limit;
      this.#confirmedAt = Math.min(now, news.endsAt);
      this.#edge = news.endsAt;
    }
    if (now - this.#confirmedAt > MEMORY_MS) this.#limit = undefined;
  }
}
