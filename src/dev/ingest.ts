import type { IncomingHttpHeaders } from 'node:http';
import { railsAnswer, type Answer } from './answer.ts';
import { prepare, work, type Working } from './job.ts';
import { hasReservedKey, isObject, parseBody, textsOf } from './json.ts';
import type { RateLimit } from './rate-limit.ts';

/** Bytes a request body may have. Exactly this many still pass. */
export const MAX_BODY_BYTES = 524_288;
/** Events a request may have. */
const MAX_EVENTS = 100;
/** A request after the first steps, with what is left of its body. */
export interface Upload {
  readonly headers: IncomingHttpHeaders;
  /** If the body is over the limit, this is only its beginning, which is over the limit too. */
  readonly body: Buffer;
}

/** What ingesting needs of the server around it. */
export interface Ingesting extends Working {
  readonly rateLimit: RateLimit;
  readonly now: () => number;
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

/** The number of events in a body, as far as it can be told. */
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
  // Rails has read these bodies as parameters by now.
  if (isType(headers, /^application\/x-www-form-urlencoded\b/i)) {
    return railsAnswer(500, headers.accept);
  }
  if (isType(headers, /^multipart\//i)) return INVALID_JSON;
  const parsed = parseBody(body);
  if (!parsed.ok) return parsed.empty ? railsAnswer(500, headers.accept) : INVALID_JSON;
  if (!parsed.wellFormed) {
    // Rails parses JSON bodies as parameters too, and refuses what is not valid Unicode.
    return isJson(headers) ? railsAnswer(400, headers.accept) : INVALID_JSON;
  }
  if (!parsed.isFinite) return railsAnswer(500, headers.accept);
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
  const texts = textsOf(parsed.text, elements.length);
  const queued = elements.map((element, index) =>
    prepare(element, texts[index], index, server.now()),
  );
  // This is only found when the job is enqueued, so the events have counted.
  if (queued.some(({ event }) => hasReservedKey(event))) return railsAnswer(500, headers.accept);
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
  const json = /^application\/(?:[\w.-]+\+)?json\b|^text\/x-json\b|^application\/jsonrequest\b/i;
  return isType(headers, json);
}

function isType(headers: IncomingHttpHeaders, type: RegExp): boolean {
  return type.test((headers['content-type'] ?? '').trim());
}
