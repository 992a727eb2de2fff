import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../transport.ts';

export type { Outcome } from '../transport.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body, or undefined if it was too long to be ErrSight's. */
  readonly body: string | undefined;
}

/**
 * ErrSight asks for a minute at most. A proxy may ask for more, but is obeyed for an hour at most.
 */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** `taken`: how many events of the request ErrSight has confirmed, if not all. */
export type Answered = Outcome & { readonly taken?: number };

/** What `outcomeOf` has to know about the request. */
export interface Asked {
  /** How many events it holds. */
  readonly count: number;
  /** How many of them ErrSight may have stored already. Then it does not count those. */
  readonly resent: number;
}

/** What the answer to a request means. */
export function outcomeOf({ status, headers, body }: Answer, { count, resent }: Asked): Answered {
  const said = parse(body);
  switch (status) {
    case 202:
      // The only success. The count has to be ours, since a proxy's 202 has none.
      if (isCount(said?.['queued'], count - resent, count)) return { kind: 'accepted' };
      return {
        kind: 'retry',
        reason: 'HTTP 202 that does not confirm the events',
        status,
        ...(isCount(said?.['queued'], 0, count) && { taken: Number(said?.['queued']) }),
      };
    case 400: {
      const reason = rejection(said);
      if (reason !== undefined) return { kind: 'invalid', reason };
      break;
    }
    case 413:
      // A proxy's 413 counts too: its limit is as real as ErrSight's.
      return { kind: 'too_large' };
    case 403:
      // ErrSight's own 403 has an `error` and nothing else. A firewall's page may be about one
      // event.
      if (typeof said?.['error'] === 'string' && Object.keys(said).length === 1) {
        return { kind: 'refused', status };
      }
      break;
    case 401:
    case 404:
      return { kind: 'refused', status };
    case 429:
      if (said?.['code'] === 'INGESTION_PAUSED') return { kind: 'paused' };
      if (said?.['code'] === 'RATE_LIMIT_EXCEEDED') {
        return {
          kind: 'rate_limited',
          retryAfterMs: seconds(headers['retry-after']) ?? seconds(said['retry_after']),
          limit: positive(headers['x-ratelimit-limit']),
        };
      }
      break;
    default:
      break;
  }
  const redirect = status >= 300 && status < 400;
  return {
    kind: 'retry',
    reason: `HTTP ${status}${redirect ? ', a redirect, which is not followed' : ''}`,
    retryAfterMs: seconds(headers['retry-after']),
    status,
  };
}

/**
 * An event is dropped for these two answers, so they have to be exactly ErrSight's: its own for
 * JSON that it can't parse, and the one of Rails for a string that is no valid Unicode.
 */
function rejection(said: Record<string, unknown> | undefined): string | undefined {
  if (said === undefined) return undefined;
  const { error, code, status } = said;
  if (typeof error !== 'string' || Object.keys(said).length !== 2) return undefined;
  if (code === 'INVALID_JSON') return error;
  return status === 400 && error === 'Bad Request' ? error : undefined;
}

/**
 * Answers of a proxy or gateway that are about the connection, the address or the number of
 * requests.
 */
const NOT_ABOUT_EVENTS: ReadonlySet<number> = new Set([401, 404, 407, 408, 421, 425, 429]);

/**
 * Whether one of the events may have caused a failure. `soon`: most likely. `repeated`: only if the
 * failure comes again and again. One event can make a server fail or crash (500, 502). A firewall
 * may answer a text that it dislikes with a page (200, 302, 405, 503), or close the connection.
 */
export function suspicionOf(outcome: Outcome): 'soon' | 'repeated' | undefined {
  if (outcome.kind !== 'retry') return undefined;
  const { status, retryAfterMs, timedOut, cutOff } = outcome;
  if (timedOut === true || cutOff === true) return 'repeated';
  if (status === undefined || retryAfterMs !== undefined) return undefined;
  if (status === 405) return 'repeated';
  if (NOT_ABOUT_EVENTS.has(status)) return undefined;
  return status >= 400 && status < 500 ? 'soon' : 'repeated';
}

/** Why events have to be sent again, in words. */
export function inWords(outcome: Outcome): string {
  if ('reason' in outcome) return outcome.reason;
  return outcome.kind === 'refused' ? `HTTP ${outcome.status}` : outcome.kind;
}

function parse(body: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Milliseconds from whole seconds. ErrSight sends no dates, signs or fractions. */
function seconds(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (!/^\d+$/.test(String(value))) return undefined;
  return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
}

/** A whole number from 1 to 999,999. No project's limit is higher, and 0 would mean no limit. */
function positive(value: unknown): number | undefined {
  return typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : undefined;
}
