import { lateScrubber } from '../event/scrub/late-scrubber.ts';
import { describe } from './pino/scope.ts';
import { Scope, type ScopeJson } from './scope.ts';
import { processState } from './state.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';

/** Bytes of the JSON that goes into a job: queues keep their data in memory, some for weeks. */
const LIMIT = 16_384;
/** The most breadcrumbs added by `addBreadcrumb`, newest last. */
const CRUMBS = 20;
/** The most tags that ErrSight keeps of an event. */
const TAGS = 30;

let scrubber: Scrubber | undefined;

/** See `uses.ts`. */
export function scopeForJob(): ScopeJson {
  const { client, clients, makers, scopes } = processState();
  const [other] = clients;
  const maker = client?.pipeline ?? other?.pipeline ?? makers[0];
  const scrub = maker?.scrub ?? (scrubber ??= lateScrubber(NOBODYS));
  const scope = Scope.from(scopes.current().toJSON());
  const rules = { ...RULES, maker: { breadcrumb: () => undefined }, scrub };
  return fitted((describe(scope, rules).scope ?? {}) as ScopeJson);
}

const NOBODYS = { apiKey: undefined, scrubKeys: [], sendDefaultPii: false };
const RULES = {
  sendDefaultPii: false,
  // The process that takes the job has default tags of its own.
  defaultTags: [],
  requestData: { headers: false, query: false, body: false },
  maxBreadcrumbs: CRUMBS,
};

function fitted({ tags: named = {}, breadcrumbs, metadata, ...rest }: ScopeJson): ScopeJson {
  const tags = Object.fromEntries(Object.entries(named).slice(0, TAGS));
  let over = sizeOf({ tags, breadcrumbs, metadata, ...rest }) - LIMIT;
  const crumbs = [...(breadcrumbs ?? [])];
  while (over > 0 && crumbs.length > 0) over -= sizeOf(crumbs.shift());

  /** Removes the largest entries until the JSON fits. */
  function lighter<T>(all: Readonly<Record<string, T>> | undefined): Record<string, T> {
    const entries = Object.entries(all ?? {});
    for (const entry of entries.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
      if (over <= 0) break;
      entries.splice(entries.indexOf(entry), 1);
      over -= sizeOf(entry) - 2;
    }
    return Object.fromEntries(entries);
  }

  const details = lighter(metadata);
  const labels = lighter(tags);
  return {
    ...rest,
    ...(Object.keys(labels).length > 0 && { tags: labels }),
    ...(Object.keys(details).length > 0 && { metadata: details }),
    ...(crumbs.length > 0 && { breadcrumbs: crumbs }),
  };
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
