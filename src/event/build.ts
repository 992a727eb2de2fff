import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { VERSION } from '../version.ts';
import { isBlank, isoTime, makeBreadcrumb } from './breadcrumbs.ts';
import { levelFromName, type Level } from './level.ts';
import { isArray, isObject, keysOf, read } from './guarded.ts';
import { cut, FILTERED, withoutAnsi } from './text.ts';
import type { Breadcrumb, Cause, ErrsightEvent, Frame, Metadata, User } from './event.ts';
import type { ExceptionInfo } from './exception.ts';
import type { Context, LogRecord } from './record.ts';
import { safeKey, type Json, type Scrubber } from './scrub.ts';

/** UTF-16 units; more than ErrSight keeps of a message, so that `fit` sees that there was more. */
const TEXT = 20_000;
/** UTF-16 units of a cause's message (ErrSight quotes 200), and of names, ids and tags. */
const CAUSE_MESSAGE = 2_000;
const NAME = 300;
/** UTF-16 units of a message by which events are grouped. */
const GROUP = 2_000;

/** Elements of the lists that callers give which are looked at. */
const ELEMENTS = {
  fingerprint: 20,
  breadcrumbs: 1_000,
  frames: 100,
  lines: 20,
  causes: 20,
} as const;

/** ms between which ErrSight believes a time; for any other it takes its own, saying nothing. */
const MAX_AHEAD = 3_600_000;
/** ErrSight's seven days, less an hour in which the event may wait. */
const MAX_AGE = 7 * 86_400_000 - 3_600_000;

/** Metadata keys that ErrSight's pages read in a form of their own: a log field cannot take them. */
const RESERVED: ReadonlySet<string> = new Set([
  'exception_class',
  'exception_frames',
  'exception_causes',
]);

export interface BuildOptions {
  readonly environment: string;
  readonly release: string | undefined;
  /** Breadcrumbs on one event. */
  readonly maxBreadcrumbs: number;
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
  const { environment, release, maxBreadcrumbs, scrub, readException } = options;
  const runtime = {
    sdk: `errsight-node/${VERSION}`,
    node: process.version,
    hostname: hostname(),
  };

