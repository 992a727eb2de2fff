import type { Outcome } from '../../src/delivery/outcome.ts';
import { Rate } from '../../src/delivery/rate.ts';
import type { Sender } from '../../src/delivery/send.ts';
import { Batcher } from '../../src/delivery/batcher.ts';
import type { BatcherOptions } from '../../src/delivery/batcher-options.ts';
import type { Item, Repeats } from '../../src/delivery/item.ts';
import type { Lane } from '../../src/delivery/lanes.ts';
import { Ledger, type LedgerOptions } from '../../src/delivery/ledger.ts';
import { FakeClock } from '../helpers/clock.ts';

/** The answer to a request that is given later, if ever. */
export type Answer = Outcome | 'never' | Promise<Outcome>;

/** One request as the sender saw it. */
export interface Sent {
  /** When: the clock's milliseconds since the test began. */
  readonly at: number;
  /** The events, which are numbers in these tests. */
  readonly events: readonly number[];
  readonly bytes: number;
  readonly signal: AbortSignal;
}

/** A sender that answers as told: from a list, then with success; or by a function. */
export class ScriptedSender implements Sender {
  readonly sent: Sent[] = [];
  readonly #now: () => number;
  readonly #answer: (sent: Sent) => Answer;
  closed = 0;

  constructor(now: () => number, script: readonly Answer[] | ((sent: Sent) => Answer)) {
    this.#now = now;
    this.#answer =
      typeof script === 'function'
        ? script
        : () => script[this.sent.length - 1] ?? { kind: 'accepted' };
  }

  readonly send = async (body: Buffer, count: number, signal: AbortSignal): Promise<Outcome> => {
    const events = JSON.parse(body.toString()) as number[];
    if (events.length !== count) throw new Error(`${events.length} events sent as ${count}`);
    const sent: Sent = { at: this.#now(), events, bytes: body.length, signal };
    this.sent.push(sent);
    const answer = this.#answer(sent);
    return answer === 'never' ? new Promise<Outcome>(() => undefined) : answer;
  };

  close(): void {
    this.closed++;
  }
}

export interface Rig {
  readonly clock: FakeClock;
  /** The ledger, as what it counts. */
  readonly counters: Ledger;
  readonly sender: ScriptedSender;
  readonly batcher: Batcher;
  readonly reports: string[];
  /** Adds events, which are numbers. */
  readonly add: (events: readonly number[], lane?: Lane, repeats?: Repeats) => void;
  /** The events of each request so far. */
  readonly requests: () => readonly (readonly number[])[];
  /** The time of each request so far. */
  readonly times: () => readonly number[];
  /** What became of everything that was added: the invariant's right side. */
  readonly known: () => number;
}

/** A batcher with a clock that stands still, and a server that answers as told. */
export function rig(
  script: readonly Answer[] | ((sent: Sent) => Answer) = [],
  options: Partial<BatcherOptions> &
    Pick<LedgerOptions, 'onSettled' | 'report'> & { readonly wall?: () => number } = {},
): Rig {
  const clock = new FakeClock();
  const start = clock.now();
  const reports: string[] = [];
  const report = options.report ?? ((message: string): boolean => reports.push(message) > 0);
  const counters = new Ledger({ clock, report, onSettled: options.onSettled });
  const sender = new ScriptedSender(() => clock.now() - start, script);
  const batcher = new Batcher({
    rate: new Rate(options.wall ?? (() => clock.now() - start)),
    sender,
    clock,
    ledger: counters,
    batchSize: 10,
    flushInterval: 2_000,
    maxQueueSize: 10_000,
    maxQueueBytes: 32 * 1024 * 1024,
    random: () => 1,
    ...options,
  });
  return {
    clock,
    counters,
    sender,
    batcher,
    reports,
    add(events, lane = 1, repeats?: Repeats) {
      for (const event of events) {
        batcher.add(Buffer.from(JSON.stringify(event)), { lane, repeats });
      }
    },
    requests: () => sender.sent.map(({ events }) => events),
    times: () => sender.sent.map(({ at }) => at),
    known: () =>
      batcher.queued +
      batcher.inFlight +
      counters.delivered +
      Object.values(counters.dropped).reduce((sum, count) => sum + count, 0),
  };
}

/** An item as the ledger makes it. */
export function makeItem(bytes: Buffer, lane: Lane, seq: number): Item {
  return {
    bytes,
    lane,
    seq,
    at: seq,
    handle: undefined,
    wasSent: false,
    mayBeStored: false,
    refusals: 0,
  };
}

/** Whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
