/** What became of a request. A closed union: whatever is not known to be otherwise is a `retry`. */
export type Outcome =
  /** ErrSight said that it has all of the events. */
  | { readonly kind: 'accepted' }
  /** It may work later: no answer, 5xx, or an answer that is not ErrSight's. */
  | {
      readonly kind: 'retry';
      /** For people. */
      readonly reason: string;
      /** What the answer asked for, if it did. */
      readonly retryAfterMs?: number | undefined;
      /** The HTTP status, if there was an answer. */
      readonly status?: number | undefined;
      /** Whether there was no answer in time: the next request is smaller. Default: false. */
      readonly timedOut?: boolean | undefined;
      /**
       * Whether the connection was ended in place of an answer, as some firewalls do over a text that
       * they dislike: if it happens again and again, the event to blame is looked for. Default: false.
       */
      readonly cutOff?: boolean | undefined;
    }
  /** The project's events of this minute are used up; none of the request's were taken. */
  | {
      readonly kind: 'rate_limited';
      /** Until the next minute. */
      readonly retryAfterMs: number | undefined;
      /** Events a minute. */
      readonly limit: number | undefined;
    }
  /** Somebody paused the project; nobody knows for how long. */
  | { readonly kind: 'paused' }
  /** Too many bytes or too many events. */
  | { readonly kind: 'too_large' }
  /** At least one event of the request cannot be read. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** The key or the host is wrong: 401, 403 or 404. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Given up by the signal. */
  | { readonly kind: 'aborted' };

/** An AbortSignal, where the types of Node or of browsers are there to say what that is. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } } ? T : never;

/** What a transport of one's own is told about the request that it is to make. */
export interface TransportRequest {
  /** The events in the body. */
  readonly count: number;
  /** Aborts when `timeout` is over, or the events are not waited for any more. */
  readonly signal: Signal;
}

/**
 * A sender of one's own, in place of ErrSight's API: takes the bytes of a JSON array of events, and
 * settles when they are safe. To throw, or reject, is to have them sent again later; an `Outcome` says
 * more exactly what is to become of them, and how soon; one that is wrong counts as a `retry`.
 *
 * When the process exits nothing asynchronous runs any more: a function is then called once more with
 * what is left, and what it does before its first `await` is done. Events count as delivered only where
 * it returns no promise. A module named by its path runs in a thread of its own, and can take its time.
 */
export type Transport = (
  body: Uint8Array,
  request: TransportRequest,
) => Outcome | undefined | void | Promise<Outcome | undefined | void>;
