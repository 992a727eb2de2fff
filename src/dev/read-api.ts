import type { Answer } from './answer.ts';
import { isObject } from './json.ts';
import { isBlank, toI } from './ruby.ts';
import type { Store, StoredEvent } from './store.ts';
import { formatSecond, parseTime } from './time.ts';

/** Events on a page unless asked otherwise. */
const DEFAULT_PER_PAGE = 25;
/** Events on a page at most. */
const MAX_PER_PAGE = 100;

/** Answers one route of the read API. */
export type ReadRoute = (query: URLSearchParams, store: Store) => Answer;

/** Which route of the read API a path without trailing slashes belongs to, if any. */
export function routeRead(path: string): ReadRoute | undefined {
  if (/^\/api\/v1\/events(?:\.json)?$/.test(path)) return listEvents;
  const id = /^\/api\/v1\/events\/(\d+)(?:\.json)?$/.exec(path)?.[1];
  if (id !== undefined) return (_query, store) => showEvent(Number(id), store);
  // A fingerprint takes the rest of the path, its .json too.
  const fingerprint = /^\/api\/v1\/issues\/([^/]+)$/.exec(path)?.[1];
  if (fingerprint !== undefined) return (_query, store) => showIssue(fingerprint, store);
  return undefined;
}

function listEvents(query: URLSearchParams, store: Store): Answer {
  const page = Math.max(1, toI(query.get('page') ?? ''));
  const perPage = readPerPage(query.get('per_page'));
  const isWanted = filters(query);
  const found = newestFirst(store.events.filter((event) => isWanted.every((is) => is(event))));
  const data = found.slice((page - 1) * perPage, page * perPage).map(summary);
  return { status: 200, body: { data, page, per_page: perPage } };
}

function showEvent(id: number, store: Store): Answer {
  const event = store.events.find((other) => other.id === id);
  if (event === undefined) {
    return { status: 404, body: { error: 'Not found', code: 'NOT_FOUND' } };
  }
  const { backtrace, metadata, user_context, breadcrumbs } = event;
  return {
    status: 200,
    body: {
      data: {
        ...summary(event),
        backtrace,
        metadata: jsonb(metadata),
        user_context: jsonb(user_context),
        breadcrumbs: jsonb(breadcrumbs),
      },
    },
  };
}

function showIssue(fingerprint: string, store: Store): Answer {
  // It is computed from the kept events, since the counts of an issue never go down.
  const events = newestFirst(store.eventsOf(fingerprint));
  const latest = events.at(0);
  const first = events.at(-1);
  if (latest === undefined || first === undefined) {
    return { status: 404, body: { error: 'Issue not found' } };
  }
  const users = events.map((event) => event.user_identifier).filter((user) => user !== null);
  return {
    status: 200,
    body: {
      data: {
        fingerprint,
        occurrences: events.length,
        affected_users: new Set(users).size,
        first_seen: formatSecond(first.time),
        last_seen: formatSecond(latest.time),
        last_message: latest.message,
        level: latest.level,
        all_resolved: events.every((event) => event.resolved),
        assigned_to: null,
        external_url: null,
      },
    },
  };
}

function summary(event: StoredEvent): Record<string, unknown> {
  return {
    id: event.id,
    level: event.level,
    message: event.message,
    environment: event.environment,
    fingerprint: event.fingerprint,
    release: event.release,
    occurred_at: formatSecond(event.time),
    resolved: event.resolved,
    is_regression: event.is_regression,
    user_identifier: event.user_identifier,
    tags: jsonb(event.tags),
  };
}

/** As PostgreSQL's jsonb gives it back: keys by their length in bytes, then by their bytes. */
function jsonb(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonb);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).map((key) => ({ key, bytes: Buffer.from(key) }));
  keys.sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes));
  return Object.fromEntries(keys.map(({ key }) => [key, jsonb(value[key])]));
}

function newestFirst(events: readonly StoredEvent[]): StoredEvent[] {
  return events.toSorted((a, b) => b.time - a.time || b.id - a.id);
}

type Filter = (event: StoredEvent) => boolean;

function filters(query: URLSearchParams): Filter[] {
  const found: Filter[] = [];
  for (const key of ['environment', 'level', 'fingerprint', 'release'] as const) {
    const wanted = query.get(key);
    if (wanted !== null && !isBlank(wanted)) found.push((event) => event[key] === wanted);
  }
  const resolved = query.get('resolved');
  if (resolved !== null && !isBlank(resolved)) {
    const wanted = !FALSE.has(resolved);
    found.push((event) => event.resolved === wanted);
  }
  const since = readTime(query.get('since'));
  if (since !== undefined) found.push((event) => event.time >= since);
  const before = readTime(query.get('before'));
  if (before !== undefined) found.push((event) => event.time < before);
  return found;
}

/** What Rails takes for false. Every other text that is not blank is true. */
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'false', 'FALSE', 'off', 'OFF']);

/** Takes ISO-8601 only, with seconds unless it is a date. Anything else is ignored. */
function readTime(value: string | null): number | undefined {
  const iso = /^\s*\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?\s*$/i;
  return value !== null && iso.test(value) ? parseTime(value) : undefined;
}

function readPerPage(value: string | null): number {
  if (value === null || isBlank(value)) return DEFAULT_PER_PAGE;
  return Math.min(MAX_PER_PAGE, Math.max(1, toI(value)));
}
