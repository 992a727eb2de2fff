import type { Clock } from '../lib/clock.ts';
import { type DeliveryMessage, type Happening, publish } from '../diagnostics.ts';
import { type DropReason, noDrops } from '../stats.ts';
import { Flushes } from './flushes.ts';
import type { Item, Kind } from './item.ts';

/**
 * What became of an event. It arrived, it was left on the disk for a later process, or it is lost.
 */
export type Fate = 'delivered' | 'left' | DropReason;

/** How many events without a fate are where. */
export interface Places {
  readonly queued: number;
  readonly inFlight: number;
  readonly spooled: number;
}

export interface LedgerOptions {
  readonly clock: Clock;
  /** Prints a line on stderr. Returns false if it did not, since a line of this kind came just before. */
  readonly report?: ((message: string) => boolean) | undefined;
  /** Is called with the fate of each item. */
  readonly onSettled?: ((items: readonly Item[], fate: Fate, why?: string) => void) | undefined;
  /** Is called with why events that were sent have not arrived; see `Ledger.trouble`. */
  readonly onTrouble?: ((why: string) => void) | undefined;
}

/** Items with the same fate. */
type Settled = readonly [items: readonly Item[], fate: Fate];

/** Fates that count as losses. `shutdown` is none here: the line at the end of a process reports it. */
const LOSSES = ['queue_full', 'rejected', 'too_old', 'internal_error'] as const;

/**
 * Whether to check after each step that the counts add up. Tests set it for all their processes.
 */
const isChecked = process.env['ERRSIGHT_CHECK_LEDGER'] === '1';

/**
 * Knows what became of every event. Only `settle` gives an event its fate. From there everybody
 * learns of it: the counters, waiting flushes, receipts, the counts of repeats, the diagnostics
 * channels and stderr.
 *
 *   accept ─► open ─► settle: delivered │ left │ dropped, with a reason
 */
export class Ledger {
  readonly dropped: Record<DropReason, number> = noDrops();
  accepted = 0;
  delivered = 0;
  /** How many events were left on the disk for a later process. */
  left = 0;
  /** HTTP requests, retries included. */
  requests = 0;
  /** How many losses of each kind a line on stderr has counted. */
  readonly #toldOf: Record<DropReason, number> = noDrops();
  readonly #clock: Clock;
  readonly #flushes: Flushes;
  readonly #report: (message: string) => boolean;
  readonly #onSettled: LedgerOptions['onSettled'];
  readonly #onTrouble: LedgerOptions['onTrouble'];
  /** Why the events of the last request have not arrived. Undefined if they have, or none was made. */
  trouble: string | undefined;
  /** The number of the newest item. */
  #lastSeq = 0;
  /** How many items have no fate yet. */
  #open = 0;
  /** Numbers of items without a fate for which no flush waits. */
  readonly #givenUp = new Set<number>();
  #places: (() => Places) | undefined;

  constructor({ clock, report, onSettled, onTrouble }: LedgerOptions) {
    this.#clock = clock;
    this.#flushes = new Flushes(clock);
    this.#report = report ?? (() => true);
    this.#onSettled = onSettled;
    this.#onTrouble = onTrouble;
  }

  /** How many items have no fate yet. */
  get open(): number {
    return this.#open;
  }

  /** How many calls of `flush` and `close` wait. */
  get waiting(): number {
    return this.#flushes.size;
  }

