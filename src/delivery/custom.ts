import { systemClock } from '../lib/clock.ts';
import type { Outcome, Transport, TransportRequest } from '../transport.ts';
import { attempt } from '../lib/safe-read.ts';
import type { Sender } from './send.ts';

/**
 * A sender that calls the application's transport. It settles after `timeout` ms at the latest,
 * whatever the transport does.
 */
export function createCustomSender(transport: Transport, timeout: number): Sender {
  return {
    send(body, count, signal) {
      return new Promise((resolve) => {
        const own = new AbortController();
        const settle = (outcome: Outcome): void => {
          systemClock.clearTimer(timer);
          signal.removeEventListener('abort', abort);
          resolve(outcome);
        };
        const abort = (): void => {
          own.abort();
          settle({ kind: 'aborted' });
        };
        const timer = systemClock.setTimer(() => {
          own.abort();
          const reason = `the transport did not settle within ${timeout} ms`;
          settle({ kind: 'retry', reason, timedOut: true });
        }, timeout);
        signal.addEventListener('abort', abort);
        void call(transport, body, { count, signal: own.signal }).then(settle);
      });
    },
    close: () => undefined,
  };
}

async function call(
  transport: Transport,
  body: Buffer,
  request: TransportRequest,
): Promise<Outcome> {
  try {
    const outcome: unknown = await transport(body, request);
    if (outcome === undefined) return { kind: 'accepted' };
    return attempt(() => checkedOutcome(outcome)) ?? wrong('');
  } catch (error) {
    return { kind: 'retry', reason: reasonOf(error) };
  }
}

/** The longest pause in ms, as for a server's `Retry-After`. */
const MAX_PAUSE = 3_600_000;
/** Events per minute. No project's limit is higher. */
const MAX_LIMIT = 999_999;
/** The most characters of a reason. */
const MAX_REASON = 200;

/**
 * Checks the outcome that a transport has returned. A `retryAfterMs` that is no number, for
 * example, would make retries without a wait. A wrong outcome becomes a `retry` that says what is
 * wrong.
 */
function checkedOutcome(value: unknown): Outcome {
  if (typeof value !== 'object' || value === null) return wrong('');
  // Each property is read once, since a getter may answer differently next time.
  const { kind, reason, retryAfterMs, limit, status, timedOut, cutOff } = value as Partial<
    Record<string, unknown>
  >;
  switch (kind) {
    case 'accepted':
    case 'paused':
    case 'too_large':
    case 'aborted':
      return { kind };
    case 'invalid':
      return typeof reason === 'string' ? { kind, reason: cut(reason) } : wrong('reason', 'a text');
    case 'retry':
      if (typeof reason !== 'string') return wrong('reason', 'a text');
      if (!isPause(retryAfterMs)) return wrong('retryAfterMs', PAUSE);
      if (status !== undefined && !isWhole(status, 100, 599)) return wrong('status', STATUS);
      if (timedOut !== undefined && typeof timedOut !== 'boolean') {
        return wrong('timedOut', 'true or false');
      }
      if (cutOff !== undefined && typeof cutOff !== 'boolean') {
        return wrong('cutOff', 'true or false');
      }
      return {
        kind,
        reason: cut(reason),
        ...(retryAfterMs !== undefined && { retryAfterMs: Math.min(retryAfterMs, MAX_PAUSE) }),
        ...(status !== undefined && { status }),
        ...(timedOut !== undefined && { timedOut }),
        ...(cutOff !== undefined && { cutOff }),
      };
    case 'rate_limited':
      if (!isPause(retryAfterMs)) return wrong('retryAfterMs', PAUSE);
      if (limit !== undefined && !isWhole(limit, 1, MAX_LIMIT)) {
        return wrong('limit', `a whole number from 1 to ${MAX_LIMIT}`);
      }
      return {
        kind,
        limit,
        retryAfterMs: retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_PAUSE),
      };
    case 'refused':
      return isWhole(status, 100, 599) ? { kind, status } : wrong('status', STATUS);
    default:
      return wrong('');
  }
}

const PAUSE = 'a number of milliseconds, 0 or more';
const STATUS = 'an HTTP status';

function isPause(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && Number.isFinite(value) && value >= 0);
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

function wrong(property: string, expected = ''): Outcome {
  const how = property === '' ? '' : `: expected \`${property}\` to be ${expected}`;
  return { kind: 'retry', reason: `the transport returned something that is no outcome${how}` };
}

function cut(reason: string): string {
  return reason.slice(0, MAX_REASON);
}

function reasonOf(error: unknown): string {
  try {
    return cut(String(error));
  } catch {
    return 'the transport failed';
  }
}
