import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { VERSION } from '../version.ts';
import { isoTime, makeBreadcrumb } from './breadcrumbs.ts';
import { levelFromName, type Level } from './level.ts';
import { isObject, read } from './guarded.ts';
import { FILTERED } from './text.ts';
import type { Breadcrumb, Cause, ErrsightEvent, Frame, Metadata, User } from './event.ts';
import type { ExceptionInfo } from './exception.ts';
import type { Context, LogRecord } from './record.ts';
import { safeKey, type Json, type Scrubber } from './scrub.ts';

/** UTF-16 units; more than ErrSight keeps of a message, so that `fit` sees that there was more. */
const TEXT = 20_000;
/** UTF-16 units of a cause's message (ErrSight quotes 200), and of names, ids and tags. */
const CAUSE_MESSAGE = 2_000;
const NAME = 300;

/** Metadata keys that ErrSight's pages read in a form of their own: a log field cannot take them. */
const RESERVED: ReadonlySet<string> = new Set([
  'exception_class',
  'exception_frames',
  'exception_causes',
]);

export interface BuildOptions {
  readonly environment: string;
  readonly release: string | undefined;
  readonly scrub: Scrubber;
  readonly readException: (thrown: unknown) => ExceptionInfo;
}

/**
 * Makes the event of a record. Of the contexts, later ones win: the scope comes first, then what
 * the call itself said.
 */
export type EventBuilder = (
  record: LogRecord,
  contexts: readonly Context[],
  trail: readonly Breadcrumb[],
) => ErrsightEvent;

export function createEventBuilder(options: BuildOptions): EventBuilder {
  const { environment, release, scrub, readException } = options;
  const runtime = {
    sdk: `errsight-node/${VERSION}`,
    node: process.version,
    hostname: hostname(),
  };

  return (record, contexts, trail) => {
    const exception = record.thrown && readException(record.thrown.value);
    const trace = record.trace && readException(record.trace);
    const message = exception?.message ?? asText(record.message, scrub);
    const backtrace = (exception ?? trace)?.backtrace;
    const { requestId, fields } = takeRequestId(record.fields);
    const said = Object.assign(
      {},
      ...all(contexts, 'metadata').map((metadata) => freeForm(metadata, scrub)),
    ) as Record<string, Json>;
    const user = userOf(contexts, scrub);
    const fingerprint = fingerprintOf(contexts, scrub) ?? (trace && messageGroup(message, scrub));
    return {
      ingestion_id: randomUUID(),
      level: levelOf(contexts) ?? record.level,
      message: scrub.text(message, TEXT),
      occurred_at: isoTime(record.time, Date.now()),
      environment,
      ...(release !== undefined && { release }),
      ...(backtrace !== undefined && { backtrace: scrub.text(backtrace, TEXT) }),
      metadata: {
        ...(exception && exceptionMetadata(exception, record.message, scrub)),
        ...(trace && { exception_frames: trace.frames.map((frame) => scrubFrame(frame, scrub)) }),
        ...(requestId !== undefined && { request_id: scrub.text(requestId, NAME) }),
        // ErrSight keeps the first 50 keys: what was said on purpose comes before the line's
        // fields, and wins over them as well, hence twice.
        ...said,
        ...runtime,
        ...freeForm(fields, scrub),
        ...said,
      },
      tags: tagsOf(contexts, scrub),
      ...(user && { user }),
      breadcrumbs: mergeTrails(trail, contexts, scrub),
      ...(fingerprint && { fingerprint }),
    };
  };
}

/**
 * What `beforeSend` returned, made an event again: a hook may have put anything anywhere.
 */
export function rebuild(
  changed: ErrsightEvent,
  original: ErrsightEvent,
  scrub: Scrubber,
): ErrsightEvent {
  const metadata = isObject(changed.metadata) ? changed.metadata : {};
  const user = isObject(changed.user) ? cleanUser(changed.user, scrub) : undefined;
  const fingerprint = fingerprintOf([changed], scrub);
  const { exception_class: name, exception_frames: frames, exception_causes: causes } = metadata;
  return {
    ingestion_id: original.ingestion_id,
    level: levelOf([changed]) ?? original.level,
    message: scrub.text(asText(changed.message, scrub), TEXT),
    occurred_at: isoTime(changed.occurred_at, Date.parse(original.occurred_at)),
    environment: scrub.text(asText(changed.environment, scrub), NAME),
    ...(typeof changed.release === 'string' && { release: scrub.text(changed.release, NAME) }),
    ...(typeof changed.backtrace === 'string' && {
      backtrace: scrub.text(changed.backtrace, TEXT),
    }),
    metadata: {
      ...(typeof name === 'string' && { exception_class: scrub.text(name, NAME) }),
      ...(Array.isArray(frames) && { exception_frames: frames.filter(isFrame) }),
      ...(Array.isArray(causes) && { exception_causes: causes.filter(isCause) }),
      ...freeForm(withoutReserved(metadata), scrub),
    },
    tags: tagsOf([changed], scrub),
    ...(user && { user }),
    breadcrumbs: mergeTrails([], [changed], scrub),
    ...(fingerprint && { fingerprint }),
  };
}

function exceptionMetadata(
  exception: ExceptionInfo,
  logMessage: string,
  scrub: Scrubber,
): Metadata {
  const properties = scrub.value(exception.properties);
  return {
    exception_class: scrub.text(exception.class, NAME),
    exception_frames: exception.frames.map((frame) => scrubFrame(frame, scrub)),
    exception_causes: exception.causes.map((cause) => ({
      class: scrub.text(cause.class, NAME),
      message: scrub.text(cause.message, CAUSE_MESSAGE),
      ...(cause.backtrace !== undefined && { backtrace: scrub.text(cause.backtrace, TEXT) }),
    })),
    ...(logMessage !== '' &&
      logMessage !== exception.message && { log_message: scrub.text(logMessage, TEXT) }),
    ...(isObject(properties) &&
      Object.keys(properties).length > 0 && { exception_properties: properties }),
  };
}

