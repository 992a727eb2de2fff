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

/** Nothing was dropped yet, for any reason. */
export function noDrops(): Record<DropReason, number> {
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
