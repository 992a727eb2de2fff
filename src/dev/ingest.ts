import type { IncomingHttpHeaders } from 'node:http';
import { railsAnswer, type Answer } from './answer.ts';
import { findNul, hasReservedKey, isObject, parseBody, type JsonObject } from './json.ts';
import { checkGrouping, checkPages } from './pages.ts';
import type { RateLimit } from './rate-limit.ts';
import { isBlank } from './ruby.ts';
import { sanitize, type SanitizedEvent } from './sanitize.ts';
import { show, type Note, type RuleSection, type SilentLoss, type SilentRule } from './silent.ts';
import type { Issue, Store, StoredEvent } from './store.ts';

/** Bytes a request body may have: exactly this many still pass. */
export const MAX_BODY_BYTES = 524_288;
/** Events a request may have. */
const MAX_EVENTS = 100;
/** Bytes of an environment's name that fit into the index it is in. */
const MAX_ENVIRONMENT_BYTES = 2700;

/** An element of a request after step 5, or a bare string, which has no message. */
interface Queued {
  readonly received: JsonObject;
  readonly event: SanitizedEvent;
  readonly losses: readonly SilentLoss[];
}

/** A request that went through the first steps, and what is left of its body to look at. */
export interface Upload {
  readonly headers: IncomingHttpHeaders;
  /** Of a body over the limit only the beginning, itself over the limit. */
  readonly body: Buffer;
}

/** What ingesting needs of the server around it. */
export interface Ingesting {
  readonly rateLimit: RateLimit;
  readonly store: Store;
  /** Whether the project takes no events at this moment. */
  readonly isPaused: () => boolean;
  readonly now: () => number;
  /** Called for each silent loss. */
  readonly onLoss: (loss: SilentLoss) => void;
  /** Called for each stored event. */
  readonly onEvent: (event: StoredEvent, issue: Issue) => void;
  /** Called between the decision to accept and the job that stores the events. */
  readonly onQueued: (count: number) => void;
}

export const TOO_LARGE: Answer = {
  status: 413,
  body: { error: 'Payload too large (max 512KB)', code: 'PAYLOAD_TOO_LARGE' },
};

export const PAUSED: Answer = {
  status: 429,
  body: { error: 'Ingestion is paused for this project', code: 'INGESTION_PAUSED' },
};

const INVALID_JSON: Answer = {
  status: 400,
  body: { error: 'Invalid JSON payload', code: 'INVALID_JSON' },
};

/** The number of events in a body, as far as anyone can tell. */
export function countEvents(body: Buffer): number | undefined {
  const parsed = parseBody(body);
  if (!parsed.ok) return undefined;
  if (parsed.value === null || parsed.value === false) return 0;
  return Array.isArray(parsed.value) ? parsed.value.length : 1;
}

/**
 * Everything that happens to a body once the key is good and the project not paused, in the
 * server's order: size, JSON, each element, their number, the rate limit, the job.
 */
export function ingest({ headers, body }: Upload, server: Ingesting): Answer {
  if (body.length > MAX_BODY_BYTES) return TOO_LARGE;
  const parsed = parseBody(body);
  if (!parsed.ok) return parsed.empty ? railsAnswer(500, headers.accept) : INVALID_JSON;
  if (!parsed.wellFormed) {
    // Rails parses JSON bodies as parameters too, and refuses what is not valid Unicode. Where it
    // does not, the application's own text functions raise.
    return railsAnswer(isJson(headers) ? 400 : 500, headers.accept);
  }
  if (parsed.value === null || parsed.value === false) return { status: 204 };
  const elements = Array.isArray(parsed.value) ? (parsed.value as unknown[]) : [parsed.value];
  if (!elements.every((element) => isObject(element) || typeof element === 'string')) {
    return railsAnswer(500, headers.accept);
  }
  if (elements.length > MAX_EVENTS) {
    return { status: 422, body: { error: `Batch size exceeds limit of ${MAX_EVENTS}` } };
  }
  const rate = server.rateLimit.take(elements.length, server.now());
  if (!rate.allowed) return rateLimited(rate.limit, rate.retryAfter);
  // Only found when the job is enqueued, so the events did count.
  if (hasReservedKey(elements)) return railsAnswer(500, headers.accept);
  const queued = elements.map((element, index) => prepare(element, index, server.now()));
  server.onQueued(queued.length);
  work(queued, server);
  return { status: 202, body: { status: 'accepted', queued: queued.length } };
}

function rateLimited(limit: number, retryAfter: number): Answer {
  return {
    status: 429,
    headers: { 'Retry-After': String(retryAfter), 'X-RateLimit-Limit': String(limit) },
    body: {
      error: `Rate limit exceeded — try again in ${retryAfter}s`,
      code: 'RATE_LIMIT_EXCEEDED',
      retry_after: retryAfter,
    },
  };
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b|^text\/x-json\b|^application\/jsonrequest\b/i.test(
    headers['content-type'] ?? '',
  );
}

function prepare(element: unknown, index: number, now: number): Queued {
  const losses: SilentLoss[] = [];
  const note = noteIn(losses, index, '§6');
  const received = isObject(element) ? element : {};
  return { received, event: sanitize(received, now, note), losses };
}

/** The job that stores a request's events, in their order. */
function work(queued: readonly Queued[], server: Ingesting): void {
  for (const [index, { event, received, losses }] of queued.entries()) {
    const extra: SilentLoss[] = [];
    const report = (): void => {
      for (const loss of [...losses, ...extra]) server.onLoss(loss);
    };
    const note = noteIn(extra, index, '§5');
    if (server.isPaused()) {
      note('dropped_event', '', 'the project was paused after the 202');
      report();
      continue;
    }
    if (isBlank(event.message)) {
      note('dropped_event', 'message', 'blank: ErrSight answers 202 and drops the event');
      report();
      continue;
    }
    const poison = findPoison(event);
    if (poison !== undefined) {
      note('lost_batch', poison.path, lostBatch(poison.reason, queued.length - index - 1));
      report();
      return;
    }
    const { event: stored, issue, grouping } = server.store.add(event, received);
    checkPages(stored, noteIn(extra, index));
    checkGrouping(stored, grouping, noteIn(extra, index));
    server.onEvent(stored, issue);
    report();
  }
}

function lostBatch(reason: string, later: number): string {
  const others = later === 0 ? '' : ` and the ${later} after it`;
  return `${reason}: ErrSight answers 202 and loses this event${others}`;
}

/** What makes the database refuse an event in a way that ends the job. */
function findPoison(event: SanitizedEvent): { path: string; reason: string } | undefined {
  const bytes = Buffer.byteLength(event.environment);
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    return { path: 'environment', reason: `${bytes} bytes do not fit into its index` };
  }
  for (const [key, value] of Object.entries(event)) {
    const path = findNul(value, key);
    if (path !== undefined) return { path, reason: `U+0000 in ${show(path)}` };
  }
  return undefined;
}

/** Without a section, the rule names it: grouping is §7, request ids §9, the pages' frames §8. */
function noteIn(losses: SilentLoss[], index: number, section?: RuleSection): Note {
  return (rule, path, detail) => {
    const contract = section ?? sectionOf(rule, path);
    losses.push({
      rule,
      path: path === '' ? `[${index}]` : `[${index}].${path}`,
      detail,
      contract,
    });
  };
}

function sectionOf(rule: SilentRule, path: string): RuleSection {
  if (rule === 'grouping') return '§7';
  return path === 'metadata.request_id' ? '§9' : '§8';
}