/**
 * ErrSight groups by the first frame of the application where there is one: two messages from one
 * function would be one issue. So a message with a trace brings the group it has without: its text,
 * digits aside.
 */
function messageGroup(message: string, scrub: Scrubber): string[] {
  return [scrub.text(message.replaceAll(/\d+/g, 'N'), NAME)];
}

/** Stacks and source lines are text as well: an eval'd function's name or a literal can hold a secret. */
function scrubFrame(frame: Frame, scrub: Scrubber): Frame {
  const line = (text: string): string => scrub.text(text, NAME);
  return {
    ...frame,
    filename: line(frame.filename),
    function: line(frame.function),
    ...(frame.pre_context && { pre_context: frame.pre_context.map(line) }),
    ...(frame.context_line !== undefined && { context_line: line(frame.context_line) }),
    ...(frame.post_context && { post_context: frame.post_context.map(line) }),
  };
}

/** `reqId` is Fastify's, `req.id` pino-http's; ErrSight's list of logs shows `request_id`. */
function takeRequestId(fields: Readonly<Record<string, unknown>>): {
  requestId: string | undefined;
  fields: Readonly<Record<string, unknown>>;
} {
  const { reqId, req } = fields;
  const id = reqId ?? (isObject(req) ? read(req, 'id') : undefined);
  if (typeof id !== 'string' && typeof id !== 'number') return { requestId: undefined, fields };
  const { reqId: _shownAsRequestId, ...rest } = fields;
  return { requestId: String(id), fields: rest };
}

function freeForm(fields: unknown, scrub: Scrubber): Record<string, Json> {
  const clean = scrub.value(fields);
  if (typeof clean !== 'object' || clean === null || Array.isArray(clean)) return {};
  for (const key of RESERVED) {
    if (!Object.hasOwn(clean, key)) continue;
    clean[`log_${key}`] = clean[key] ?? null;
    delete clean[key];
  }
  return clean;
}

function withoutReserved(metadata: Metadata): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !RESERVED.has(key)));
}

/** What the contexts say under a key, in order. A caller's object can have getters that throw. */
function all(contexts: readonly Context[], key: keyof Context): unknown[] {
  return contexts.map((context) => read(context, key)).filter((value) => value !== undefined);
}

function levelOf(contexts: readonly Context[]): Level | undefined {
  return all(contexts, 'level')
    .filter((name) => typeof name === 'string')
    .map(levelFromName)
    .findLast((level) => level !== undefined);
}

function tagsOf(contexts: readonly Context[], scrub: Scrubber): Record<string, string> {
  const result: Record<string, string> = {};
  for (const tags of all(contexts, 'tags').filter(isObject)) {
    for (const name of Object.keys(tags)) {
      const value = read(tags, name);
      if (value === null || value === undefined) continue;
      result[safeKey(name)] = scrub.denies(name)
        ? FILTERED
        : scrub.text(asText(value, scrub), NAME);
    }
  }
  return result;
}

/** The last context that speaks of a user decides; null takes the user away. */
function userOf(contexts: readonly Context[], scrub: Scrubber): User | undefined {
  const user = all(contexts, 'user').at(-1);
  return isObject(user) ? cleanUser(user, scrub) : undefined;
}

function cleanUser(user: object, scrub: Scrubber): User | undefined {
  const result: Record<string, string> = {};
  for (const key of ['id', 'email', 'username', 'ip_address'] as const) {
    const value = read(user, key);
    if (typeof value === 'string' || typeof value === 'number') {
      result[key] = scrub.text(String(value), NAME);
    }
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function fingerprintOf(contexts: readonly Context[], scrub: Scrubber): string[] | undefined {
  const fingerprint = all(contexts, 'fingerprint').at(-1);
  const parts: unknown[] = Array.isArray(fingerprint) ? fingerprint : [fingerprint];
  const texts = parts
    .slice(0, 20)
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .map((part) => scrub.text(String(part), NAME));
  return texts.some((text) => text.trim() !== '') ? texts : undefined;
}

/** The automatic trail and the crumbs that contexts bring, in the order in which they happened. */
function mergeTrails(
  trail: readonly Breadcrumb[],
  contexts: readonly Context[],
  scrub: Scrubber,
): Breadcrumb[] {
  const given = all(contexts, 'breadcrumbs')
    .flatMap((crumbs): unknown[] => (Array.isArray(crumbs) ? crumbs : []))
    .filter(isObject)
    .map((crumb) => makeBreadcrumb(crumb, scrub));
  if (given.length === 0) return [...trail];
  return [...trail, ...given].toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
}

function isFrame(frame: Frame): boolean {
  return (
    isObject(frame) &&
    typeof frame.filename === 'string' &&
    typeof frame.function === 'string' &&
    (frame.lineno === undefined || Number.isSafeInteger(frame.lineno))
  );
}

function isCause(cause: Cause): boolean {
  return isObject(cause) && typeof cause.class === 'string' && typeof cause.message === 'string';
}

/** A scalar as a person writes it; anything deeper as JSON. */
function asText(value: unknown, scrub: Scrubber): string {
  if (typeof value === 'string') return value;
  const clean = scrub.value(value);
  return typeof clean === 'string' ? clean : JSON.stringify(clean);
}
