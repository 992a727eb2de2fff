import { isFound, readQuery, type Term } from './query.ts';
import { toS } from './ruby.ts';
import type { Facets, IssueRow } from './shapes.ts';
import type { Issue, Store, StoredEvent } from './store.ts';

const HOUR = 3_600_000;
const STEPS = 12;
/** Characters of a title in the list. */
const MAX_TITLE = 300;
/** Values that a filter offers. A tag with an id in it has a new value for each event. */
const MAX_VALUES = 200;

/** What the list is filtered by. Blank parts filter nothing. */
export interface Filter {
  readonly q: readonly Term[];
  readonly level: string;
  readonly env: string;
  readonly release: string;
  /** As `key=value`. */
  readonly tag: string;
  /** `open`, `resolved`, `muted` or `all`. */
  readonly state: string;
}

export function readFilter(query: URLSearchParams): Filter {
  const part = (name: string): string => query.get(name) ?? '';
  return {
    q: readQuery(part('q')),
    level: part('level'),
    env: part('env'),
    release: part('release'),
    tag: part('tag'),
    state: part('state') || 'open',
  };
}

/** Whether an issue has one event that matches all filters. */
export function matches(store: Store, fingerprint: string, filter: Filter): boolean {
  const events = store.eventsOf(fingerprint);
  const isMuted = store.marksOf(fingerprint)?.muted ?? false;
  const isResolved = events.every((event) => event.resolved);
  const { state } = filter;
  if (state === 'open' && (isMuted || isResolved)) return false;
  if (state === 'resolved' && !isResolved) return false;
  if (state === 'muted' && !isMuted) return false;
  return events.findLast((event) => isWanted(event, filter)) !== undefined;
}

function isWanted(event: StoredEvent, { q, level, env, release, tag }: Filter): boolean {
  if (level !== '' && event.level !== level) return false;
  if (env !== '' && event.environment !== env) return false;
  if (release !== '' && event.release !== release) return false;
  if (tag !== '' && !Object.entries(event.tags).some(([key, value]) => `${key}=${value}` === tag)) {
    return false;
  }
  return isFound(event, q);
}

export function rowOf(store: Store, issue: Issue, now: number): IssueRow | undefined {
  const events = store.eventsOf(issue.fingerprint);
  const [first, last] = [events.at(0), events.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    fingerprint: issue.fingerprint,
    title: issue.lastMessage.slice(0, MAX_TITLE),
    level: issue.severity,
    count: issue.occurrences,
    users: issue.affectedUsers,
    environment: issue.lastEnvironment,
    firstSeen: issue.firstSeen,
    lastSeen: issue.lastSeen,
    firstArrived: store.detailOf(first.id)?.arrived ?? now,
    lastArrived: store.detailOf(last.id)?.arrived ?? now,
    lastId: last.id,
    isResolved: events.every((event) => event.resolved),
    isMuted: store.marksOf(issue.fingerprint)?.muted ?? false,
    isBack: last.is_regression,
    isUnhandled: isUnhandled(last),
    hour: hourOf(events, now),
  };
}

/** What a client says of it itself; else by the names that Node has for what nobody caught. */
function isUnhandled({ metadata, tags }: StoredEvent): boolean {
  const handled = tags['handled'] ?? toS(metadata['handled']);
  if (/^(?:yes|true|1)$/i.test(handled)) return false;
  if (/^(?:no|false|0)$/i.test(handled)) return true;
  return /^un(?:caught|handled)/i.test(tags['mechanism'] ?? toS(metadata['mechanism']));
}

function hourOf(events: readonly StoredEvent[], now: number): number[] {
  const steps = Array.from({ length: STEPS }, () => 0);
  for (const { time } of events) {
    const step = STEPS - 1 - Math.floor(((now - time) / HOUR) * STEPS);
    // A time ahead of the clock counts as now.
    const index = Math.min(step, STEPS - 1);
    if (index >= 0) steps[index] = (steps[index] ?? 0) + 1;
  }
  return steps;
}

/** The environments, releases and tags of the kept events. */
export function facetsOf(events: readonly StoredEvent[]): Facets {
  const counts = {
    env: new Map<string, number>(),
    release: new Map<string, number>(),
    tag: new Map<string, number>(),
  };
  for (const { environment, release, tags } of events) {
    add(counts.env, environment.slice(0, MAX_TITLE));
    if (release !== null) add(counts.release, release);
    for (const [key, value] of Object.entries(tags)) add(counts.tag, `${key}=${value}`);
  }
  return { env: mostOf(counts.env), release: mostOf(counts.release), tag: mostOf(counts.tag) };
}

function add(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** The most frequent values first. */
function mostOf(counts: Map<string, number>): string[] {
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MAX_VALUES)
    .map(([value]) => value);
}
