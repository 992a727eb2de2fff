/**
 * What became of a request. Every outcome is one of these. What fits no other kind is a `retry`.
 */
export type Outcome =
  /** ErrSight has confirmed that it has all events of the request. */
  | { readonly kind: 'accepted' }
  /** It may work later. There was no answer, a status 5xx, or an answer that is not ErrSight's. */
  | {
      readonly kind: 'retry';
      /** Why, in words, for the lines on stderr. Cut to 200 characters. */
      readonly reason: string;
      /**
       * Milliseconds to wait at least before the next request, if the answer asked for a wait. An
       * hour at most.
       */
      readonly retryAfterMs?: number | undefined;
      /** The HTTP status, from 100 to 599, if there was an answer. */
      readonly status?: number | undefined;
      /** Whether no answer came in time. If so the next request is smaller. Default: false. */
      readonly timedOut?: boolean | undefined;
      /**
       * Whether the connection was closed without an answer. Some firewalls do so because of a
       * text. If it happens again and again, errsight looks for the one event that causes it.
       * Default: false.
       */
      readonly cutOff?: boolean | undefined;
    }
  /** The project has used up its events of this minute. No event of the request was accepted. */
  | {
      readonly kind: 'rate_limited';
      /** Milliseconds until the next minute begins. Undefined if that is not known: then 60,000. */
      readonly retryAfterMs: number | undefined;
      /**
       * How many events the project may send in a minute, from 1 to 999,999. Undefined if not
       * known.
       */
      readonly limit: number | undefined;
    }
  /** Somebody has paused the project. Events are held, and tried again after 1 to 10 minutes. */
  | { readonly kind: 'paused' }
  /** The request has too many bytes or too many events. The next one is smaller. */
  | { readonly kind: 'too_large' }
  /**
   * At least one event of the request can't be read. Smaller requests find it, and it is dropped.
   */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** The key or the host is wrong: status 401, 403 or 404. Events are held. */
  | { readonly kind: 'refused'; readonly status: number }
  /** The signal has aborted the request. */
  | { readonly kind: 'aborted' };

/** An AbortSignal, if the types of Node or of a browser are there to define it. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } } ? T : never;

/** What your own transport is told about the request. */
export interface TransportRequest {
  /** How many events are in the body. */
  readonly count: number;
  /** Aborts when `timeout` is over, or when nobody waits for the answer any more. */
  readonly signal: Signal;
}

/**
 * Your own way to send events, in place of ErrSight's API. It gets the bytes of a JSON array of
 * events, and returns, or resolves, when they are safe. If it throws or rejects, the events are
 * sent again later. An `Outcome` tells more exactly what happens to them and when. One that is not
 * valid counts as a `retry`.
 *
 * When the process exits nothing asynchronous runs any more. A function is then called once more
 * with the events that are left, and only the part before its first `await` runs. The events count
 * as delivered only if it returns no promise. A transport that is named by the path of its module
 * runs in a thread of its own instead, and may be asynchronous.
 */
export type Transport = (
  body: Uint8Array,
  request: TransportRequest,
) => Outcome | undefined | void | Promise<Outcome | undefined | void>;
