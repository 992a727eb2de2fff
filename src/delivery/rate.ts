import type { SentElsewhere } from '../sent-elsewhere.ts';
import { Senders, type Urgent } from './senders.ts';
import { Usage } from './usage.ts';

/** ErrSight counts events per minute of its clock. */
const WINDOW_MS = 60_000;
/**
 * In the last ms of a minute repeats may take the places that are left. A fatal error that then
 * finds none waits no longer than this. If more than the usual limit passes in one minute, the
 * limit is higher.
 */
const LAST_MS = 3_000;
/** What is accepted within so short a time most likely belongs to one window. */
const BRIEF_MS = 1_000;
/** A proxy may answer `Retry-After: 0`, which must not make a loop without a wait. */
const MIN_WAIT_MS = 1_000;
/** `Retry-After` is rounded up to a second, and comes a moment later. */
const ROUNDING_MS = 1_500;
/** How many events a new project may send in a minute. */
const USUAL_LIMIT = 60;
/** A request with so many events shows whether the limit is the usual one. If it is, it takes no place. */
export const ASKING: number = USUAL_LIMIT + 1;
/**
 * While no limit is known, repeats wait for `flushInterval` once so many events were sent in a
 * minute. It is a quarter of the usual limit, so that three processes in a storm leave places for
 * fatal errors and new issues.
 */
const HASTY_REPEATS = USUAL_LIMIT / 4;
/**
 * ms before the end of a minute, as far as we know it, after which no repeat is sent that has waited
 * for the end. The minute may have ended up to a second before, and the next one is kept for others.
 */
const MARGIN_MS = 1_000;
/** ms at the end of a minute that repeats have for each event of the limit, and at most. */
const LAST_MS_PER_EVENT = 5;
const MOST_LAST_MS = 30_000;
/**
 * A limit is forgotten if no answer has confirmed it for so long. Somebody may have raised it, and
 * only a refusal tells the limit. To learn it again costs one refused request in ten minutes.
 */
const MEMORY_MS = 10 * WINDOW_MS;

/**
 * The facts about the limit that one sender hands to the next. Times are relative, since each thread has its own
 * clock.
 */
export interface RateKnowledge {
  readonly limit: number;
  /** How many events may still be sent in this window. */
  readonly left: number;
  /** Whether others have used the limit in this window too. */
  readonly isShared: boolean;
  /** ms to the end of the window. */
  readonly endsIn: number;
}

/** What waits, for the question how much of it may be sent. */
export interface Demand {
  readonly now: number;
  readonly repeats: number;
  readonly others: number;
  /** How many of the others are fatal errors. */
  readonly fatal: number;
  /** Whether a request can hold more events than the usual limit allows. */
  readonly canAsk: boolean;
  /** How many events a request holds normally. */
  readonly size: number;
  /** Whether the repeats have waited for `flushInterval`, or were tried before. */
  readonly isRipe: boolean;
  /** Whether somebody waits in `flush`. */
  readonly isHasty: boolean;
  /**
   * Whether `flush` is called rarely: then it is meant for all that waits, and not for each event.
   */
  readonly isRare: boolean;
  /** Whether no more events will come, so that no places have to be kept. */
  readonly isLast: boolean;
}

/** How many events may be sent now. */
export interface Allowance {
  readonly count: number;
  /** How many of them may be repeats. */
  readonly repeats: number;
}

/** The facts about the current window from the last refusal. A place is the right to send one event. */
interface Bound {
  left: number;
  /** How many events a request may hold at most. */
  readonly ceiling: number;
  /** Whether our own events don't explain the refusal, so that others use the limit too. */
  readonly isShared: boolean;
  readonly until: number;
}

/** How many places of a limit repeats leave to new issues. */
export function reserveOf(limit: number): number {
  return limit === 1 ? 0 : Math.max(1, Math.ceil(limit / 10));
}

/**
 * The project's limit of events per minute, as far as it is known, and how many may still be sent.
 *
 * A refused request takes no places. So a request with more events than the usual limit is a free
 * question: it is refused as a whole, or shows that the limit is higher. A smaller one could take
 * the last places for repeats.
 */
export class Rate {
  readonly #wall: () => number;
  readonly #elsewhere: SentElsewhere | undefined;
  readonly #usage: Usage;
  readonly #senders = new Senders();
  #limit: number | undefined;
  #confirmedAt = -Infinity;
  /** A time at which a window ends. All other ends are whole minutes before or after it. */
  #windowEnd = 0;
  #bound: Bound | undefined;
  /** How many refusals in a row told no time to wait. */
  #timeless = 0;
  /** Whether more events passed than the usual limit allows. */
  #isRoomy = false;
  /**
   * Until when repeats wait for the end of each minute, since others use the limit too, or may do so
   * in the minute in which it was learned.
   */
  #crowdedUntil = -Infinity;

