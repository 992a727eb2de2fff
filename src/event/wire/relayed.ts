import { randomUUID } from '../../lib/random.ts';
import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { levelFromName } from '../level.ts';
import { loadMaking } from '../late-making.cts';
import type { ErrsightEvent } from '../event.ts';
import type { Scrubber } from '../scrub/scrubber.ts';

/** Ten times the most bytes of our own requests. More is not read. */
const MAX_BYTES = 5_000_000;
/** The most events. A request of ours has 100. */
const MAX_EVENTS = 10_000;

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;

export interface RelayOptions {
  /** The environment of events that have none. */
  readonly environment: string;
  readonly scrub: Scrubber;
}

/**
 * Reads events from the bytes of a JSON array, or from an array of objects. Anybody may have
 * written them. So each is made again, with only an event's own fields and without secrets.
 * `invalid` is how many elements are no events. Bytes that can't be read count as one.
 */
export function readRelayed(
  given: unknown,
  options: RelayOptions,
): { readonly events: readonly ErrsightEvent[]; readonly invalid: number } {
  const elements = elementsOf(given);
  if (elements === undefined) return { events: [], invalid: 1 };
  const events = elements
    .map((element) => attempt(() => readEvent(element, options)))
    .filter((event) => event !== undefined);
  return { events, invalid: elements.length - events.length };
}

function elementsOf(given: unknown): readonly unknown[] | undefined {
  const list = given instanceof Uint8Array ? attempt(() => parse(given)) : given;
  if (!isArray(list)) return undefined;
  // A copy without holes, which `map` would skip.
  return attempt(() => (list.length > MAX_EVENTS ? undefined : Array.from(list)));
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES) return undefined;
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

/** Undefined if it is no event. Every version of this package writes a message and a level. */
function readEvent(
  element: unknown,
  { environment, scrub }: RelayOptions,
): ErrsightEvent | undefined {
  if (!isObject(element)) return undefined;
  const [id, message, name] = ['ingestion_id', 'message', 'level'].map((key) => read(element, key));
  const level = typeof name === 'string' ? levelFromName(name) : undefined;
  if (typeof message !== 'string' || level === undefined) return undefined;
  const basis: ErrsightEvent = {
    ingestion_id: typeof id === 'string' && UUID.test(id) ? id : randomUUID(),
    level,
    message: '',
    occurred_at: new Date().toISOString(),
    environment,
    metadata: {},
    tags: {},
    breadcrumbs: [],
  };
  return loadMaking().rebuild(element as ErrsightEvent, basis, scrub);
}
