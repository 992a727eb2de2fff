import { bindHere } from '../lib/own-context.ts';
import type { Clock } from '../lib/clock.ts';
import { Alarm } from './alarm.ts';
import { Asides } from './asides.ts';
import type { BatcherOptions } from './batcher-options.ts';
import { SUSPECT, type Item, type Kind } from './item.ts';
import { LANE_FATAL, type Lane } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { type FateOf, Leftovers } from './leftovers.ts';
import { type Knowledge, Policy } from './policy.ts';
import { Requests } from './requests.ts';
import { Schedule } from './schedule.ts';
import type { Found } from './spool/spool.ts';
import { Store } from './store.ts';
import { LIMITED, NO_ANSWER } from './trouble.ts';
import { Verdicts } from './verdicts.ts';

const NO_BYTES = Buffer.alloc(0);

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
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  readonly #catchUp: () => void;
  readonly #store: Store;
  readonly #asides: Asides;
  readonly #verdicts: Verdicts;
  readonly #leftovers: Leftovers;
  readonly #policy: Policy;
  readonly #schedule: Schedule;
  readonly #requests: Requests;
  readonly #alarm: Alarm;
  /** Tells the senders of the project that this one has ended. */
  readonly #leave: () => void;
  #state: 'open' | 'closing' | 'closed' = 'open';
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
    this.#leftovers = new Leftovers({
      store: this.#store,
      ledger: this.#ledger,
      verdicts: this.#verdicts,
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
    this.#requests = new Requests({
      sender: options.sender,
      clock: this.#clock,
      store: this.#store,
      ledger: this.#ledger,
      verdicts: this.#verdicts,
      policy: this.#policy,
      schedule: this.#schedule,
      onLanded: () => this.#step(),
    });
    this.#leave = this.#policy.rate.join(this.#schedule, () => this.#schedule.urgent);
    if (options.known !== undefined) this.#policy.learn(options.known, this.#clock.now());
    this.#run = bindHere(() => this.#step());
    this.#alarm = new Alarm(options.clock, this.#run);
    this.#ledger.checkAgainst(() => ({
      queued: this.queued + this.#leftovers.handedOver,
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
    return this.#requests.inFlight?.length ?? 0;
  }

  get #isSending(): boolean {
    return this.#requests.inFlight !== undefined;
  }

  /** Why events that were sent have not arrived, if they have not. */
  get trouble(): string | undefined {
    if (this.#ledger.trouble !== undefined) return this.#ledger.trouble;
    if (this.#schedule.isLimited) return LIMITED;
    return this.#isSending ? NO_ANSWER : undefined;
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
    const isSuspect = item.refusals >= SUSPECT;
    this.#verdicts.gaveWay(isSuspect ? this.#store.setAside(item) : this.#store.add(item));
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
    const inFlight = this.#requests.inFlight ?? [];
    this.#end();
    return this.#leftovers.handOver(inFlight);
  }

  /** Accepts an event that came after `takeRemaining`. The caller settles it too. */
  addRemaining(bytes: Buffer, kind: Kind): Item {
    return this.#leftovers.accept(bytes, kind);
  }

  /**
   * Settles what `takeRemaining` returned. `why` says why ErrSight could not read the rejected ones. Returns
   * how many others are lost.
   */
  settleRemaining(taken: readonly Item[], fateOf: FateOf, why?: string): number {
    return this.#leftovers.settle(taken, fateOf, why);
  }

  /**
   * Takes what waits in memory, the most important first, for a thread that sends it while this one
   * can only wait. The caller gives all of it to `takeBack` before anything else runs here.
   */
  lend(): readonly Item[] {
    if (this.#state === 'closed') return [];
    return this.#leftovers.lend();
  }

  /** Settles what `lend` has lent. What is not known to have arrived waits again. */
  takeBack(lent: readonly Item[], fateOf: FateOf, why?: string): void {
    this.#leftovers.takeBack(lent, fateOf, why);
    this.#wake();
  }

  async #close(deadlineMs: number): Promise<boolean> {
    if (this.#state === 'open') this.#state = 'closing';
    this.#schedule.isLast = true;
    const delivered = await this.#wait(this.#ledger.flushAll(deadlineMs));
    if (this.#state !== 'closing') return delivered && this.#ledger.open === 0;
    const inFlight = this.#requests.inFlight ?? [];
    this.#end();
    return this.#leftovers.giveUp(inFlight) === 0 && delivered;
  }

  #tellNews(news: string | undefined): void {
    if (news !== undefined) this.#ledger.say(news);
  }

  #end(): void {
    this.#tellNews(this.#policy.news.takeOver());
    this.#ledger.trouble = this.trouble;
    this.#state = 'closed';
    this.#alarm.clear();
    this.#leave();
    this.#requests.end();
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
    if (this.#awake || this.#isSending || this.#state === 'closed') return;
    this.#awake = true;
    void Promise.resolve().then(this.#run);
  }

  /** Decides what to do next. */
  #step(): void {
    this.#awake = false;
    if (this.#state === 'closed' || this.#isSending) return;
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
    this.#requests.begin(now);
    this.#wake();
  }
}
