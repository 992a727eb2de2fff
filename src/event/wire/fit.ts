import { cutBiggest } from './biggest.ts';
import { encode } from './encode.ts';
import { prefer } from '../../lib/prefer.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { levelFromName } from '../level.ts';
import { cut, isBlank, LENGTHS, withoutAnsi } from '../../lib/text.ts';
import type { Breadcrumb, ErrsightEvent, Frame, Metadata, User } from '../event.ts';

/**
 * How much ErrSight keeps of an event, in characters or elements. ErrSight cuts the rest silently.
 * So we cut first, and `metadata.errsight_trimmed` says what was cut.
 */
export const SERVER_LIMITS = {
  message: 10_000,
  release: 120,
  /**
   * The server does not cut this. If the name is too long for its index, the event and all after it
   * in the request are lost.
   */
  environment: 200,
  metadataKeys: 50,
  tags: 30,
  tagKey: 60,
  tagValue: 200,
  breadcrumbs: 50,
  userId: 120,
  userEmail: 200,
  userName: 120,
  userAddress: 64,
} as const;

/** The most bytes of an event. A request has at most 500,000, with its two brackets. */
export const MAX_EVENT_BYTES = 499_998;

/** The keys that ErrSight itself reads. They come first. */
const EXCEPTION_KEYS = ['exception_class', 'exception_frames', 'exception_causes'] as const;
const TRIMMED = 'errsight_trimmed';
/**
 * The first so many keys stay, whatever their values are. They come from the event itself and from
 * the application.
 */
const EARLY_KEYS = 20;
const NOT_FREE: ReadonlySet<string> = new Set([...EXCEPTION_KEYS, TRIMMED]);

/**
 * What was cut from an event, by field: how many elements, or for the whole event how many bytes.
 */
type Trimmed = Record<string, number>;

/**
 * Cuts an event to ErrSight's limits. Returns its JSON of at most `maxBytes` bytes of UTF-8. The
 * event must be free of secrets and of values that JSON can't express. Never drops an event. Like
 * those of `encode`, the bytes are only valid until the next call.
 */
export function fit(event: ErrsightEvent, maxBytes: number = MAX_EVENT_BYTES): Buffer {
  const trimmed = trimmedBefore(event.metadata[TRIMMED]);
  const { ingestion_id: id, occurred_at: time, release, user, backtrace, fingerprint } = event;
  const fitted: ErrsightEvent = {
    ingestion_id: id,
    level: levelFromName(event.level) ?? 'error',
    message: fitMessage(event, trimmed),
    occurred_at: time,
    environment: cut(event.environment.trim(), SERVER_LIMITS.environment) || 'production',
    metadata: fitMetadata(event.metadata, trimmed),
    tags: fitTags(event.tags, trimmed),
    breadcrumbs: fitBreadcrumbs(event.breadcrumbs, trimmed),
  };
  const version = release && cut(release.trim(), SERVER_LIMITS.release);
  const person = user && fitUser(user);
  if (version) fitted.release = version;
  if (person) fitted.user = person;
  if (backtrace) fitted.backtrace = withoutAnsi(backtrace);
  if (fingerprint) fitted.fingerprint = fingerprint;
  const bytes = write(fitted, trimmed);
  return bytes.length <= maxBytes ? bytes : trim(fitted, trimmed, maxBytes, bytes.length);
}

function write(event: ErrsightEvent, trimmed: Trimmed): Buffer {
  if (Object.keys(trimmed).length === 0) return encode(event);
  return encode({ ...event, metadata: { ...event.metadata, [TRIMMED]: trimmed } });
}

