import type { SentElsewhere } from '../sent-elsewhere.ts';

/** How many events of a project were accepted when, by this thread and by the others of the process. */
export class Usage {
  readonly #elsewhere: SentElsewhere | undefined;
  /** How many events this thread has sent when. */
  #sent: { readonly at: number; readonly count: number }[] = [];
  /**
   * Events in requests that have no answer yet. Two senders of one project may have a request each.
   */
  #inFlight = 0;

  /** `elsewhere` knows what other threads send. */
  constructor(elsewhere: SentElsewhere | undefined) {
    this.#elsewhere = elsewhere;
  }

  /** A request with so many events begins; negative: it has an answer, or was given up. */
  began(count: number, now: number): void {
    this.#inFlight += count;
    this.#elsewhere?.addInFlight(count, now);
  }

  /** So many events were accepted. What is older than `keepMs` is forgotten in time. */
  accepted(count: number, now: number, keepMs: number): void {
    // Not each time, since a list of all requests would be copied for each request.
    if ((this.#sent[0]?.at ?? now) <= now - 2 * keepMs) {
      this.#sent = this.#sent.filter(({ at }) => at > now - keepMs);
    }
    this.#sent.push({ at: now, count });
    this.#elsewhere?.accepted(count, now);
  }

  /** How many events have no answer yet, in all threads. */
  inFlight(now: number): number {
    return this.#inFlight + (this.#elsewhere?.inFlight(now) ?? 0);
  }

  /** How many events all threads have sent since `start`. */
  since(start: number): number {
    return this.ownSince(start) + (this.#elsewhere?.used(start) ?? 0);
  }

  /** How many events this thread has sent since `start`. */
  ownSince(start: number): number {
    let used = 0;
    for (const { at, count } of this.#sent) if (at >= start) used += count;
    return used;
  }

  /** When this thread has sent the first one after `start`. Undefined if it has sent none since. */
  firstAfter(start: number): number | undefined {
    return this.#sent.find(({ at }) => at > start)?.at;
  }
}
