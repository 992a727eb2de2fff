/** Why an event was not delivered. Every lost event counts under one of these names. */
export const DROP_REASONS = [
  /** The queue was full, and this was the least important event in it. */
  'queue_full',
  /** `beforeSend` returned null or threw, or the event was captured while another one was made. */
  'before_send',
  /** `sampleRate` did not choose it. */
  'sampled',
  /** `ignoreErrors` matched it. */
  'ignored',
  /** The same Error was reported before, by any call or logger, and its level is no higher now. */
  'duplicate',
  /** It was given to `relay`, but is no event. */
  'invalid',
  /** ErrSight refused this very event. */
  'rejected',
  /** It was in the spool for more than 30 days. */
  'too_old',
  /** It still waited when the time of `close()`, or `shutdownTimeout`, was over. */
  'shutdown',
  /** errsight itself has a defect, or a file of the spool was damaged. `debug` prints it. */
  'internal_error',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/**
 * How many events there were so far, and what became of them. At any time:
 * `accepted = queued + inFlight + delivered + spooled + the sum of dropped`.
 */
export interface Stats {
  /**
   * Events at or above `minLevel`, events that were captured directly, and events that were found
   * in the spool.
   */
  readonly accepted: number;
  /** Events that wait in memory to be sent. */
  readonly queued: number;
  /** Events in the request that is being sent. */
  readonly inFlight: number;
  /** Events that ErrSight has confirmed. */
  readonly delivered: number;
  /**
   * Events that are only in the spool: memory had no room, or they were left for a later process.
   */
  readonly spooled: number;
  /** Lost events, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** HTTP requests, retries included. */
  readonly requests: number;
}

/** A count of 0 for each reason. */
export function noDrops(): Record<DropReason, number> {
  return Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
    DropReason,
    number
  >;
}

/** Stats that are all 0. */
export function emptyStats(): Stats {
  const none = { accepted: 0, queued: 0, inFlight: 0, delivered: 0, spooled: 0, requests: 0 };
  return { ...none, dropped: noDrops() };
}

/** The numbers of several, added up. */
export function sumOf(all: readonly Stats[]): Stats {
  const { dropped, ...sum } = emptyStats();
  for (const { dropped: lost, ...more } of all) {
    add(sum, more);
    add(dropped, lost);
  }
  return { ...sum, dropped };
}

function add(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(more)) sum[key] = (sum[key] ?? 0) + count;
}