/** What is cut when an event is too large, the least important first. */
const STEPS: readonly (readonly [
  name: string,
  apply: (event: ErrsightEvent, excess: number) => void,
])[] = [
  // Big values first, so that one of them does not cost the small ones beside it.
  ['values', (event, excess) => cutBiggest(event, excess, NOT_FREE)],
  ['breadcrumb_data', (event) => (event.breadcrumbs = event.breadcrumbs.map(withoutData))],
  [
    'source_lines',
    (event) => {
      const frames = event.metadata.exception_frames?.map(withoutSource);
      if (frames) event.metadata = { ...event.metadata, exception_frames: frames };
    },
  ],
  ['metadata', (event) => (event.metadata = exceptionOnly(event.metadata))],
  ['backtrace', (event) => delete event.backtrace],
  ['breadcrumbs', (event) => (event.breadcrumbs = event.breadcrumbs.slice(-5))],
  [
    'exception',
    (event) => {
      const { exception_frames: frames, exception_causes: causes } = event.metadata;
      event.metadata = {
        ...event.metadata,
        ...(frames && { exception_frames: [...frames.slice(0, 4), ...groupedBy(frames, 4)] }),
        ...(causes && { exception_causes: causes.slice(0, 2).map(withoutBacktrace) }),
      };
    },
  ],
  [
    'rest',
    (event) => {
      event.breadcrumbs = [];
      event.tags = {};
      event.metadata = onlyGroup(event.metadata);
      event.message = cut(event.message, 1_000);
    },
  ],
];

/** The frame by which ErrSight groups, if it comes after the first few. */
function groupedBy(frames: readonly Frame[], kept: number): Frame[] {
  const index = frames.findIndex((frame) => frame.in_app);
  return frames.slice(Math.max(kept, index), Math.max(kept, index) + 1);
}

/** Keeps only what ErrSight groups by, so that the cut event still gets into the same issue. */
function onlyGroup({ exception_class: name, exception_frames: frames = [] }: Metadata): Metadata {
  const frame = groupedBy(frames, 0)[0];
  return {
    ...(name !== undefined && { exception_class: cut(name, LENGTHS.name) }),
    ...(frame && {
      exception_frames: [
        {
          ...withoutSource(frame),
          filename: cut(frame.filename, LENGTHS.name),
          function: cut(frame.function, LENGTHS.name),
        },
      ],
    }),
  };
}

const NOTES: readonly string[] = [
  'message',
  'metadata',
  'tags',
  'breadcrumbs',
  ...STEPS.map(([name]) => `${name}_bytes`),
];

/** What an earlier cut has noted: before `shrink`, or in the process that relayed the event. */
function trimmedBefore(said: unknown): Trimmed {
  if (!isObject(said)) return {};
  const counts = NOTES.map((note) => [note, read(said, note)] as const);
  return Object.fromEntries(
    counts.filter((entry): entry is readonly [string, number] => Number.isSafeInteger(entry[1])),
  );
}

/** How many bytes `errsight_trimmed` has with a few entries. */
const NOTE_BYTES = 300;

/** Applies the steps until the event fits. The last one leaves a few kilobytes. */
function trim(event: ErrsightEvent, trimmed: Trimmed, maxBytes: number, size: number): Buffer {
  let before = size;
  let bytes: Buffer = Buffer.alloc(0);
  for (const [name, apply] of STEPS) {
    // The note of what was cut takes some bytes too.
    apply(event, before - maxBytes + NOTE_BYTES);
    bytes = write(event, trimmed);
    if (bytes.length < before) {
      const note = `${name}_bytes`;
      trimmed[note] = (trimmed[note] ?? 0) + before - bytes.length;
      bytes = write(event, trimmed);
    }
    if (bytes.length <= maxBytes) break;
    before = bytes.length;
  }
  return bytes;
}

function fitMessage(event: ErrsightEvent, trimmed: Trimmed): string {
  const message = withoutAnsi(event.message);
  if (message.length > SERVER_LIMITS.message) trimmed['message'] = message.length;
  const text = cut(message, SERVER_LIMITS.message);
  // ErrSight accepts an event with a blank message and then drops it.
  if (!isBlank(text)) return text;
  const name = withoutAnsi(event.metadata.exception_class ?? '');
  return isBlank(name) ? '(no message)' : name;
}

