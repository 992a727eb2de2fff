import type { IncomingHttpHeaders } from 'node:http';
import type { Outcome } from '../transport.ts';

export type { Outcome } from '../transport.ts';

/** An HTTP answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The whole body, or undefined if it was too long to be ErrSight's. */
  readonly body: string | undefined;
}

/** ErrSight's waits end with the minute; what a proxy asks for is followed for an hour at most. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** What the answer to a request with `count` events means. */
export function outcomeOf({ status, headers, body }: Answer, count: number): Outcome {
  const said = parse(body);
  switch (status) {
    case 202:
      // The one success, and only if ErrSight counted what we did: a proxy's 202 has no count.
      if (said?.['queued'] === count) return { kind: 'accepted' };
      return { kind: 'retry', reason: 'HTTP 202 that does not confirm the events' };
    case 400:
    case 422:
      // Events are lost over these two, so they have to come from ErrSight: it answers with JSON
      // that has an `error`, while a proxy's page says nothing about the events.
      if (typeof said?.['error'] !== 'string') break;
      if (status === 422) return { kind: 'too_large' };
      return { kind: 'invalid', reason: said['error'] };
    case 413:
      // A proxy's as well: its bound is as real as ErrSight's.
      return { kind: 'too_large' };
    case 401:
    case 403:
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

/** In words, why events have to be sent again. */
export function reasonOf(outcome: Outcome): string {
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Milliseconds from whole seconds; dates, signs and fractions are not ErrSight's. */
function seconds(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (!/^\d+$/.test(String(value))) return undefined;
  return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
}

/** A whole number from 1 to 999,999: no project's limit is higher, and 0 would mean unlimited. */
function positive(value: unknown): number | undefined {
  return typeof value === 'string' && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : undefined;
}
