import { publish, type DeliveryMessage, type Happening } from './diagnostics.ts';

/** Why an event was not delivered. A closed list: every loss has one of these names. */
export const DROP_REASONS = [
  /** The queue was full, and this was the least important event in it. */
  'queue_full',
  /** `beforeSend` returned null, or threw; or the event was captured while another was made. */
  'before_send',
  /** Not chosen by `sampleRate`. */
  'sampled',
  /** Matched by `ignoreErrors`. */
  'ignored',
  /** An Error that was reported already, by whichever call or logger, and is no graver now. */
  'duplicate',
  /** Given to `relay`, and no event. */
  'invalid',
  /** The server refused this very event. */
  'rejected',
  /** Longer on the disk than ErrSight keeps events. */
  'too_old',
  /** Still waiting when the deadline of `close()` or of the process's end passed. */
  'shutdown',
  /** A defect of errsight itself; `debug` prints it. */
  'internal_error',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/**
 * What became of the events so far. At any time
 * `accepted = queued + inFlight + delivered + spooled + the sum of dropped`.
 */
export interface Stats {
  /** Events that were at or above `minLevel`, or captured directly; with a spool those found in it. */
  readonly accepted: number;
  /** Waiting to be sent. */
  readonly queued: number;
  /** In the request that is under way. */
  readonly inFlight: number;
  /** ErrSight said it has them. */
  readonly delivered: number;
  /** On the disk only: with no room in memory, or left for a later process. */
  readonly spooled: number;
  /** Lost, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** HTTP requests made, retries among them. */
  readonly requests: number;
}

function noDrops(): Record<DropReason, number> {
  return Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
    DropReason,
    number
  >;
}

/** The stats of nothing. */
export function emptyStats(): Stats {
  const none = { accepted: 0, queued: 0, inFlight: 0, delivered: 0, spooled: 0, requests: 0 };
  return { ...none, dropped: noDrops() };
}

/** The counters behind `Stats`, one per pipeline; what they count is also published. */
export class Counters {
  accepted = 0;
  delivered = 0;
  /** For good, when the pipeline closed. */
  left = 0;
  requests = 0;
  readonly dropped: Record<DropReason, number> = noDrops();
  /** What is told when `together` is through. */
  #untold: (readonly [Happening, DeliveryMessage])[] | undefined;

  /**
   * Has what is counted meanwhile told afterwards: whoever hears of it may look at the stats, which
   * do not add up while events change places.
   */
  together<T>(change: () => T): T {
    if (this.#untold !== undefined) return change();
    const untold: (readonly [Happening, DeliveryMessage])[] = [];
    this.#untold = untold;
    try {
      return change();
    } finally {
      this.#untold = undefined;
      for (const [what, message] of untold) publish(what, message);
    }
  }

  deliver(count: number): void {
    this.delivered += count;
    this.#tell('delivered', { count });
  }

  /** Only published: these are still on their way. */
  retry(count: number, reason: string): void {
    this.#tell('retried', { count, reason });
  }

  drop(reason: DropReason, count = 1): void {
    this.dropped[reason] += count;
    this.#tell('dropped', { count, reason });
  }

  /** They lie on the disk when the pipeline closes. */
  leave(count: number): void {
    this.left += count;
    this.#tell('spooled', { count });
  }

  #tell(what: Happening, message: DeliveryMessage): void {
    if (this.#untold === undefined) publish(what, message);
    else this.#untold.push([what, message]);
  }
}
