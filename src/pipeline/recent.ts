import { describe } from '../event/error/one-line.ts';
import type { Approval } from '../event/make/approval.ts';
import type { EventBuilder } from '../event/make/build.ts';
import { complete } from '../event/make/complete.ts';
import { isOfFailedRequest } from '../event/make/failed-request.ts';
import { createLru } from '../lib/lru.ts';
import type { Reporter } from '../lib/report.ts';
import type { Breadcrumb, ErrsightEvent } from '../event/event.ts';
import type { Context, EventHint, LogRecord } from '../event/record.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';
import type { EventQueue, Queued } from './queue.ts';
import type { Turn } from './turn.ts';

/** Events that are kept to be completed. */
const RECENT = 20;

/** An event as it was before `beforeSend`. */
export interface Recent {
  readonly id: string;
  readonly event: ErrsightEvent;
  readonly queued: Queued;
}

/** What an event is made of. */
export type About = readonly [
  record: LogRecord,
  contexts: readonly Context[],
  trail: readonly Breadcrumb[],
];

/** An event of a text. It may turn out to be about an error that comes later. */
export interface Spoken {
  readonly id: string;
  /**
   * Makes it the event of the error, with the text as `log_message`, if it still waits. Returns
   * whether it did.
   */
  become(...about: About): boolean;
}

interface Parts {
  readonly build: EventBuilder;
  readonly approval: Approval;
  readonly queue: EventQueue;
  readonly turn: Turn;
  readonly scrub: Scrubber;
  readonly reporter: Pick<Reporter, 'debug'>;
}

/** The last events. More can be added to them as long as they wait. */
export class RecentEvents {
  readonly #parts: Parts;
  /** Events by their ids. */
  readonly #events = createLru<Recent>({ maxEntries: RECENT });

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Keeps an event to be completed. */
  keep(recent: Recent): void {
    this.#events.set(recent.id, recent);
  }

  /** See `Pipeline.amend`. */
  amend(
    id: string,
    record: LogRecord,
    contexts: readonly Context[],
    scope: EventHint['scope'],
  ): boolean {
    const recent = this.#events.get(id);
    if (recent === undefined) return false;
    const hint = { error: record.thrown?.value, record, scope };
    return this.#change(recent, hint, () =>
      complete(recent.event, this.#parts.build(record, contexts, [])),
    );
  }

  /** See `Pipeline.withdraw`. */
  withdraw(id: string): boolean {
    const recent = this.#events.get(id);
    return recent !== undefined && this.#parts.queue.withdraw(recent.queued);
  }

  /** See `Pipeline.fold`. */
  fold(id: string, into: string): boolean {
    const [from, to] = [this.#events.get(id), this.#events.get(into)];
    if (from === undefined || to === undefined) return false;
    const { level, message } = from.event;
    const record = { time: Date.now(), level, message, fields: {} };
    return (
      this.#parts.queue.canReplace(from.queued) &&
      this.#change(to, { error: undefined, record, scope: undefined }, () =>
        complete(to.event, from.event),
      ) &&
      this.withdraw(id)
    );
  }

  /** Turns the event of a text into that of an error. */
  spoken(recent: Recent, scope: EventHint['scope']): Spoken {
    return {
      id: recent.id,
      become: (...about) => this.#become(recent, about, scope),
    };
  }

  /** See `Pipeline.become`. */
  become(id: string, about: About, scope: EventHint['scope']): boolean {
    const recent = this.#events.get(id);
    return recent !== undefined && this.#become(recent, about, scope);
  }

  #become(recent: Recent, about: About, scope: EventHint['scope']): boolean {
    const [record] = about;
    const hint = { error: record.thrown?.value, record, scope };
    return this.#change(recent, hint, () => {
      const { fingerprint, ...known } = recent.event;
      // Once the error is known, that groups the event.
      const more = isOfFailedRequest(fingerprint) ? known : recent.event;
      const event = complete(this.#parts.build(...about), more);
      return { ...event, ingestion_id: known.ingestion_id };
    });
  }

  /** Replaces an event that waits by another one. */
  #change({ id, queued }: Recent, hint: EventHint, make: () => ErrsightEvent): boolean {
    const { approval, queue, turn, scrub, reporter } = this.#parts;
    if (turn.isTaken || !queue.canReplace(queued)) return false;
    return turn.take(
      () => {
        const event = make();
        const approved = approval.approve(event, hint);
        // A hook may have flushed or captured something.
        if (approved === undefined || !queue.canReplace(queued)) return false;
        queue.replace(queued, approved);
        this.keep({ id, event, queued });
        return true;
      },
      (error) => {
        reporter.debug(`an event could not be completed: ${describe(error, scrub)}`);
        return false;
      },
    );
  }
}
