import { createGrouper } from '../event/make/group.ts';
import { createLru } from '../lib/lru.ts';
import { attempt, isArray, isObject, read } from '../lib/safe-read.ts';
import type { ErrsightEvent } from '../event/event.ts';

/** The bodies of two requests. One may be missing. */
export interface Sorted {
  /** Fatal errors, and the first event of each issue. */
  readonly urgent: Uint8Array | undefined;
  readonly others: Uint8Array | undefined;
}

/** How many first events are remembered, since they may have to be sent again. */
const REMEMBERED = 2_000;

/**
 * Tells urgent events from others, going by the events that it has seen. So a storm of one issue
 * does not hold up the first event of another. The answer for one event is always the same.
 */
export function createSorter(): (body: Uint8Array) => Sorted {
  const groups = createGrouper();
  const firsts = createLru<boolean>({ maxEntries: REMEMBERED });

  const isUrgent = (event: unknown): boolean => {
    if (!isObject(event)) return false;
    if (read(event, 'level') === 'fatal') return true;
    const id = String(read(event, 'ingestion_id'));
    if (firsts.get(id) === true) return true;
    // What is no event has no group.
    const isFirst = attempt(() => groups.of(event as ErrsightEvent).isFirst) === true;
    if (isFirst) firsts.set(id, true);
    return isFirst;
  };

  return (body) => {
    const events = attempt(() => JSON.parse(Buffer.from(body).toString()) as unknown);
    if (!isArray(events)) return { urgent: undefined, others: body };
    const urgent: unknown[] = [];
    const others: unknown[] = [];
    for (const event of events) (isUrgent(event) ? urgent : others).push(event);
    // If possible these are the bytes as they came.
    if (urgent.length === 0) return { urgent: undefined, others: body };
    if (others.length === 0) return { urgent: body, others: undefined };
    return { urgent: bytesOf(urgent), others: bytesOf(others) };
  };
}

function bytesOf(events: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify(events));
}
