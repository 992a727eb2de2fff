import type { Asides } from './asides.ts';
import { MAX_BODY_BYTES, MAX_ITEMS_BYTES } from './body.ts';
import type { Item } from './item.ts';
import { LANE_FATAL } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Policy, Waiting } from './policy.ts';
import { type Allowance, ASKING } from './rate.ts';
import type { Urgent } from './senders.ts';
import type { Store } from './store.ts';

/**
 * An application that flushes more often than this in a minute flushes for each event, like a Lambda
 * handler. Then repeats leave room for a fatal error, just as without a flush.
 */
const RARE_HURRIES = 5;
const HURRIES_MS = 60_000;
/**
 * ms for which an event that may change is held, and the most ms for several such events in a row. A
 * request that logs its error mostly fails with it at once.
 */
const HOLD_MS = 200;
const MAX_HOLD_MS = 1_000;
/**
 * ms for which nothing is sent after an error that nobody caught. A listener for it often ends the process a
 * moment later. Events in a request would then be sent again, since its answer can't be read any more.
 * winston ends the process after 3 s at the latest.
 */
const CRASH_HOLD_MS = 3_500;
/** How many flushes are remembered. */
const MOST_HURRIES = RARE_HURRIES + 1;

export interface ScheduleOptions {
  readonly store: Store;
  readonly policy: Policy;
  readonly asides: Asides;
  readonly ledger: Ledger;
  readonly isEnding?: ((now: number) => boolean) | undefined;
  readonly batchSize: number;
  readonly flushInterval: number;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
}

/** Says when the next request is due and how many events it may hold. Sends nothing itself. */
export class Schedule {
  /** The highest number that was ever sent. Events up to it have waited long enough. */
  triedSeq = 0;
  /** The highest number that is to be sent without delay, for a `flush` or a `hurry`. */
  hurriedSeq = 0;
  /** When `flush` was called in the last minute. */
  #hurries: number[] = [];
  #heldSince: number | undefined;
  #heldUntil = 0;
  /** The time until which an error may end the process; Infinity until its listeners have run. */
  #crashUntil = 0;
  #isProbe = false;
  /** Whether the batcher is closing, so that no more events will come. */
  isLast = false;
  /** Whether nothing but the rate limit delays the next request. */
  isLimited = false;
  readonly #store: Store;
  readonly #policy: Policy;
  readonly #asides: Asides;
  readonly #ledger: Ledger;
  readonly #isEnding: ScheduleOptions['isEnding'];
  readonly #flushInterval: number;
  /** A request is due as soon as so many events, or bytes, wait. */
  readonly #enough: number;
  readonly #maxQueueSize: number;
  readonly #enoughBytes: number;

  constructor(options: ScheduleOptions) {
    this.#store = options.store;
    this.#policy = options.policy;
    this.#asides = options.asides;
    this.#ledger = options.ledger;
    this.#isEnding = options.isEnding;
    this.#flushInterval = options.flushInterval;
    // A small queue is sent before it has to drop something.
    this.#enough = Math.min(options.batchSize, options.maxQueueSize);
    this.#maxQueueSize = options.maxQueueSize;
    this.#enoughBytes = Math.min(MAX_BODY_BYTES, options.maxQueueBytes / 2);
  }

