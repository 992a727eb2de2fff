import { systemClock } from '../lib/clock.ts';
import { assemble, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from '../delivery/body.ts';
import { isObject, read } from '../lib/safe-read.ts';
import type { Item } from '../delivery/item.ts';
import type { Settle } from './helper.ts';
import type { Transport } from '../transport.ts';

interface Call {
  readonly events: readonly Item[];
  /** The most events of one call. */
  readonly batchSize: number;
  /** ms for all calls. */
  readonly patience: number;
  readonly settle: Settle;
}

/**
 * Calls the transport on this thread, since a function can't go to another one. What it does
 * before its first `await` happens. If it returns a promise, we never learn whether it succeeded.
 * Returns a function that settles the events.
 */
export function callTransport(
  transport: Transport,
  { events, batchSize, patience, settle }: Call,
): () => void {
  const delivered = new Set<number>();
  const until = systemClock.now() + patience;
  for (let from = 0; from < events.length && systemClock.now() < until;) {
    const portion = firstOf(events.slice(from, from + batchSize));
    if (callOnce(transport, assemble(portion), portion.length)) {
      for (const index of portion.keys()) delivered.add(from + index);
    }
    from += portion.length;
  }
  return () => settle(events, (index) => (delivered.has(index) ? 'delivered' : undefined));
}

/** The first events: as many as fit into one request, but at least one. */
function firstOf(events: readonly Item[]): readonly Item[] {
  let bytes = 0;
  const end = events.findIndex((event) => {
    bytes += event.bytes.length + SEPARATOR_BYTES;
    return bytes > MAX_ITEMS_BYTES;
  });
  return end === -1 ? events : events.slice(0, Math.max(1, end));
}

/** Whether the transport confirms before its first `await` that it has the events. */
function callOnce(transport: Transport, body: Buffer, count: number): boolean {
  const { reallyExit } = process as unknown as Ending;
  try {
    // The process ends already. A `process.exit()` here would end it before anybody is told what is lost.
    Object.assign(process, { reallyExit: never });
    const outcome: unknown = transport(body, { count, signal: new AbortController().signal });
    if (outcome instanceof Promise) outcome.catch(() => undefined);
    return outcome === undefined || (isObject(outcome) && read(outcome, 'kind') === 'accepted');
  } catch {
    return false;
  } finally {
    Object.assign(process, { reallyExit });
  }
}

interface Ending {
  readonly reallyExit: unknown;
}

function never(): never {
  throw new Error('the process ends already');
}
