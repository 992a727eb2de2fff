import { systemClock } from '../lib/clock.ts';
import type { Outcome, Transport, TransportRequest } from '../transport.ts';
import type { Sender } from './send.ts';

const KINDS: ReadonlySet<unknown> = new Set<Outcome['kind']>([
  'accepted',
  'retry',
  'rate_limited',
  'paused',
  'too_large',
  'invalid',
  'refused',
  'aborted',
]);

/** A sender that has somebody else's function do the work; settles by `timeout`, whatever it does. */
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
    if (isOutcome(outcome)) return outcome;
    return { kind: 'retry', reason: 'the transport returned something that is no outcome' };
  } catch (error) {
    return { kind: 'retry', reason: reasonOf(error) };
  }
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (!KINDS.has(value.kind)) return false;
  // Those two are told to people.
  return value.kind === 'retry' || value.kind === 'invalid'
    ? 'reason' in value && typeof value.reason === 'string'
    : true;
}

function reasonOf(error: unknown): string {
  try {
    return String(error).slice(0, 200);
  } catch {
    return 'the transport failed';
  }
}