  /** The number of the newest item; 0 if none has come. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Accepts a new event. `ms` is how long ago it arrived, for one that was found on the disk. */
  accept(bytes: Buffer, kind: Kind, ms = 0): Item {
    const { lane, repeats, carries, receipt, wasSent = false, refusals = 0 } = kind;
    this.accepted += 1;
    this.#open += 1;
    if (this.#flushes.size > 0) this.#flushes.added();
    const seq = ++this.#lastSeq;
    const at = this.#clock.now() - ms;
    // Each property by its name: kinds have several shapes, which V8 spreads slowly.
    const handle = undefined;
    const mayBeStored = wasSent;
    return {
      seq,
      at,
      lane,
      repeats,
      carries,
      receipt,
      bytes,
      handle,
      wasSent,
      mayBeStored,
      refusals,
    };
  }

  /** Counts events that are lost before they become items. */
  refuse(reason: DropReason, count = 1): void {
    this.accepted += count;
    this.dropped[reason] += count;
    this.#told([['dropped', { count, reason }]]);
  }

  /** Notes the outcome of a request: why its events have not arrived, undefined if they have. */
  answered(why: string | undefined): void {
    this.trouble = why;
    if (why !== undefined) this.#onTrouble?.(why);
  }

  /** Gives these items their fate and informs everybody. `why` is for the line on stderr. */
  settle(items: readonly Item[], fate: Fate, why?: string): void {
    this.settleAll([[items, fate]], why);
  }

  /**
   * Does the same for items with several fates at once. All are counted before anybody is informed.
   */
  settleAll(all: readonly Settled[], why?: string): void {
    const news: (readonly [Happening, DeliveryMessage])[] = [];
    for (const [items, fate] of all) {
      if (items.length === 0) continue;
      this.#open -= items.length;
      news.push(this.#count(items.length, fate));
      for (const item of items) this.#tellItem(item, fate);
      this.#onSettled?.(items, fate, why);
      this.#say(items.length, fate, why);
    }
    if (news.length === 0) return;
    this.#flushes.release();
    this.#told(news);
  }

  /** Tells that these events are sent again. */
  retried(count: number, reason: string): void {
    this.#told([['retried', { count, reason }]]);
  }

  /**
   * No flush waits for these any more. Until they arrive, each flush that covers them resolves with
   * false at once.
   */
  stopWaitingFor(items: readonly Item[]): void {
    for (const { seq } of items) {
      if (this.#givenUp.has(seq)) continue;
      this.#givenUp.add(seq);
      this.#flushes.giveUp(seq);
    }
    this.#flushes.release();
  }

  /** Resolves after `ms` at the latest, with whether all events so far have arrived. */
  flush(ms: number): Promise<boolean> {
    return this.#wait(this.#lastSeq, ms);
  }

  /** Does the same for all events, also those that come meanwhile. */
  flushAll(ms: number): Promise<boolean> {
    return this.#wait(Infinity, ms);
  }

  /** Nothing will be sent before `at`. So a flush that ends before then resolves with false now. */
  idleUntil(at: number): void {
    this.#flushes.idleUntil(at);
  }

  /** Nothing more will be sent. All waiting flushes resolve with false. */
  abandonFlushes(): void {
    this.#flushes.abandon();
  }

  /** Sets where events without a fate are counted when a test checks the counts. */
  checkAgainst(places: () => Places): void {
    this.#places = places;
  }

  /** Checks in tests that every event is somewhere or has a fate. */
  check(): void {
    if (!isChecked || this.#places === undefined) return;
    const { queued, inFlight, spooled } = this.#places();
    const lost = Object.values(this.dropped).reduce((sum, count) => sum + count, 0);
    const known = queued + inFlight + spooled + this.delivered + this.left + lost;
    if (known === this.accepted && queued + inFlight + spooled === this.#open) return;
    const { accepted, delivered, left, dropped } = this;
    const counted = { accepted, delivered, left, dropped, open: this.#open };
    const seen = JSON.stringify({ ...counted, queued, inFlight, spooled });
    // It is thrown later, since the application must not see it but a test has to fail.
    queueMicrotask(() => {
      throw new Error(`the ledger does not add up: ${seen}`);
    });
  }

  /** Prints a line on stderr. Returns whether it has. Does not throw if `report` does. */
  say(message: string): boolean {
    try {
      return this.#report(message);
    } catch {
      // If `report` itself fails nobody is left to tell.
      return true;
    }
  }

  /** The losses that no line on stderr has counted yet. From now on they count as told. */
  takeUntold(): readonly (readonly [DropReason, number])[] {
    const untold = LOSSES.map(
      (reason) => [reason, this.dropped[reason] - this.#toldOf[reason]] as const,
    );
    for (const reason of LOSSES) this.#toldOf[reason] = this.dropped[reason];
    return untold.filter(([, count]) => count > 0);
  }

  async #wait(upTo: number, ms: number): Promise<boolean> {
    // Asked before too: one that is given up may be lost before this goes on.
    const wasGivenUp = this.#hasGivenUp(upTo);
    const arrived = await this.#flushes.wait(upTo, this.#open - this.#givenUp.size, ms);
    return arrived && !wasGivenUp && !this.#hasGivenUp(upTo);
  }

  #hasGivenUp(upTo: number): boolean {
    return [...this.#givenUp].some((seq) => seq <= upTo);
  }

  #count(count: number, fate: Fate): readonly [Happening, DeliveryMessage] {
    if (fate === 'delivered') {
      this.delivered += count;
      return ['delivered', { count }];
    }
    if (fate === 'left') {
      this.left += count;
      return ['spooled', { count }];
    }
    this.dropped[fate] += count;
    return ['dropped', { count, reason: fate }];
  }

  #tellItem({ seq, receipt, repeats, carries = 0 }: Item, fate: Fate): void {
    // Another event reports the same as a duplicate.
    const isTold = fate === 'delivered' || fate === 'duplicate';
    if (!this.#givenUp.delete(seq)) this.#flushes.settled(seq, isTold);
    else if (!isTold) this.#flushes.lost(seq);
    if (fate === 'queue_full' && repeats !== undefined) repeats.lost += 1 + carries;
    // An event that only this process gives up may be sent by another one.
    const isPending = fate === 'left' || fate === 'shutdown';
    receipt?.(fate === 'delivered' ? 'delivered' : isPending ? 'pending' : 'lost');
  }

  #say(count: number, fate: Fate, why: string | undefined): void {
    if (fate === 'queue_full') this.say('the queue is full: the least important events are lost');
    if (
      (fate === 'too_old' &&
        this.say(`events were in the spool for too long, and are given up: ${count}`)) ||
      (fate === 'rejected' &&
        this.say(
          `ErrSight could not read an event, which is lost (${why ?? 'it is too large'})`,
        )) ||
      (fate === 'internal_error' && this.say(`an event is lost (${why ?? 'it cannot be written'})`))
    ) {
      this.#toldOf[fate] += fate === 'too_old' ? count : 1;
    }
  }

  /**
   * Tells subscribers after everything is counted. They may read the stats or capture more events.
   */
  #told(news: readonly (readonly [Happening, DeliveryMessage])[]): void {
    this.check();
    for (const [what, message] of news) publish(what, message);
  }
}
