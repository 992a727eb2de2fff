import { bindHere } from '../lib/own-context.ts';
import type { Clock } from '../lib/clock.ts';
import { Alarm } from './alarm.ts';
import { Asides } from './asides.ts';
import type { BatcherOptions } from './batcher-options.ts';
import { assemble, fits, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from './body.ts';
import type { Item, Kind } from './item.ts';
import type { Lane } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { inWords, type Outcome } from './outcome.ts';
import { type Knowledge, Policy } from './policy.ts';
import { Schedule } from './schedule.ts';
import type { Sender } from './send.ts';
import type { Found } from './spool/spool.ts';
import { Store, type Taken, type Unread } from './store.ts';

/** What became of the item at an index; undefined if it did not arrive, for all that is known. */
export type FateOf = (index: number) => 'delivered' | 'rejected' | undefined;

interface Flight {
  readonly items: readonly Item[];
  readonly abort: AbortController;
}

/**
 * Brings bytes to the server: collects them, sends one request at a time, and sees to it that each
 * event has a fate in the ledger.
 *
 *     open --close()--> closing --all settled, or the deadline--> closed
 *       \__________________\_________takeRemaining()___________/
 *
 * What happens next is decided in one place, `#step`, which runs whenever something has changed; what
 * outcomes mean is the `Policy`'s business, what waits the `Store`'s, what became of it the `Ledger`'s.
 *
 * Never throws, never rejects, and does not keep the process alive but while somebody waits for
 * `flush()` or `close()`.
 */
export class Batcher {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #shrink: (bytes: Buffer) => Buffer | undefined;
  readonly #catchUp: () => void;
  readonly #store: Store;
  readonly #asides: Asides;
  readonly #policy: Policy;
  readonly #schedule: Schedule;
  readonly #alarm: Alarm;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #flight: Flight | undefined;
  /** Items that were handed over, and have no fate yet. */
  #handedOver = 0;
  /** Whether a step is about to run. */
  #awake = false;
  #closing: Promise<boolean> | undefined;
  /**
   * Runs a step in the async context of the batcher's creation. `add` is called in that of some HTTP
   * request of the application, which the connection would otherwise retain, and in whose trace our
   * requests would appear.
   */
  readonly #run: () => void;

  constructor(options: BatcherOptions) {
    this.#sender = options.sender;
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#shrink = options.shrink ?? (() => undefined);
    this.#catchUp = options.catchUp ?? (() => undefined);
    this.#store = new Store({
      spool: options.spool,
      refresh: options.refresh,
      maxCount: options.maxQueueSize,
      maxBytes: options.maxQueueBytes,
    });
    this.#asides = new Asides(this.#store, this.#ledger);
    this.#policy = new Policy({
      batchSize: options.batchSize,
      random: options.random ?? Math.random,
      rate: options.rate,
    });
    this.#schedule = new Schedule({
      ...options,
      store: this.#store,
      policy: this.#policy,
      asides: this.#asides,
    });
    if (options.known !== undefined) this.#policy.learn(options.known, this.#clock.now());
    this.#run = bindHere(() => this.#step());
    this.#alarm = new Alarm(options.clock, this.#run);
    this.#ledger.checkAgainst(() => ({
      queued: this.queued + this.#handedOver,
      inFlight: this.inFlight,
      spooled: this.#store.spooled,
    }));
    options.spool?.start((found) => this.#found(found));
  }

  /** How many events wait in memory. */
  get queued(): number {
    return this.#store.queued;
  }

  /** How many events lie on the disk only, or were left there. */
  get spooled(): number {
    return this.#store.spooled + this.#ledger.left;
  }

  /** How many events are in the request that is under way. */
  get inFlight(): number {
    return this.#flight?.items.length ?? 0;
  }

  /** What is known of the server, for another sender of this process. */
  get knowledge(): Knowledge {
    return this.#policy.knowledge(this.#clock.now());
  }

  /**
   * Takes an event: one JSON value. Sends nothing before the caller's synchronous code is done. Returns
   * its number, which `replace` takes.
   */
  add(bytes: Buffer, kind: Kind): number {
    const item = this.#ledger.accept(bytes, kind);
    if (this.#state === 'closed') this.#ledger.settle([item], 'shutdown');
    else this.#admit(item);
    return item.seq;
  }

  /**
   * Whether an event can be replaced: it came with the last ones of its lane and still waits, and nobody
   * waits for it in `flush`.
   */
  canReplace(seq: number): boolean {
    const isOpen = this.#state !== 'closed' && this.#ledger.waiting === 0;
    return isOpen && this.#store.waits(seq);
  }

  /** The newest event is likely to be replaced in a moment. */
  hold(): void {
    this.#schedule.hold(this.#clock.now());
  }

  /** Takes other bytes in the place of such an event. Its number stays, so a later flush covers it. */
  replace(seq: number, bytes: Buffer, lane: Lane): void {
    const old = this.#store.withdraw(seq);
    if (old === undefined) return;
    this.#admit({ ...old, bytes, lane, handle: undefined });
    // Only now: with a spool one of the two is always on the disk.
    this.#store.forget([old]);
  }

  #admit(item: Item): void {
    this.#gaveWay(this.#store.add(item));
    this.#ledger.check();
    this.#wake();
  }

  /**
   * Sends what waits at once, as far as the server lets us. Resolves with true once everything added
   * so far has been delivered; with false if some of it was lost (now, or since the last flush), or
   * is still on its way after `deadlineMs` milliseconds.
   */
  flush(deadlineMs: number): Promise<boolean> {
    this.#schedule.hurry(this.#clock.now());
    return this.#wait(this.#ledger.flush(deadlineMs));
  }

  /**
   * Sends what waits as if it had waited long enough. Nothing waits for that, nor is kept alive. It counts as
   * no flush: a relay sends for a whole fleet, batch by batch.
   */
  hurry(): void {
    this.#schedule.hurriedSeq = this.#ledger.lastSeq;
    this.#wake();
  }

  /**
   * Delivers what it can within `deadlineMs` milliseconds, what is added meanwhile included, gives up
   * the rest, and ends. Resolves like `flush`; further calls return the first one's promise.
   */
  close(deadlineMs: number): Promise<boolean> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  /**
   * Ends at once, and hands over what was not delivered yet, the most important first; what is in
   * flight is given up and among it. The caller says by `settleRemaining` what became of it. For the
   * last moment of a process, when nothing asynchronous runs any more.
   */
  takeRemaining(): readonly Item[] {
    if (this.#state === 'closed') return [];
    const inFlight = this.#flight?.items ?? [];
    this.#end();
    const lost = this.#store.restore(inFlight);
    const remaining = this.#store.takeMemory();
    this.#handedOver = remaining.length;
    // For all that this process will know.
    this.#ledger.giveUpHope(remaining);
    this.#gaveWay(lost);
    return remaining;
  }

  /** Enters an event that came after `takeRemaining`, whose fate is the caller's to settle as well. */
  addRemaining(bytes: Buffer, kind: Kind): Item {
    this.#handedOver++;
    return this.#ledger.accept(bytes, kind);
  }

  /** Settles what was handed over. Returns how much of it is lost. */
  settleRemaining(taken: readonly Item[], fateOf: FateOf): number {
    const ofFate = (fate: ReturnType<FateOf>): Item[] =>
      taken.filter((_item, index) => fateOf(index) === fate);
    const delivered = ofFate('delivered');
    const rejected = ofFate('rejected');
    this.#store.forget([...delivered, ...rejected]);
    const { left, lost } = this.#store.end(ofFate(undefined));
    this.#handedOver -= taken.length;
    this.#ledger.settleAll([
      [delivered, 'delivered'],
      [rejected, 'rejected'],
      [left, 'left'],
      [lost, 'shutdown'],
    ]);
    return rejected.length + lost.length;
  }

  async #close(deadlineMs: number): Promise<boolean> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#schedule.isLast = true;
    const delivered = await this.#wait(this.#ledger.flushAll(deadlineMs));
    if (this.#state !== 'closing') return delivered && this.#ledger.open === 0;
    const inFlight = this.#flight?.items ?? [];
    this.#end();
    const { left, lost } = this.#store.end([...inFlight, ...this.#store.takeMemory()]);
    this.#ledger.settleAll([
      [left, 'left'],
      [lost, 'shutdown'],
    ]);
    return delivered && left.length + lost.length === 0;
  }

  #tellNews(): void {
    const news = this.#policy.news();
    if (news !== undefined) this.#ledger.say(news);
  }

  #end(): void {
    this.#tellNews();
    const flight = this.#flight;
    this.#state = 'closed';
    this.#flight = undefined;
    this.#alarm.clear();
    if (flight !== undefined) this.#policy.rate.end(flight.items.length, this.#clock.now());
    flight?.abort.abort();
    this.#sender.close();
    this.#ledger.abandonFlushes();
  }

  #wait(promise: Promise<boolean>): Promise<boolean> {
    if (this.#state === 'closed') this.#ledger.abandonFlushes();
    this.#wake();
    return promise;
  }

  /** Others have left events on the disk, which count as accepted from now on. */
  #found({ handles, now }: Found): void {
    const items = handles.map((handle) => {
      const { lane, at } = handle;
      const age = Math.max(0, now - at);
      const item = this.#ledger.accept(Buffer.alloc(0), { lane, wasSent: true }, age);
      item.handle = handle;
      return item;
    });
    this.#store.addFound(items);
    this.#ledger.check();
    this.#wake();
  }

  /** Has a step run after the current synchronous code, so that what it adds goes together. */
  #wake(): void {
    if (this.#awake || this.#flight !== undefined || this.#state === 'closed') return;
    this.#awake = true;
    void Promise.resolve().then(this.#run);
  }

  /** Decides what to do next. */
  #step(): void {
    this.#awake = false;
    if (this.#state === 'closed' || this.#flight !== undefined) return;
    const now = this.#clock.now();
    if (this.#policy.newsAt <= now) this.#tellNews();
    // Nothing else is left to try: nobody knows whether others would pass.
    if (this.#store.oldest() === undefined) this.#gaveWay(this.#asides.retrySuspects());
    let at = this.#schedule.nextAt(now);
    if (at > now && at < Infinity && this.#ledger.waiting > 0) {
      // A revoked key, a paused project, a long Retry-After: flush() knows its answer by now.
      this.#ledger.idleUntil(at);
      at = this.#schedule.nextAt(now);
    }
    const next = Math.min(at, this.#policy.newsAt);
    if (at <= now) this.#send(now);
    else if (next < Infinity) this.#alarm.set(next);
    else this.#alarm.clear();
  }

  #send(now: number): void {
    this.#alarm.clear();
    this.#catchUp();
    this.#schedule.begin();
    const { items, unread } = this.#take(now);
    const [first] = items;
    if (first !== undefined && !fits(first.bytes)) {
      if (!this.#shrunk(first)) this.#lose(first, 'rejected');
    } else if (first !== undefined) {
      const resent = items.reduce((count, { wasSent }) => count + (wasSent ? 1 : 0), 0);
      this.#flight = { items, abort: new AbortController() };
      for (const item of items) {
        item.wasSent = true;
        this.#schedule.triedSeq = Math.max(this.#schedule.triedSeq, item.seq);
      }
      this.#ledger.requests++;
      this.#policy.rate.begin(items.length, this.#clock.now());
      void this.#request(this.#flight, resent);
    }
    this.#settleUnread(unread);
    this.#wake();
  }

  async #request(flight: Flight, resent: number): Promise<void> {
    const { items, abort } = flight;
    let outcome: Outcome;
    try {
      outcome = await this.#sender.send(assemble(items), items.length, abort.signal, resent);
    } catch {
      outcome = { kind: 'retry', reason: 'the sender failed' };
    }
    // The end came first, and has disposed of the items.
    if (this.#flight !== flight) return;
    this.#land(items, outcome);
    this.#step();
  }

  /** What was in flight is so no longer. */
  #land(items: readonly Item[], outcome: Outcome): void {
    const now = this.#clock.now();
    this.#policy.rate.end(items.length, now);
    const [first] = items;
    const asked = { count: items.length, refusals: first?.refusals ?? 0 };
    const { items: verdict, report } = this.#policy.judge(outcome, asked, now);
    this.#flight = undefined;
    switch (verdict) {
      case 'delivered': {
        this.#store.forget(items);
        const lost = this.#asides.passed(items, now);
        this.#ledger.settle(items, 'delivered');
        this.#gaveWay(lost);
        break;
      }
      case 'again': {
        const lost = this.#store.restore(items);
        this.#gaveWay(lost);
        this.#ledger.retried(items.length, inWords(outcome));
        break;
      }
      case 'shrink':
        if (first && !this.#shrunk(first)) this.#setAside(first, now, inWords(outcome));
        break;
      case 'aside':
        if (first) this.#setAside(first, now, inWords(outcome));
        break;
      case 'rejected':
        this.#store.forget(items);
        this.#ledger.settle(items, 'rejected', inWords(outcome));
        break;
    }
    if (report !== undefined) this.#ledger.say(report);
  }

  /** The items of the next request. The first is the only one if it doesn't fit. */
  #take(now: number): Taken {
    if (this.#schedule.asideAt(now) <= now) {
      const item = this.#store.takeAside();
      if (item !== undefined) return { items: [item], unread: [] };
    }
    const allowed = this.#schedule.allowance(now);
    return this.#store.take({ ...allowed, bytes: MAX_ITEMS_BYTES, overhead: SEPARATOR_BYTES });
  }

  #settleUnread(unread: readonly Unread[]): void {
    const because = (reason: Unread['why']): Item[] =>
      unread.filter(({ why }) => why === reason).map(({ item }) => item);
    this.#ledger.settleAll(
      [
        [because('too_old'), 'too_old'],
        [because('unreadable'), 'internal_error'],
      ],
      'what lay on the disk can not be read any more',
    );
  }

  /** Puts a smaller form of the item back. Returns whether there is one, or it is lost. */
  #shrunk(item: Item): boolean {
    let bytes: Buffer | undefined;
    try {
      bytes = this.#shrink(item.bytes);
    } catch {
      this.#lose(item, 'internal_error');
      return true;
    }
    // One that is no smaller would come back for ever.
    if (bytes === undefined || bytes.length >= item.bytes.length) return false;
    item.bytes = bytes;
    this.#gaveWay(this.#store.restore([item]));
    return true;
  }

  #lose(item: Item, fate: 'rejected' | 'internal_error'): void {
    this.#store.forget([item]);
    this.#ledger.settle([item], fate);
  }

  /** Somebody between refuses this one: others are to be tried first. */
  #setAside(item: Item, now: number, reason: string): void {
    this.#gaveWay(this.#asides.add(item, now, reason));
    this.#ledger.retried(1, reason);
  }

  /** These have no place any more, neither in memory nor on the disk. */
  #gaveWay(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#store.forget(items);
    this.#ledger.settle(items, 'queue_full');
  }
}
