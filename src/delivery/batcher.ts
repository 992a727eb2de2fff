import { bindHere } from '../lib/own-context.ts';
import type { Clock } from '../lib/clock.ts';
import { Alarm } from './alarm.ts';
import { Asides } from './asides.ts';
import type { BatcherOptions } from './batcher-options.ts';
import { assemble, fits, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from './body.ts';
import type { Item, Kind } from './item.ts';
import { LANE_FATAL, type Lane } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { type Knowledge, Policy } from './policy.ts';
import { Schedule } from './schedule.ts';
import type { Sender } from './send.ts';
import type { Found } from './spool/spool.ts';
import { Store, type Taken } from './store.ts';
import { NO_ANSWER, troubleOf } from './trouble.ts';
import { Verdicts } from './verdicts.ts';

/** What became of the item, by its index; undefined if it is not known to have arrived. */
export type FateOf = (index: number, item: Item) => 'delivered' | 'rejected' | undefined;

const NO_BYTES = Buffer.alloc(0);

interface Flight {
  readonly items: readonly Item[];
  readonly abort: AbortController;
}

/**
 * Collects events, which are bytes here, and sends them to the server, one request at a time. Each
 * event gets its fate in the ledger.
 *
 *     open --close()--> closing --all settled, or the deadline--> closed
 *       \__________________\_________takeRemaining()___________/
 *
 * `#step` alone decides what happens next. It runs whenever something has changed. The `Policy`
 * says what an outcome means. The `Store` holds what waits. The `Ledger` knows what became of each
 * event.
 *
 * Never throws and never rejects. It keeps the process alive only while somebody waits for
 * `flush()` or `close()`.
 */
export class Batcher {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #catchUp: () => void;
  readonly #store: Store;
  readonly #asides: Asides;
  readonly #verdicts: Verdicts;
  readonly #policy: Policy;
  readonly #schedule: Schedule;
  readonly #alarm: Alarm;
  /** Tells the senders of the project that this one has ended. */
  readonly #leave: () => void;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #flight: Flight | undefined;
  /** How many items were handed over by `takeRemaining` and have no fate yet. */
  #handedOver = 0;
  /** Whether a step is scheduled. */
  #awake = false;
  #closing: Promise<boolean> | undefined;
  /**
   * Runs a step in the async context in which the batcher was made. `add` is called in the context
   * of an HTTP request of the application. Our connection would keep that context alive, and our
   * requests would appear in its trace.
   */
  readonly #run: () => void;

  constructor(options: BatcherOptions) {
    this.#sender = options.sender;
    this.#clock = options.clock;
    this.#ledger = options.ledger;
    this.#catchUp = options.catchUp ?? (() => undefined);
    this.#store = new Store({
      spool: options.spool,
      refresh: options.refresh,
      maxCount: options.maxQueueSize,
      maxBytes: options.maxQueueBytes,
    });
    this.#asides = new Asides(this.#store, this.#ledger);
    this.#verdicts = new Verdicts({
      store: this.#store,
      asides: this.#asides,
      ledger: this.#ledger,
      shrink: options.shrink ?? ((): undefined => undefined),
    });
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
    this.#leave = this.#policy.rate.join(this.#schedule, () => this.#schedule.urgent);
    if (options.known !== undefined) this.#policy.learn(options.known, this.#clock.now());
    this.#run = bindHere(() => this.#step());
    this.#alarm = new Alarm(options.clock, this.#run);
    this.#ledger.checkAgainst(() => ({
      queued: this.queued + this.#handedOver,
      inFlight: this.inFlight,
      spooled: this.#store.spooled,
    }));
    options.spool?.start(
      (found) => this.#found(found),
      () => this.#verdicts.gaveWay(this.#store.writeRest()),
    );
  }

  /** How many events wait in memory. */
  get queued(): number {
    return this.#store.queued;
  }

  /** How many events are only on the disk, or were left there. */
  get spooled(): number {
    return this.#store.spooled + this.#ledger.left;
  }

  /** How many events are in the request that is under way. */
  get inFlight(): number {
    return this.#flight?.items.length ?? 0;
  }

  /** Why events that were sent have not arrived, if they have not. */
  get trouble(): string | undefined {
    return this.#ledger.trouble ?? (this.#flight === undefined ? undefined : NO_ANSWER);
  }

  /** What this batcher has learned about the server, for the next one in this process. */
  get knowledge(): Knowledge {
    return this.#policy.knowledge(this.#clock.now());
  }

  /**
   * Takes an event, which is one JSON value. Nothing is sent before the caller's synchronous code
   * is done. Returns the event's number, for `replace`.
   */
  add(bytes: Buffer, kind: Kind): number {
    const item = this.#ledger.accept(bytes, kind);
    if (this.#state === 'closed') this.#ledger.settle([item], 'shutdown');
    else this.#admit(item);
    return item.seq;
  }

  /** Whether something in memory has to give way to what comes next. */
  get isFull(): boolean {
    return this.#store.isFull;
  }

  /** Whether the event that gives way to a new one is an older one of the same kind. */
  wouldReplaceOwn(kind: Kind): boolean {
    return this.#state !== 'closed' && this.#store.wouldReplaceOwn(kind);
  }

  /** Counts an event that would give way at once, so that it need not be made. */
  giveWay(kind: Kind): void {
    this.#verdicts.gaveWay([this.#ledger.accept(NO_BYTES, kind)]);
  }

  /**
   * Whether an event can be replaced. It can if it still waits in memory, is among the last of its
   * lane, and nobody waits in `flush`.
   */
  canReplace(seq: number): boolean {
    const isOpen = this.#state !== 'closed' && this.#ledger.waiting === 0;
    return isOpen && this.#store.waits(seq);
  }

  /** Holds the newest event for a moment, since it is likely to be replaced. */
  hold(): void {
    this.#schedule.hold(this.#clock.now());
  }

  /** Sends nothing for a while, since the process may end in a moment. Then what waits is sent once, at its end. */
  holdForCrash(): void {
    this.#schedule.holdForCrash(this.#clock.now());
    this.#wake();
  }

  /** Replaces the bytes of an event. Its number stays the same, so that a later flush covers it. */
  replace(seq: number, bytes: Buffer, lane: Lane): void {
    const old = this.#store.withdraw(seq);
    if (old === undefined) return;
    this.#admit({ ...old, bytes, lane, handle: undefined });
    // The old one is forgotten after the new one is written, so that the spool always has one of them.
    this.#store.forget([old]);
  }

  /** Takes back an event if another one describes the same better. Returns whether it still waited. */
  withdraw(seq: number): boolean {
    const item = this.#store.withdraw(seq);
    if (item === undefined) return false;
    this.#store.forget([item]);
    this.#ledger.settle([item], 'duplicate');
    return true;
  }

  #admit(item: Item): void {
    if (item.lane === LANE_FATAL) this.#schedule.probe();
    this.#verdicts.gaveWay(this.#store.add(item));
    this.#ledger.check();
    this.#wake();
  }

  /**
   * Sends what waits at once, as far as the server allows. Resolves with true once everything that
   * was added so far is delivered. Resolves with false if an event was lost, now or since the last
   * flush, or if one is still on its way after `deadlineMs` milliseconds.
   */
  flush(deadlineMs: number): Promise<boolean> {
    this.#schedule.hurry(this.#clock.now());
    return this.#wait(this.#ledger.flush(deadlineMs));
  }

  /**
   * Sends what waits as if it had waited long enough. Unlike `flush` it returns at once and does
   * not keep the process alive. A relay calls it for each batch, so it does not count as a flush
   * for the rate limit.
   */
  hurry(): void {
    this.#schedule.hurriedSeq = this.#ledger.lastSeq;
    this.#wake();
  }

  /**
   * Delivers what it can within `deadlineMs` milliseconds, also what is added meanwhile. Then it
   * gives up the rest and ends. Resolves like `flush`. Further calls return the promise of the
   * first.
   */
  close(deadlineMs: number): Promise<boolean> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  /**
   * Ends at once and returns what was not delivered yet, the most important first. A request in
   * flight is aborted, and its events are returned too. The caller tells with `settleRemaining`
   * what became of them. This is for the last moment of a process, when nothing asynchronous runs
   * any more.
   */
  takeRemaining(): readonly Item[] {
    if (this.#state === 'closed') return [];
    const inFlight = this.#flight?.items ?? [];
    this.#end();
    const lost = this.#store.restore(inFlight);
    const remaining = this.#store.takeMemory();
    this.#handedOver = remaining.length;
    // This process may never learn what becomes of them.
    this.#ledger.stopWaitingFor(remaining);
    this.#verdicts.gaveWay(lost);
    return remaining;
  }

  /** Accepts an event that came after `takeRemaining`. The caller settles it too. */
  addRemaining(bytes: Buffer, kind: Kind): Item {
    this.#handedOver++;
    return this.#ledger.accept(bytes, kind);
  }

  /**
   * Settles what `takeRemaining` returned. `why` says why ErrSight could not read the rejected ones. Returns
   * how many others are lost.
   */
  settleRemaining(taken: readonly Item[], fateOf: FateOf, why?: string): number {
    // Each fate is asked for once, since another thread may change the answer.
    const fates = taken.map((item, index) => fateOf(index, item));
    const ofFate = (fate: ReturnType<FateOf>): Item[] =>
      taken.filter((_item, index) => fates[index] === fate);
    const delivered = ofFate('delivered');
    const rejected = ofFate('rejected');
    this.#store.forget([...delivered, ...rejected]);
    const { left, lost } = this.#store.end(ofFate(undefined));
    this.#handedOver -= taken.length;
    this.#ledger.settleAll(
      [
        [delivered, 'delivered'],
        [rejected, 'rejected'],
        [left, 'left'],
        [lost, 'shutdown'],
      ],
      why,
    );
    return lost.length;
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

  #tellNews(news: string | undefined): void {
    if (news !== undefined) this.#ledger.say(news);
  }

  #end(): void {
    this.#tellNews(this.#policy.news.takeOver());
    const flight = this.#flight;
    this.#ledger.trouble = this.trouble;
    this.#state = 'closed';
    this.#flight = undefined;
    this.#alarm.clear();
    this.#leave();
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

  /**
   * Takes over events that other processes left on the disk. From now on they count as accepted.
   */
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

  /**
   * Schedules a step after the current synchronous code, so that all it adds goes into one request.
   */
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
    if (this.#policy.news.at <= now) this.#tellNews(this.#policy.news.take(now));
    // Only suspects are left, so no other event can show whether the server takes any.
    if (this.#store.oldest() === undefined) this.#verdicts.gaveWay(this.#asides.retrySuspects());
    let at = this.#schedule.nextAt(now);
    if (at > now && at < Infinity && this.#ledger.waiting > 0) {
      // The wait may be long: a revoked key, a paused project, a `Retry-After`. A `flush()` that
      // ends before `at` is answered now.
      this.#ledger.idleUntil(at);
      at = this.#schedule.nextAt(now);
    }
    const next = Math.min(at, this.#policy.news.at);
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
      this.#verdicts.tooLarge(first);
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
    this.#verdicts.settleUnread(unread);
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
    // The batcher has ended meanwhile, and has dealt with the items.
    if (this.#flight !== flight) return;
    this.#land(items, outcome);
    this.#step();
  }

  /** Deals with the items of a request that has its outcome. */
  #land(items: readonly Item[], outcome: Outcome): void {
    const now = this.#clock.now();
    this.#policy.rate.end(items.length, now);
    const asked = { count: items.length, refusals: items[0]?.refusals ?? 0 };
    const { items: verdict, report } = this.#policy.judge(outcome, asked, now);
    this.#flight = undefined;
    this.#ledger.answered(troubleOf(outcome));
    this.#verdicts.carryOut(verdict, items, outcome, now);
    // What has arrived has left the disk, so there may be room.
    this.#verdicts.gaveWay(this.#store.writeRest());
    if (report !== undefined) this.#ledger.say(report);
  }

  /** Takes the items of the next request. An item that is too large for a request comes alone. */
  #take(now: number): Taken {
    if (this.#schedule.asideAt(now) <= now) {
      const item = this.#store.takeAside();
      if (item !== undefined) return { items: [item], unread: [] };
    }
    const allowed = this.#schedule.allowance(now);
    return this.#store.take({ ...allowed, bytes: MAX_ITEMS_BYTES, overhead: SEPARATOR_BYTES });
  }
}
