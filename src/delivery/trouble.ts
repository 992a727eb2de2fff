import type { Outcome } from './outcome.ts';

/** The trouble of a request that is still under way. */
export const NO_ANSWER = 'no answer came in time';

/** The trouble of events for which the time was too short, though others have arrived. */
export const TOO_SLOW = 'the time was over before all could be sent';

/** The trouble of events that ErrSight would take, but not yet. */
export const LIMITED = 'the rate limit of the project delays them';

/** The meaning of an answer that only a person can change. `held` says what happens to the events. */
export function refusal(status: number, held: string): string {
  switch (status) {
    case 401:
      return `ErrSight does not know the API key (401): it is mistyped or revoked${held}`;
    case 403:
      return `ErrSight does not let the API key write events (403): a key to write begins with elp_${held}`;
    default:
      return `the host has no ErrSight at this address (${status})${held}`;
  }
}

/**
 * Why the events of a request have not arrived; undefined if they have, or are lost. `held` says what happens
 * to them. It is empty at the end of the process.
 */
export function troubleOf(outcome: Outcome, held: string = ''): string | undefined {
  switch (outcome.kind) {
    case 'retry':
      return outcome.timedOut === true
        ? `ErrSight does not answer (${outcome.reason})${held}`
        : `ErrSight cannot be reached (${outcome.reason})${held}`;
    case 'refused':
      return refusal(outcome.status, held);
    case 'paused':
      return `the project is paused in ErrSight${held}`;
    case 'rate_limited':
      return `the rate limit of the project is used up${held}`;
    case 'too_large':
      return `ErrSight takes no request of this size (413)${held}`;
    case 'invalid':
      return `ErrSight cannot read one of the events (${outcome.reason})${held}`;
    default:
      return undefined;
  }
}
