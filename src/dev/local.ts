import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { SilentLoss } from './silent.ts';
import type { Issue, StoredEvent } from './store.ts';

/** A request before the server looked at it. */
export interface InterceptedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty if the declared length was too large, since nobody reads it then. */
  readonly body: Buffer;
  /** Events in the body; undefined when it is not JSON. */
  readonly events: number | undefined;
}

/**
 * Injects a fault. Returns true if it has answered, will answer later, or has destroyed the socket.
 * Returns false to let the server answer.
 */
export type Intercept = (
  request: InterceptedRequest,
  response: ServerResponse,
) => boolean | Promise<boolean>;

export interface LocalErrsightOptions {
  /** Default: 0, a free port. */
  readonly port?: number;
  /** The address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Takes every key that has the form of one: `elp_` writes, `elr_` reads. Default: false. */
  readonly anyKey?: boolean;
  /** Default: `DEV_WRITE_KEY`. */
  readonly writeKeys?: readonly string[];
  /** Default: `DEV_READ_KEY`. */
  readonly readKeys?: readonly string[];
  /** Events per window. Default: 0, unlimited; a new project of ErrSight's has 60. */
  readonly rateLimitPerMinute?: number;
  /** Length of the rate limit's window in milliseconds. Default: 60,000. */
  readonly windowMs?: number;
  /** The server's clock, in milliseconds since the epoch. Default: `Date.now`. */
  readonly now?: () => number;
  /** How many events are kept, the newest. Default: 10,000. */
  readonly maxEvents?: number;
  /** How many bytes of events are kept, the newest, roughly as they are in memory. Default: 200,000,000. */
  readonly maxBytes?: number;
  /** Names in `Host` that lead here, beside addresses and localhost; others get 403. Default: none. */
  readonly hostNames?: readonly string[];
  /** Called for each request that gets 403 since its name is not known to lead here. */
  readonly onStranger?: (name: string) => void;
  /** Called once an event is stored, before its request is answered. */
  readonly onEvent?: (event: StoredEvent, issue: Issue) => void;
  /** Called for each silent loss, before the request is answered. */
  readonly onLoss?: (loss: SilentLoss) => void;
  /** Called once a request is accepted, before its events are stored. */
  readonly onQueued?: (count: number) => void;
  /** Called once a request's answer is known, injected faults left out. */
  readonly onRequest?: (request: RequestLog) => void;
  readonly intercept?: Intercept;
}

/** What became of one request. */
export interface RequestLog {
  /** Counts up from 1. */
  readonly number: number;
  /** When it came, in milliseconds since the epoch. */
  readonly time: number;
  readonly method: string;
  /** With the query, if any. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Same for all requests of one kept-alive connection. */
  readonly remotePort: number;
  /** Bytes of the body. */
  readonly bytes: number;
  /** Events in the body; undefined when it is not JSON or nobody read it. */
  readonly events: number | undefined;
  /** 0 until the request is answered. */
  readonly status: number;
  /** What a 202 said it had queued. */
  readonly queued: number | undefined;
  /** What a refusal said; undefined for an injected fault. */
  readonly error: string | undefined;
  /** Why events of it were not stored, though it was accepted. */
  readonly lost: readonly string[];
}

/** An ErrSight on this machine that keeps every rule of the real one, and events in memory. */
export interface LocalErrsight {
  /** Such as `http://127.0.0.1:3003`, for ERRSIGHT_HOST. */
  readonly url: string;
  readonly port: number;
  /** The kept events in the order they arrived. */
  readonly events: readonly StoredEvent[];
  /** The issues of the kept events. */
  readonly issues: readonly Issue[];
  /** The newest 10,000 requests in the order they came. */
  readonly requests: readonly RequestLog[];
  /** All that the real server would have changed, dropped or failed to show without saying so. */
  readonly silent: readonly SilentLoss[];
  /** Events stored since the start or the last `reset()`. */
  readonly total: number;
  /** How many of these are no longer kept. */
  readonly forgotten: number;
  /** While true, no event is taken: 429 with the code INGESTION_PAUSED. */
  paused: boolean;
  /** While true, every key is answered with 401. */
  revoked: boolean;
  /** While true, every key is answered with 403. */
  organizationDiscarded: boolean;
  /** Events per window; 0 means unlimited. */
  rateLimitPerMinute: number;
  intercept: Intercept | undefined;
  /** Marks an issue's events as resolved. Its next event is then a regression. */
  resolve(fingerprint: string): void;
  /**
   * The kept events, once at least so many were stored since the start or the last `reset()`.
   * Rejects after `timeoutMs` (default 5,000) and says what did arrive.
   */
  waitForEvents(count: number, timeoutMs?: number): Promise<readonly StoredEvent[]>;
  /** Forgets events, issues, requests, losses, and the used-up allowance, but not the settings. */
  reset(): void;
  /** Stops, and drops open connections. The promise settles for every caller. */
  close(): Promise<void>;
}
