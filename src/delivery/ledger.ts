import type { Clock } from '../lib/clock.ts';
import { type DeliveryMessage, type Happening, publish } from '../diagnostics.ts';
import { type DropReason, noDrops } from '../stats.ts';
import { Flushes } from './flushes.ts';
import type { Item, Kind } from './item.ts';

/** What became of an event: it arrived, it is left on the disk for a later process, or it is lost. */
export type Fate = 'delivered' | 'left' | DropReason;

/** Where the events are that have no fate yet. */
export interface Places {
  readonly queued: number;
  readonly inFlight: number;
  readonly spooled: number;
}

export interface LedgerOptions {
  readonly clock: Clock;
  /** Tells people what they have to know. */
  readonly report?: ((message: string) => void) | undefined;
  /** Hears of each item's fate. */
  readonly onSettled?: ((items: readonly Item[], fate: Fate) => void) | undefined;
}

/** Items that have the same fate. */
type Settled = readonly [items: readonly Item[], fate: Fate];

/** Looks after each step whether the books add up. For tests, which set it for all their processes. */
const isChecked = process.env['ERRSIGHT_CHECK_LEDGER'] === '1';

/**
 * The one book of what became of every event. `settle` is the only place that writes a fate, and all
 * who have to hear of it hear it from there: counters, waiting flushes, receipts, the counts of
 * repeats, the diagnostics channels, stderr.
 *
 *   accept ─► open ─► settle: delivered │ left │ dropped, with a reason
 */
export class Ledger {
  readonly dropped: Record<DropReason, number> = noDrops();
  accepted = 0;
  delivered = 0;
  /** Left on the disk for a later process. */
  left = 0;
  /** HTTP requests made, retries among them. */
  requests = 0;
  readonly #clock: Clock;
  readonly #flushes: Flushes;
  readonly #report: (message: string) => void;
  readonly #onSettled: LedgerOptions['onSettled'];
  /** The number of the item that came last. */
  #lastSeq = 0;
  /** Items that have no fate yet. */
  #open = 0;
  /** Numbers of open items that nobody is to wait for. */
  readonly #hopeless = new Set<number>();
  #places: (() => Places) | undefined;

  constructor({ clock, report, onSettled }: LedgerOptions) {
    this.#clock = clock;
    this.#flushes = new Flushes(clock);
    this.#report = report ?? (() => undefined);
    this.#onSettled = onSettled;
  }

  /** How many items have no fate yet. */
  get open(): number {
    return this.#open;
  }

  /** How many wait in `flush` or `close`. */
  get waiting(): number {
    return this.#flushes.size;
  }