  /** Remembers that `flush` was called. */
  hurry(now: number): void {
    this.#hurries = [...this.#hurries.filter((at) => at > now - HURRIES_MS), now].slice(
      -MOST_HURRIES,
    );
  }

  /** Notes that the newest event may change within a moment. Other events wait for it too. */
  hold(now: number): void {
    this.#heldSince ??= now;
    this.#heldUntil = Math.min(now + HOLD_MS, this.#heldSince + MAX_HOLD_MS);
  }

  /** Notes that the process may end in a moment. All events wait until then. */
  holdForCrash(now: number): void {
    if (this.#crashUntil <= now) this.#crashUntil = Infinity;
  }

  /** Notes a fatal error, which may show whether a silent server answers again. */
  probe(): void {
    this.#isProbe = true;
  }

  /** Notes that a request takes what waits. */
  begin(): void {
    this.#isProbe = false;
    this.#heldSince = undefined;
    this.#heldUntil = 0;
    this.#crashUntil = 0;
  }

  /** When the next request is due; Infinity if nothing waits for one. */
  nextAt(now: number): number {
    return Math.min(this.#lanesAt(now), this.#asideAt(now));
  }

  /** The event that was set aside and is tried again now; undefined if it is another one's turn. */
  aside(now: number): Item | undefined {
    return this.#asideAt(now) > now ? undefined : this.#asides.next(now, this.#lanesAt(now) > now);
  }

  /** When the next event that was set aside is due. */
  #asideAt(now: number): number {
    const at = Math.max(this.#asides.nextAt, this.#policy.readyAt(false, this.#isAtEnd(now)));
    if (at > now) return at;
    const one = this.#policy.allow(
      { ...this.#waiting(now), repeats: 0, others: 1, fatal: 0 },
      this,
    );
    return one.count > 0 ? at : this.#policy.rate.freeAt(now);
  }

  /** What a request may hold now. */
  allowance(now: number): Allowance {
    return this.#policy.allow(this.#waiting(now), this);
  }

  /** What waits here that must not wait for repeats of another sender of the project. */
  get urgent(): Urgent {
    return { fatal: this.#store.count(LANE_FATAL), others: this.#store.countLanes(false) };
  }

  #lanesAt(now: number): number {
    this.isLimited = false;
    if (this.#crashUntil === Infinity) this.#crashUntil = now + CRASH_HOLD_MS;
    // The row of holds is over. The next hold begins a new row.
    if (now >= this.#heldUntil) this.#heldSince = undefined;
    const oldest = this.#store.oldest();
    if (oldest === undefined) return Infinity;
    const waiting = this.#waiting(now);
    const { repeats, others, isRipe, isHasty } = waiting;
    const untilReady = this.#policy.readyAt(this.#ledger.waiting > 0, this.#isAtEnd(now));
    const ready = this.#isProbe ? Math.min(untilReady, this.#policy.probeAt) : untilReady;
    const isCrash = now < this.#crashUntil;
    const isHeld = isCrash || now < this.#heldUntil;
    const full = Math.min(this.#enough, this.#policy.fullSize(now));
    const isFull = isHeld
      ? others >= 2 * full || repeats + others >= this.#maxQueueSize
      : repeats + others >= full;
    const isDue =
      isHasty ||
      oldest.seq <= Math.max(isHeld ? 0 : this.triedSeq, this.hurriedSeq) ||
      (this.#store.count(LANE_FATAL) > 0 && !isCrash) ||
      isFull ||
      this.#store.bytes >= this.#enoughBytes;
    const ripeAt = oldest.at + this.#flushInterval;
    const dueAt = isDue
      ? ready
      : Math.max(ready, isHeld ? Math.max(this.#heldUntil, this.#crashUntil) : ripeAt);
    if (dueAt > now) return dueAt;
    const allowed = this.#policy.allow(waiting, this);
    if (Math.min(others, allowed.count) + Math.min(repeats, allowed.repeats) > 0) return now;
    this.isLimited = true;
    const freeAt = this.#policy.rate.freeAt(now);
    return isRipe || isHasty ? freeAt : Math.min(freeAt, this.#ripeAt());
  }

  /** When the oldest repeat has waited for `flushInterval`. */
  #ripeAt(): number {
    return (this.#store.oldest(true)?.at ?? Infinity) + this.#flushInterval;
  }

  #isAtEnd(now: number): boolean {
    return this.isLast || this.#isEnding?.(now) === true;
  }

  #waiting(now: number): Waiting {
    const repeat = this.#store.oldest(true);
    return {
      now,
      repeats: this.#store.countLanes(true),
      ...this.urgent,
      canAsk: this.#store.bytes * ASKING <= MAX_ITEMS_BYTES * this.#store.queued,
      isRipe: repeat !== undefined && (repeat.wasSent || this.#ripeAt() <= now),
      isHasty: this.#ledger.waiting > 0 || (repeat?.seq ?? Infinity) <= this.hurriedSeq,
      isRare: this.#hurries.filter((at) => at > now - HURRIES_MS).length <= RARE_HURRIES,
      isLast: this.#isAtEnd(now),
    };
  }
}