function fitMetadata(metadata: Metadata, trimmed: Trimmed): Metadata {
  const keys = Object.keys(metadata);
  const { request_id: id } = metadata;
  const isFitting = keys.length < SERVER_LIMITS.metadataKeys && !Object.hasOwn(metadata, TRIMMED);
  if (isFitting && (id === undefined || typeof id === 'string')) return metadata;
  const first = EXCEPTION_KEYS.filter((key) => metadata[key] !== undefined);
  const rest = keys.filter((key) => !NOT_FREE.has(key));
  // One place is kept for the note of what was cut.
  const room = SERVER_LIMITS.metadataKeys - first.length - 1;
  if (rest.length > room) trimmed['metadata'] = rest.length - room;
  // Scalars stay before objects. Of many objects each says less than one scalar, such as an order's
  // number.
  const early = new Set(rest.slice(0, EARLY_KEYS));
  const isPreferred = (key: string): boolean => early.has(key) || !isObject(metadata[key]);
  const kept = [...first, ...prefer(rest, room, isPreferred)];
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(kept.map((key) => [key, fitValue(key, metadata[key])]));
}

/** ErrSight's list of logs fails on a request_id that is no string. */
function fitValue(key: string, value: unknown): unknown {
  return key === 'request_id' && typeof value !== 'string' ? JSON.stringify(value) : value;
}

function fitTags(tags: Record<string, string>, trimmed: Trimmed): Record<string, string> {
  const names = Object.keys(tags);
  const isFitting =
    names.length <= SERVER_LIMITS.tags &&
    names.every(
      (name) =>
        name.length <= SERVER_LIMITS.tagKey &&
        (tags[name] as string).length <= SERVER_LIMITS.tagValue,
    );
  if (isFitting) return tags;
  const entries = Object.entries(tags);
  const kept = new Map<string, string>();
  for (const [key, value] of entries) {
    const name = cut(key, SERVER_LIMITS.tagKey);
    // If two names are equal after the cut, the first one stays.
    if (kept.size < SERVER_LIMITS.tags && !kept.has(name)) {
      kept.set(name, cut(value, SERVER_LIMITS.tagValue));
    }
  }
  if (entries.length > kept.size) trimmed['tags'] = entries.length - kept.size;
  return Object.fromEntries(kept);
}

function fitBreadcrumbs(trail: readonly Breadcrumb[], trimmed: Trimmed): Breadcrumb[] {
  const surplus = trail.length - SERVER_LIMITS.breadcrumbs;
  if (surplus > 0) trimmed['breadcrumbs'] = surplus;
  // We keep the newest. ErrSight would keep the oldest.
  return trail.slice(-SERVER_LIMITS.breadcrumbs);
}

function fitUser(user: User): User | undefined {
  const result = {
    ...userField('id', user.id, SERVER_LIMITS.userId),
    ...userField('email', user.email, SERVER_LIMITS.userEmail),
    ...userField('username', user.username, SERVER_LIMITS.userName),
    ...userField('ip_address', user.ip_address, SERVER_LIMITS.userAddress),
  };
  return Object.keys(result).length > 0 ? result : undefined;
}

function userField(name: keyof User, value: unknown, max: number): Partial<User> {
  if (typeof value !== 'string' && typeof value !== 'number') return {};
  const text = cut(String(value).trim(), max);
  return isBlank(text) ? {} : { [name]: text };
}

function withoutData({ data: _data, ...rest }: Breadcrumb): Breadcrumb {
  return rest;
}

function withoutSource(frame: Frame): Frame {
  const { pre_context: _pre, context_line: _line, post_context: _post, ...rest } = frame;
  return rest;
}

function withoutBacktrace({ class: name, message }: { class: string; message: string }): {
  class: string;
  message: string;
} {
  return { class: name, message: cut(message, 1_000) };
}

function exceptionOnly(metadata: Metadata): Metadata {
  const kept = EXCEPTION_KEYS.filter((key) => metadata[key] !== undefined);
  return Object.fromEntries(kept.map((key) => [key, metadata[key]]));
}

/**
 * A smaller form of an event that was refused as too large. A proxy before ErrSight may allow less
 * than ErrSight does. Undefined if nothing is left to cut.
 */
export function shrink(bytes: Buffer): Buffer | undefined {
  // It is our own JSON, so its shape is known.
  const event = JSON.parse(bytes.toString()) as ErrsightEvent;
  const smaller = fit(event, Math.floor(bytes.length / 2));
  return smaller.length < bytes.length ? Buffer.from(smaller) : undefined;
}
