import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../lib/clock.ts';
import type { Counters, DropReason } from '../stats.ts';
import { Alarm } from './alarm.ts';
import type { BatcherOptions } from './batcher-options.ts';
import { assemble, fits, MAX_BODY_BYTES, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from './body.ts';
import { Flushes } from './flushes.ts';
import { reasonOf, type Outcome } from './outcome.ts';
import { Policy, type Verdict } from './policy.ts';
import { Backlog, type FateOf } from './backlog.ts';
import { type Item, type Kind, LANE_ASIDE, LANE_URGENT } from './queue.ts';
import type { Sender } from './send.ts';

interface Flight {
  readonly items: readonly Item[];
  readonly abort: AbortController;
}

/**
 * Brings bytes to the server: collects them, sends one request at a time, and sees to it that each
 * event is delivered or counted as lost.
 *
 *     open --close()--> closing --all settled, or the deadline--> closed
 *       \__________________\_________takeRemaining()___________/
 *
 * What happens next is decided in one place, `#step`, which runs whenever something has changed; what
 * outcomes mean is the `Policy`'s business. Items that have to be sent again go back to where they
 * were in the queue, so that the order within a lane stays, a fatal error still comes first, and the
 * queue's bounds hold for them as for all others.
 *
 * Never throws, never rejects, and does not keep the process alive but while somebody waits for
 * `flush()` or `close()`.
 */
export class Batcher {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #flushInterval: number;
  /** So many events, or bytes, are enough for a request. */
  readonly #enough: number;
  readonly #enoughBytes: number;
  readonly #report: (message: string) => void;
  readonly #shrink: (bytes: Buffer) => Buffer | undefined;
  readonly #settled: BatcherOptions['settled'];
  readonly #queue: Backlog;
  readonly #policy: Policy;
  readonly #flushes: Flushes;
  readonly #alarm: Alarm;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #flight: Flight | undefined;
  /** Whether a step is about to run. */
  #awake = false;
  /** The highest number that was ever sent, or hurried: what is below has waited long enough. */
  #triedSeq = 0;
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
    this.#counters = options.counters;
    this.#flushInterval = options.flushInterval;
    // A small queue is sent before it has to drop something.
    this.#enough = Math.min(options.batchSize, options.maxQueueSize);
    this.#enoughBytes = Math.min(MAX_BODY_BYTES, options.maxQueueBytes / 2);
    this.#report = options.report;
    this.#settled = options.settled;
    this.#shrink = options.shrink ?? (() => undefined);
    this.#queue = new Backlog({
      ...options,
      maxCount: options.maxQueueSize,
      maxBytes: options.maxQueueBytes,
    });
    this.#policy = new Policy({
      batchSize: options.batchSize,
      random: options.random ?? Math.random,
    });
    this.#flushes = new Flushes(options.clock);
    this.#run = AsyncResource.bind(() => this.#step());
    this.#alarm = new Alarm(options.clock, this.#run);
    this.#queue.start(() => this.#wake());
  }

  /** How many events wait. */
  get queued(): number {
    return this.#queue.length;
  }

  /** How many events lie on the disk only. */
  get spooled(): number {
    return this.#queue.spooled;
  }

  /** How many events are in the request that is under way. */
  get inFlight(): number {
    return this.#flight?.items.length ?? 0;
  }

  /**
   * Takes an event: one JSON value. Sends nothing before the caller's synchronous code is done. Returns
   * its number, which `replace` takes.
   */
  add(bytes: Buffer, kind: Kind): number {
    if (this.#state === 'closed') {
      this.#counters.drop('shutdown');
      this.#flushes.lost(Infinity);
      kind.receipt?.('pending');
      return 0;
    }
    return this.#push(bytes, kind, this.#clock.now());
  }

  /**
   * Whether an event can be replaced: it came with the last ones and still waits, and nobody else waits
   * for its number to be settled.
   */
  canReplace(seq: number): boolean {
    return this.#state !== 'closed' && this.#flushes.size === 0 && this.#queue.waits(seq);
  }

  /** Takes other bytes in the place of such an event. Returns the new number. */
  replace(seq: number, bytes: Buffer, lane: Kind['lane']): number {
    const old = this.#queue.withdraw(seq);
    if (old === undefined) return 0;
    const { repeats, carries, receipt, at } = old;
    const number = this.#push(bytes, { lane, repeats, carries, receipt }, at);
    this.#queue.forget([old]);
    return number;
  }

  #push(bytes: Buffer, kind: Kind, at: number): number {
    const dropped = this.#queue.push(bytes, kind, at);
    // Not after the drop, which calls others.
    const number = this.#queue.lastSeq;
    this.#drop(dropped, 'queue_full');
    this.#wake();
    return number;
  }

  /**
   * Sends what waits at once, as far as the server lets us. Resolves with true once everything added
   * so far has been delivered; with false if some of it was lost (now, or since the last flush), or
   * is still on its way after `deadlineMs` milliseconds.
   */
  flush(deadlineMs: number): Promise<boolean> {
    return this.#wait(this.#queue.lastSeq, deadlineMs);
  }

  /** Sends what waits as if it had waited long enough. Nothing waits for that, nor is kept alive. */
  hurry(): void {
    this.#triedSeq = Math.max(this.#triedSeq, this.#queue.lastSeq);
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
    if (this.#flight !== undefined) this.#queue.restore(this.#flight.items);
    const remaining = this.#queue.take(Infinity, Infinity, 0);
    // For all that this process will know.
    for (const { seq } of remaining) this.#flushes.lost(seq);
    this.#end();
    return remaining;
  }

  /** Counts what was taken by `takeRemaining`. Returns how much of it is lost. */
  settleRemaining(taken: readonly Item[], fateOf: FateOf): number {
    return this.#queue.settle(taken, fateOf);
  }

  async #close(deadlineMs: number): Promise<boolean> {
    if (this.#state === 'open') this.#state = 'closing';
    // No item has such a number, so this waits until there are none.
    const delivered = await this.#wait(Number.MAX_SAFE_INTEGER, deadlineMs);
    if (this.#state === 'closing') {
      this.#counters.together(() => {
        const left = [...(this.#flight?.items ?? []), ...this.#queue.take(Infinity, Infinity, 0)];
        for (const { seq, receipt } of left) {
          this.#flushes.lost(seq);
          receipt?.('pending');
        }
        this.#counters.drop('shutdown', this.#queue.end(left).length);
        this.#end();
      });
    }
    return delivered;
  }

  #end(): void {
    const flight = this.#flight;
    this.#state = 'closed';
    this.#flight = undefined;
    this.#alarm.clear();
    flight?.abort.abort();
    this.#sender.close();
    this.#flushes.abandon();
  }

  #wait(upTo: number, deadlineMs: number): Promise<boolean> {
    const promise = this.#flushes.wait(upTo, deadlineMs);
    this.#settleFlushes();
    this.#wake();
    return promise;
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
    this.#drop(this.#queue.refill(this.#policy.fullSize, MAX_ITEMS_BYTES, now), 'queue_full');
    if (this.#queue.length === 0) return;
    let at = this.#sendAt();
    if (at > now && this.#flushes.size > 0) {
      // A revoked key, a paused project, a long Retry-After: flush() knows its answer by now.
      this.#flushes.idleUntil(at);
      at = this.#sendAt();
    }
    if (at > now) this.#alarm.set(at);
    else this.#send(now);
  }

  /** When the next request is due. */
  #sendAt(): number {
    const waiting = this.#flushes.size > 0;
    const ready = this.#policy.readyAt(waiting);
    const due =
      waiting ||
      this.#queue.has(LANE_URGENT) ||
      this.#queue.length >= Math.min(this.#enough, this.#policy.fullSize) ||
      this.#queue.bytes >= this.#enoughBytes ||
      this.#queue.oldestSeq <= this.#triedSeq;
    return due ? ready : Math.max(ready, this.#queue.oldestAt + this.#flushInterval);
  }

  #send(now: number): void {
    this.#alarm.clear();
    const items = this.#take(this.#policy.size(now));
    if (items === undefined) {
      this.#settleFlushes();
      this.#wake();
      return;
    }
    this.#flight = { items, abort: new AbortController() };
    this.#triedSeq = items.reduce((seq, item) => Math.max(seq, item.seq), this.#triedSeq);
    this.#counters.requests++;
    void this.#request(this.#flight);
  }

  async #request(flight: Flight): Promise<void> {
    const { items, abort } = flight;
    let outcome: Outcome;
    try {
      outcome = await this.#sender.send(assemble(items), items.length, abort.signal);
    } catch {
      outcome = { kind: 'retry', reason: 'the sender failed' };
    }
    // The end came first, and has disposed of the items.
    if (this.#flight !== flight) return;
    const isAside = items[0]?.lane === LANE_ASIDE;
    const now = this.#clock.now();
    const { items: fate, report } = this.#policy.judge(outcome, items.length, now, isAside);
    this.#counters.together(() => this.#land(flight, fate, outcome));
    if (report !== undefined) this.#tell(report);
    this.#settleFlushes();
    this.#step();
  }

  /** What was in flight is so no longer. */
  #land({ items }: Flight, fate: Verdict['items'], outcome: Outcome): void {
    this.#flight = undefined;
    switch (fate) {
      case 'delivered':
        this.#counters.deliver(items.length);
        this.#queue.forget(items);
        this.#tellOf(items, true);
        break;
      case 'again':
        this.#counters.retry(items.length, reasonOf(outcome));
        this.#queue.restore(items);
        break;
      case 'shrink':
        for (const item of items) this.#restoreSmaller(item);
        break;
      case 'aside':
        for (const item of items) this.#queue.setAside(item);
        break;
      case 'rejected':
        this.#drop(items, 'rejected');
        break;
    }
    this.#drop(this.#queue.trim(), 'queue_full');
  }

  /** The items of the next request; undefined if the next one fits none, and was seen to. */
  #take(count: number): Item[] | undefined {
    const items = this.#queue.take(count, MAX_ITEMS_BYTES, SEPARATOR_BYTES);
    const [first] = items;
    if (first === undefined || fits(first.bytes)) return items;
    this.#restoreSmaller(first);
    return undefined;
  }

  /** Puts a smaller form of the item back, or drops it if there is none. */
  #restoreSmaller(item: Item): void {
    let bytes: Buffer | undefined;
    try {
      bytes = this.#shrink(item.bytes);
    } catch {
      this.#drop([item], 'internal_error');
      return;
    }
    // One that is no smaller would come back for ever.
    if (bytes === undefined || bytes.length >= item.bytes.length) this.#drop([item], 'rejected');
    else this.#queue.restore([{ ...item, bytes }]);
  }

  #drop(items: readonly Item[], reason: DropReason): void {
    if (items.length === 0) return;
    // What stays on the disk is not lost, and who waits for delivery goes on waiting.
    const lost = reason === 'queue_full' ? this.#queue.park(items) : items;
    if (lost.length < items.length) {
      for (const { handle, receipt } of items) if (handle !== undefined) receipt?.('pending');
    }
    if (lost.length > 0) {
      this.#counters.drop(reason, lost.length);
      this.#queue.forget(lost);
      this.#tellOf(lost, false);
    }
    if (lost.length > 0 && reason === 'queue_full') {
      this.#tell('the queue is full: the least important events are lost');
      for (const { repeats, carries = 0 } of lost) if (repeats) repeats.lost += 1 + carries;
    }
    for (const { seq } of lost) this.#flushes.lost(seq);
    this.#settleFlushes();
  }

  #tellOf(items: readonly Item[], isDelivered: boolean): void {
    this.#settled?.(items, isDelivered);
    for (const { receipt } of items) receipt?.(isDelivered ? 'delivered' : 'lost');
  }

  #settleFlushes(): void {
    if (this.#flushes.size === 0) return;
    const flying = this.#flight?.items ?? [];
    this.#flushes.settle(
      flying.reduce((low, { seq }) => Math.min(low, seq), this.#queue.oldestSeq),
    );
  }

  #tell(message: string): void {
    try {
      this.#report(message);
    } catch {
      // Whoever gave us `report` has nobody else to tell.
    }
  }
}
