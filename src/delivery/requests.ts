import type { Clock } from '../lib/clock.ts';
import { assemble, fits, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from './body.ts';
import type { Item } from './item.ts';
import type { Ledger } from './ledger.ts';
import type { Answered } from './outcome.ts';
import type { Policy } from './policy.ts';
import type { Schedule } from './schedule.ts';
import type { Sender } from './send.ts';
import type { Store, Taken } from './store.ts';
import { troubleOf } from './trouble.ts';
import type { Verdicts } from './verdicts.ts';

interface Flight {
  readonly items: readonly Item[];
  readonly abort: AbortController;
}

export interface RequestsOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly verdicts: Verdicts;
  readonly policy: Policy;
  readonly schedule: Schedule;
  /** Called after the items of a request have been dealt with. */
  readonly onLanded: () => void;
}

/** Makes the requests, one at a time, and deals with the items of each when its outcome is known. */
export class Requests {
  readonly #options: RequestsOptions;
  #flight: Flight | undefined;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** The items of the request that is under way. Undefined if there is none. */
  get inFlight(): readonly Item[] | undefined {
    return this.#flight?.items;
  }

  /** Begins the next request, as the policy allows. */
  begin(now: number): void {
    const { clock, ledger, policy, schedule, verdicts } = this.#options;
    const { items, unread } = this.#take(now);
    const [first] = items;
    if (first !== undefined && !fits(first.bytes)) {
      verdicts.tooLarge(first);
    } else if (first !== undefined) {
      const resent = items.reduce((count, { mayBeStored }) => count + (mayBeStored ? 1 : 0), 0);
      this.#flight = { items, abort: new AbortController() };
      for (const item of items) {
        item.wasSent = true;
        schedule.triedSeq = Math.max(schedule.triedSeq, item.seq);
      }
      ledger.requests++;
      policy.rate.begin(items.length, clock.now());
      void this.#request(this.#flight, resent);
    }
    verdicts.settleUnread(unread);
  }

  /** Gives up the request that is under way. Its items are the caller's from now on. */
  end(): void {
    const { clock, policy, sender } = this.#options;
    const flight = this.#flight;
    this.#flight = undefined;
    if (flight !== undefined) {
      policy.rate.end(flight.items.length, clock.now());
      unsure(flight.items);
    }
    flight?.abort.abort();
    sender.close();
  }

  async #request(flight: Flight, resent: number): Promise<void> {
    const { items, abort } = flight;
    let outcome: Answered;
    try {
      const { sender } = this.#options;
      outcome = await sender.send(assemble(items), items.length, abort.signal, resent);
    } catch {
      outcome = { kind: 'retry', reason: 'the sender failed' };
    }
    // It was given up meanwhile, and others have dealt with the items.
    if (this.#flight !== flight) return;
    this.#land(items, outcome);
    this.#options.onLanded();
  }

  /** Deals with the items of a request that has its outcome. */
  #land(items: readonly Item[], outcome: Answered): void {
    const { clock, ledger, policy, store, verdicts } = this.#options;
    const now = clock.now();
    policy.rate.end(items.length, now);
    const asked = {
      count: items.length,
      refusals: items.length > 1 ? 0 : (items[0]?.refusals ?? 0),
    };
    const { items: verdict, report } = policy.judge(outcome, asked, now);
    this.#flight = undefined;
    // Any other answer is ErrSight's, and says that it has stored none.
    if (outcome.kind === 'retry' || outcome.kind === 'aborted') unsure(items, outcome.taken);
    // An event that is rejected is told of by itself.
    ledger.answered(verdict === 'rejected' ? undefined : troubleOf(outcome));
    verdicts.carryOut(verdict, items, outcome, now);
    // What has arrived has left the disk, so there may be room.
    verdicts.gaveWay(store.writeRest());
    if (report !== undefined) ledger.say(report);
  }

  /** Takes the items of the next request. An item that is too large for a request comes alone. */
  #take(now: number): Taken {
    const { schedule, store } = this.#options;
    const item = schedule.aside(now);
    if (item !== undefined) {
      store.takeAside(item);
      return { items: [item], unread: [] };
    }
    const allowed = schedule.allowance(now);
    return store.take({ ...allowed, bytes: MAX_ITEMS_BYTES, overhead: SEPARATOR_BYTES });
  }
}

/** ErrSight may have stored so many of the items, by default all. */
function unsure(items: readonly Item[], count = items.length): void {
  for (const item of items.slice(0, count)) item.mayBeStored = true;
}