  /**
   * `wall` is the clock by which minutes begin, in ms, as ErrSight's should. Default: the
   * machine's. `elsewhere` knows what other threads send for the same project.
   */
  constructor(wall: () => number = Date.now, elsewhere?: SentElsewhere) {
    this.#wall = wall;
    this.#elsewhere = elsewhere;
    this.#usage = new Usage(elsewhere);
  }

  /** Adds a sender. `urgent` tells what waits in it. Returns a function that removes it. */
  join(sender: object, urgent: () => Urgent): () => void {
    return this.#senders.join(sender, urgent);
  }

  /** How many events a request may hold at most, as far as the limit is known. */
  limit(now: number): number {
    this.#refresh(now);
    return this.#limit ?? Infinity;
  }

  /** A request with so many events begins. */
  begin(count: number, now: number): void {
    this.#usage.began(count, now);
  }

  /** A request with so many events has an answer, or was given up. */
  end(count: number, now: number): void {
    this.#usage.began(-count, now);
  }

  /** So many events were accepted. */
  accepted(count: number, now: number): void {
    this.#timeless = 0;
    if (this.#bound !== undefined) this.#bound.left -= count;
    this.#usage.accepted(count, now, 2 * WINDOW_MS);
    // Any 60 s touch two windows, so twice the usual limit may pass in them. A minute of the clock
    // touches one window. So does a single second, except for one in sixty.
    this.#isRoomy ||=
      this.#usage.ownSince(now - Math.max(BRIEF_MS, this.#phase())) > USUAL_LIMIT ||
      this.#usage.ownSince(now - WINDOW_MS) > 2 * USUAL_LIMIT;
  }

  /** A request of so many events was refused. */
  refused(
    count: number,
    now: number,
    told: { readonly limit?: number | undefined; readonly retryAfterMs?: number | undefined },
  ): void {
    this.#isRoomy = false;
    const isNew = this.#limit === undefined;
    if (told.limit !== undefined && told.limit >= 1) {
      this.#limit = told.limit;
      this.#confirmedAt = now;
    }
    const wait = (told.retryAfterMs ?? WINDOW_MS) || 0;
    const until = this.#agreed(now + Math.max(wait, this.#leastWait(wait)), now);
    this.#windowEnd = until;
    const own = this.#ownLeft(now);
    if (this.#limit !== undefined) this.#elsewhere?.announce(this.#limit, until);
    const isShared = count <= own;
    if (this.#limit !== undefined && (isShared || isNew)) {
      this.#crowdedUntil = Math.max(this.#crowdedUntil, isShared ? now + MEMORY_MS : until);
    }
    // Either our own count explains the refusal, or somebody else uses the limit too. Then requests
    // get half as large until one passes.
    this.#bound = !isShared
      ? { left: own, ceiling: own, isShared, until }
      : {
          // ErrSight always tells its limit. A proxy that tells none may not count events at all.
          left: this.#limit === undefined && count > 1 ? Infinity : count - 1,
          ceiling: Math.floor(count / 2),
          isShared,
          until,
        };
  }

  /** ms that a refusal is waited for at least. Without a time of its own it is longer each time. */
  #leastWait(told: number): number {
    if (told >= MIN_WAIT_MS) return MIN_WAIT_MS;
    this.#timeless += 1;
    return Math.min(WINDOW_MS, MIN_WAIT_MS * 2 ** (this.#timeless - 1));
  }

  /**
   * `Retry-After` is in whole seconds, so a window seems to end up to a second late. Of two ends of a window the
   * earlier one is right, and all threads have to count from the same one.
   */
  #agreed(until: number, now: number): number {
    if (this.#confirmedAt === -Infinity || this.#windowEnd === 0) return until;
    const known = this.#windowStart(now) + WINDOW_MS;
    return until > known && until - known < ROUNDING_MS ? known : until;
  }

  /** How many of the waiting events may be sent now. */
  allow(demand: Demand, sender?: object): Allowance {
    const { now, repeats, fatal, size } = demand;
    this.#refresh(now);
    const foreign = this.#senders.urgentBeside(sender);
    const others = demand.others + foreign.others;
    const bound = this.#boundAt(now);
    const free = Math.min(this.#ownLeft(now), bound?.left ?? Infinity);
    const left = Math.max(0, free - this.#usage.inFlight(now));
    // The fatal errors of all senders come before what is new to any.
    const places = Math.max(Math.min(left, fatal), left - foreign.fatal);
    const count = Math.min(size, places, bound?.ceiling ?? Infinity);
    if (this.#limit !== undefined) {
      if (this.#hasToWait(demand)) return { count, repeats: 0 };
      const kept = reserveOf(this.#limit);
      return { count, repeats: Math.max(0, Math.min(count, left - kept - others)) };
    }
    if (this.#isRoomy || bound !== undefined || repeats === 0) return { count, repeats: count };
    return this.#guess(demand, others, foreign.isAlone);
  }

  /** When more may be sent than now. */
  freeAt(now: number): number {
    const bound = this.#boundAt(now);
    if (bound !== undefined || this.#limit !== undefined) {
      const end = bound?.until ?? this.#windowStart(now) + WINDOW_MS;
      const lastAt = now < this.#crowdedUntil ? this.#lastPart(now).from : now;
      return lastAt > now ? Math.min(end, lastAt) : end;
    }
    const first = this.#usage.firstAfter(now - WINDOW_MS) ?? now;
    const last = WINDOW_MS - LAST_MS - this.#phase();
    return Math.min(first + WINDOW_MS, last > 0 ? now + last : Infinity);
  }

  /** What the next sender of this process has to know. Undefined if no limit is known. */
  knowledge(now: number): RateKnowledge | undefined {
    this.#refresh(now);
    if (this.#limit === undefined) return undefined;
    const left = Math.min(this.#ownLeft(now), this.#boundAt(now)?.left ?? Infinity);
    const endsIn = (this.#boundAt(now)?.until ?? this.#windowStart(now) + WINDOW_MS) - now;
    const isShared = this.#boundAt(now)?.isShared ?? false;
    return { limit: this.#limit, left: Math.max(0, left), isShared, endsIn };
  }

  /** Takes over what another sender has learned. */
  learn({ limit, left, isShared, endsIn }: RateKnowledge, now: number): void {
    this.#limit = limit;
    this.#confirmedAt = now;
    this.#windowEnd = now + endsIn;
    this.#bound = { left, ceiling: left, isShared, until: this.#windowEnd };
    if (isShared) this.#crowdedUntil = this.#windowEnd;
  }

  /**
   * The answer while no limit is known. It assumes the usual limit, but sends what has waited long
   * enough in any case. `others` are those of all senders.
   */
  #guess(demand: Demand, others: number, isAlone: boolean): Allowance {
    const { now, repeats, size, canAsk, isRipe, isHasty, isRare, isLast } = demand;
    if (isLast && isAlone) return { count: size, repeats: size };
    if (this.#phase() >= WINDOW_MS - LAST_MS) return { count: size, repeats: size };
    // ErrSight's clock may differ from ours, so any 60 s have to keep to the limit.
    const used = this.#usage.since(now - WINDOW_MS + 1) + this.#usage.inFlight(now);
    // The usual limit refuses so many events as a whole, whatever was sent before.
    if (canAsk && repeats + demand.others > USUAL_LIMIT) {
      const count = Math.max(size, ASKING);
      return { count, repeats: count };
    }
    if (!isRipe && !isHasty) {
      return { count: size, repeats: Math.max(0, Math.min(size, HASTY_REPEATS - used - others)) };
    }
    const safe = USUAL_LIMIT - reserveOf(USUAL_LIMIT) - used;
    if (isHasty && isRare && !isLast) return { count: size, repeats: size };
    return { count: size, repeats: Math.max(0, safe - others) };
  }

  /**
   * Whether repeats have to wait for the end of the minute: others use the limit too, or may do so.
   * Who ends can't wait. It stops only if others have used this very minute.
   */
  #hasToWait({ now, isLast }: Demand): boolean {
    if (now >= this.#crowdedUntil) return false;
    if (isLast && this.#boundAt(now)?.isShared !== true) return false;
    const { from, to } = this.#lastPart(now);
    return now < from || now >= to;
  }

  /**
   * The part of the minute in which repeats take what is left. Until then fatal errors and new
   * issues of all processes have places. In it they wait for a few seconds.
   */
  #lastPart(now: number): { readonly from: number; readonly to: number } {
    const long = Math.min(MOST_LAST_MS, (this.#limit ?? 0) * LAST_MS_PER_EVENT);
    const to = this.#windowStart(now) + WINDOW_MS - MARGIN_MS;
    return { from: to - Math.max(LAST_MS, long), to };
  }

  /** ms since the minute of the wall clock began. */
  #phase(): number {
    return ((this.#wall() % WINDOW_MS) + WINDOW_MS) % WINDOW_MS;
  }

  /** How many places of the current window our own events have not taken. */
  #ownLeft(now: number): number {
    if (this.#limit === undefined) return Infinity;
    return this.#limit - this.#usage.since(this.#windowStart(now));
  }

  /**
   * When the current window began. It may be up to a second late, since `Retry-After` is in
   * seconds.
   */
  #windowStart(now: number): number {
    return this.#windowEnd + Math.floor((now - this.#windowEnd) / WINDOW_MS) * WINDOW_MS;
  }

  #boundAt(now: number): Bound | undefined {
    if (this.#bound !== undefined && now >= this.#bound.until) this.#bound = undefined;
    return this.#bound;
  }

  /** Learns what ErrSight told other threads, and forgets a limit that is too old. */
  #refresh(now: number): void {
    const news = this.#elsewhere?.news();
    if (news !== undefined) {
      if (this.#limit === undefined) {
        this.#crowdedUntil = Math.max(this.#crowdedUntil, news.endsAt);
      }
      this.#limit = news.limit;
      this.#confirmedAt = Math.min(now, news.endsAt);
      this.#windowEnd = news.endsAt;
    }
    if (now - this.#confirmedAt > MEMORY_MS) this.#limit = undefined;
  }
}