  return (record, contexts, trail) => {
    const exception = record.thrown && readException(record.thrown.value);
    const trace = record.trace && readException(record.trace);
    const logMessage = asText(record.message, scrub);
    const message = messageOf(exception?.message ?? logMessage, exception?.class, scrub);
    const backtrace = (exception ?? trace)?.backtrace;
    const { requestId, fields } = takeRequestId(record.fields);
    const { occurredAt, trueTime } = timeOf(record.time, Date.now());
    let said: Record<string, Json> = {};
    for (const metadata of all(contexts, 'metadata')) {
      // Not Object.assign, to which a key `__proto__` is no key.
      said = { ...said, ...freeForm(metadata, scrub) };
    }
    const user = userOf(contexts, scrub);
    const fingerprint = fingerprintOf(contexts, scrub) ?? (trace && messageGroup(message));
    return {
      ingestion_id: randomUUID(),
      level: levelOf(contexts) ?? record.level,
      message,
      occurred_at: occurredAt,
      environment,
      ...(release !== undefined && { release }),
      ...(backtrace !== undefined && { backtrace: scrub.text(backtrace, TEXT) }),
      metadata: {
        ...(exception && exceptionMetadata(exception, logMessage, scrub)),
        ...(trace && { exception_frames: trace.frames.map((frame) => scrubFrame(frame, scrub)) }),
        ...(trueTime !== undefined && { occurred_at: trueTime }),
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
      breadcrumbs: lastOf(mergeTrails(trail, contexts, scrub), maxBreadcrumbs),
      ...(fingerprint && { fingerprint }),
    };
  };
}

/**
 * What `beforeSend` returned, made an event again: a hook may have put anything anywhere. Of the
 * original, which the hook has had in its hands, only the texts at the top are relied upon.
 */
export function rebuild(
  changed: ErrsightEvent,
  original: ErrsightEvent,
  scrub: Scrubber,
): ErrsightEvent {
  const said = (key: keyof ErrsightEvent): unknown => read(changed, key);
  const [given, person] = [said('metadata'), said('user')];
  const metadata = isObject(given) ? given : {};
  const user = isObject(person) ? cleanUser(person, scrub) : undefined;
  const fingerprint = fingerprintOf([changed], scrub);
  const name = nameOf(read(metadata, 'exception_class'), scrub);
  const causes = read(metadata, 'exception_causes');
  const frames = elementsOf(read(metadata, 'exception_frames'), ELEMENTS.frames)
    .map((frame) => cleanFrame(frame, scrub))
    .filter((frame) => frame !== undefined);
  const [release, stack] = [nameOf(said('release'), scrub), said('backtrace')];
  const backtrace = typeof stack === 'string' ? scrub.text(stack, TEXT) : undefined;
  const { occurredAt, trueTime } = timeOf(said('occurred_at'), Date.parse(original.occurred_at));
  return {
    ingestion_id: original.ingestion_id,
    level: levelOf([changed]) ?? original.level,
    message: messageOf(asText(said('message') ?? '', scrub), name, scrub),
    occurred_at: occurredAt,
    environment: nameOf(said('environment'), scrub) ?? original.environment,
    ...(release !== undefined && { release }),
    ...(backtrace !== undefined && frames.length > 0 && { backtrace }),
    metadata: {
      ...(name !== undefined && { exception_class: name }),
      ...(frames.length > 0 && { exception_frames: frames }),
      ...(isArray(causes) && {
        exception_causes: elementsOf(causes, ELEMENTS.causes)
          .map((cause) => cleanCause(cause, scrub))
          .filter((cause) => cause !== undefined),
      }),
      ...(trueTime !== undefined && { occurred_at: trueTime }),
      // Without frames ErrSight's page would read it as Ruby's, and show nonsense.
      ...(backtrace !== undefined && frames.length === 0 && { backtrace }),
      ...freeForm(withoutReserved(metadata), scrub),
    },
    tags: tagsOf([changed], scrub),
    ...(user && { user }),
    breadcrumbs: mergeTrails([], [changed], scrub),
    ...(fingerprint && { fingerprint }),
  };
}

/**
 * The time for the event, and, where ErrSight would not believe it, what was said: then the event
 * counts as of now.
 */
function timeOf(
  given: unknown,
  fallback: number,
): { occurredAt: string; trueTime: string | undefined } {
  const now = Date.now();
  const said = isoTime(given, fallback);
  const time = Date.parse(said);
  return time < now - MAX_AGE || time > now + MAX_AHEAD
    ? { occurredAt: new Date(now).toISOString(), trueTime: said }
    : { occurredAt: said, trueTime: undefined };
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
 * digits aside. It comes scrubbed: folded digits would hide secrets from the scrubber.
 */
function messageGroup(message: string): string[] | undefined {
  const folded = cut(message.replaceAll(/\d+/g, 'N').trim(), GROUP);
  return isBlank(folded) ? undefined : [folded];
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

function withoutReserved(metadata: object): Record<string, unknown> {
  return Object.fromEntries(
    keysOf(metadata)
      .filter((key) => !RESERVED.has(key))
      .map((key) => [key, read(metadata, key)]),
  );
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

/** Null and undefined take a tag away, also one that an earlier context brought. */
function tagsOf(contexts: readonly Context[], scrub: Scrubber): Record<string, string> {
  const result = new Map<string, string>();
  for (const tags of all(contexts, 'tags').filter(isObject)) {
    for (const name of keysOf(tags)) {
      const value = read(tags, name);
      const key = safeKey(scrub.text(name, NAME));
      if (value === null || value === undefined) result.delete(key);
      else {
        result.set(key, scrub.denies(name) ? FILTERED : scrub.text(asText(value, scrub), NAME));
      }
    }
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(result);
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
    const text = nameOf(scalarText(value), scrub);
    if (text !== undefined) result[key] = text;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

function fingerprintOf(contexts: readonly Context[], scrub: Scrubber): string[] | undefined {
  const given = all(contexts, 'fingerprint').at(-1);
  const parts = isArray(given) ? elementsOf(given, ELEMENTS.fingerprint) : [given];
  // ErrSight leaves blanks out itself, but says nothing where nothing else is there.
  const texts = parts
    .map((part) => nameOf(scalarText(part), scrub)?.trim())
    .filter((text) => text !== undefined);
  return texts.length > 0 ? texts : undefined;
}

/** The automatic trail and the crumbs that contexts bring, in the order in which they happened. */
function mergeTrails(
  trail: readonly Breadcrumb[],
  contexts: readonly Context[],
  scrub: Scrubber,
): Breadcrumb[] {
  const given = all(contexts, 'breadcrumbs')
    .flatMap((crumbs) => elementsOf(crumbs, ELEMENTS.breadcrumbs, 'last'))
    .filter(isObject)
    .map((crumb) => makeBreadcrumb(crumb, scrub));
  if (given.length === 0) return [...trail];
  return [...trail, ...given].toSorted((a, b) => a.timestamp.localeCompare(b.timestamp));
}

function lastOf<T>(list: T[], count: number): T[] {
  return count > 0 ? list.slice(-count) : [];
}

/** At most `max` elements of what may be an array; those that cannot be read are undefined. */
function elementsOf(list: unknown, max: number, end: 'first' | 'last' = 'first'): unknown[] {
  if (!isArray(list)) return [];
  const length = read(list, 'length');
  if (typeof length !== 'number') return [];
  const first = end === 'last' ? Math.max(0, length - max) : 0;
  return Array.from({ length: Math.min(length, max) }, (_, index) =>
    read(list, String(first + index)),
  );
}

/** A hook's frame with what ErrSight's pages need, and nothing on which they fail. */
function cleanFrame(frame: unknown, scrub: Scrubber): Frame | undefined {
  if (!isObject(frame)) return undefined;
  const filename = read(frame, 'filename');
  if (typeof filename !== 'string') return undefined;
  const name = read(frame, 'function');
  const [lineno, colno] = [position(read(frame, 'lineno')), position(read(frame, 'colno'))];
  const [before, line, after] = ['pre_context', 'context_line', 'post_context'].map((key) =>
    read(frame, key),
  );
  const clean: Frame = {
    filename,
    function: typeof name === 'string' ? name : '',
    ...(lineno !== undefined && { lineno }),
    ...(colno !== undefined && { colno }),
    in_app: read(frame, 'in_app') === true,
    ...(lineno !== undefined &&
      typeof line === 'string' && {
        pre_context: elementsOf(before, ELEMENTS.lines).filter(isText),
        context_line: line,
        post_context: elementsOf(after, ELEMENTS.lines).filter(isText),
      }),
  };
  const scrubbed = scrubFrame(clean, scrub);
  return isBlank(scrubbed.filename) ? undefined : scrubbed;
}

function cleanCause(cause: unknown, scrub: Scrubber): Cause | undefined {
  if (!isObject(cause)) return undefined;
  const [name, message, backtrace] = ['class', 'message', 'backtrace'].map((key) =>
    read(cause, key),
  );
  if (typeof name !== 'string' || typeof message !== 'string') return undefined;
  return {
    class: scrub.text(name, NAME),
    message: scrub.text(message, CAUSE_MESSAGE),
    ...(typeof backtrace === 'string' && { backtrace: scrub.text(backtrace, TEXT) }),
  };
}

/** A number of a line or column. */
function position(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** An id as text: databases' are often bigints. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

/** ErrSight discards events with a blank message; what has no class gets a text when it is fitted. */
function messageOf(text: string, className: string | undefined, scrub: Scrubber): string {
  const message = scrub.text(text, TEXT);
  return isBlank(withoutAnsi(message)) ? withoutAnsi(scrub.text(className ?? '', NAME)) : message;
}

/** A short text, scrubbed; undefined where nothing is left of it. */
function nameOf(value: unknown, scrub: Scrubber): string | undefined {
  const name = typeof value === 'string' ? scrub.text(value, NAME) : '';
  return isBlank(name) ? undefined : name;
}

/** A scalar as a person writes it; anything deeper as JSON. */
function asText(value: unknown, scrub: Scrubber): string {
  if (typeof value === 'string') return value;
  const clean = scrub.value(value);
  return typeof clean === 'string' ? clean : JSON.stringify(clean);
}