  /** The number of the item that came last, 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Enters a new event; `ms` is how long ago it arrived, if it lay on the disk. */
  accept(bytes: Buffer, kind: Kind, ms = 0): Item {
    const { lane, repeats, carries, receipt, wasSent = false } = kind;
    this.accepted += 1;
    this.#open += 1;
    if (this.#flushes.size > 0) this.#flushes.came();
    const seq = ++this.#lastSeq;
    const at = this.#clock.now() - ms;
    // Each by its name: kinds come in several shapes, and V8 spreads such slowly.
    const handle = undefined;
    return { seq, at, lane, repeats, carries, receipt, bytes, handle, wasSent, refusals: 0 };
  }

  /** Enters events that are lost before they were items. */
  refuse(reason: DropReason, count = 1): void {
    this.accepted += count;
    this.dropped[reason] += count;
    this.#told([['dropped', { count, reason }]]);
  }

  /** Writes down what became of these items, and tells all who have to know; `why` is for people. */
  settle(items: readonly Item[], fate: Fate, why?: string): void {
    this.settleAll([[items, fate]], why);
  }

  /** The same for items of several fates at one moment: nobody hears of one without the others. */
  settleAll(all: readonly Settled[], why?: string): void {
    const news: (readonly [Happening, DeliveryMessage])[] = [];
    for (const [items, fate] of all) {
      if (items.length === 0) continue;
      this.#open -= items.length;
      news.push(this.#count(items.length, fate));
      for (const item of items) this.#tellItem(item, fate);
      this.#onSettled?.(items, fate);
      this.#say(items.length, fate, why);
    }
    if (news.length === 0) return;
    this.#flushes.release();
    this.#told(news);
  }

  /** These are on their way again. */
  retried(count: number, reason: string): void {
    this.#told([['retried', { count, reason }]]);
  }

  /** These stay, but nobody is to wait for them: until they arrive every flush says no, at once. */
  giveUpHope(items: readonly Item[]): void {
    for (const { seq } of items) {
      if (this.#hopeless.has(seq)) continue;
      this.#hopeless.add(seq);
      this.#flushes.hopeless(seq);
    }
    this.#flushes.release();
  }

  /** Resolves with whether all that came so far has arrived, after `ms` at the latest. */
  flush(ms: number): Promise<boolean> {
    return this.#wait(this.#lastSeq, ms);
  }

  /** The same, with all that comes meanwhile. */
  flushAll(ms: number): Promise<boolean> {
    return this.#wait(Infinity, ms);
  }

  /** Nothing happens before `at`: whoever would not wait so long need not wait at all. */
  idleUntil(at: number): void {
    this.#flushes.idleUntil(at);
  }

  /** Nothing more happens here: who waits hears that not all has arrived. */
  abandonFlushes(): void {
    this.#flushes.abandon();
  }

  /** Where to look for what has no fate, when the books are checked. */
  checkAgainst(places: () => Places): void {
    this.#places = places;
  }

  /** In tests: whether every event is somewhere, or has a fate. */
  check(): void {
    if (!isChecked || this.#places === undefined) return;
    const { queued, inFlight, spooled } = this.#places();
    const lost = Object.values(this.dropped).reduce((sum, count) => sum + count, 0);
    const known = queued + inFlight + spooled + this.delivered + this.left + lost;
    if (known === this.accepted && queued + inFlight + spooled === this.#open) return;
    const { accepted, delivered, left, dropped } = this;
    const counted = { accepted, delivered, left, dropped, open: this.#open };
    const seen = JSON.stringify({ ...counted, queued, inFlight, spooled });
    // Not from here: the application must see nothing of it, but a test has to fail.
    queueMicrotask(() => {
      throw new Error(`the ledger does not add up: ${seen}`);
    });
  }

  /** People hear it, whatever they gave us to tell them. */
  say(message: string): void {
    try {
      this.#report(message);
    } catch {
      // Whoever gave us `report` has nobody else to tell.
    }
  }

  async #wait(upTo: number, ms: number): Promise<boolean> {
    const arrived = await this.#flushes.wait(upTo, this.#open - this.#hopeless.size, ms);
    return arrived && ![...this.#hopeless].some((seq) => seq <= upTo);
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
    if (!this.#hopeless.delete(seq)) this.#flushes.over(seq, fate === 'delivered');
    if (fate === 'queue_full' && repeats !== undefined) repeats.lost += 1 + carries;
    // What is only lost to this process may be handed over again.
    const isPending = fate === 'left' || fate === 'shutdown';
    receipt?.(fate === 'delivered' ? 'delivered' : isPending ? 'pending' : 'lost');
  }

  #say(count: number, fate: Fate, why: string | undefined): void {
    if (fate === 'queue_full') this.say('the queue is full: the least important events are lost');
    if (fate === 'too_old') this.say(`${these(count)} too long on the disk, and are given up`);
    if (fate === 'rejected') {
      this.say(`ErrSight could not read an event, which is lost (${why ?? 'it is too large'})`);
    }
    if (fate === 'internal_error') this.say(`an event is lost (${why ?? 'it can not be written'})`);
  }

  /** Tells subscribers once everything is in its place: they may look at the stats, or capture more. */
  #told(news: readonly (readonly [Happening, DeliveryMessage])[]): void {
    this.check();
    for (const [what, message] of news) publish(what, message);
  }
}

function these(count: number): string {
  return count === 1 ? '1 event lay' : `${count} events lay`;
}
