import { LEVELS, type Level } from '../event/level.ts';
import { clientFingerprint, fingerprintParts } from './grouping.ts';
import { isContainer, isObject, type JsonObject } from './json.ts';
import { isBlank, joinLines, length, strip, toS, truncate } from './ruby.ts';
import { show, type Note } from './silent.ts';
import { formatTime, MAX_AGE_MS, MAX_AHEAD_MS, parseTime } from './time.ts';

/** A breadcrumb as the server stores it. */
export interface StoredBreadcrumb {
  readonly timestamp?: string;
  readonly category?: string;
  readonly level: Level;
  readonly message: string;
  readonly data: JsonObject;
}

/** The four fields of a user that the server keeps. */
export interface StoredUser {
  readonly id?: string;
  readonly email?: string;
  readonly username?: string;
  readonly ip_address?: string;
}

/** An event after sanitising, before it is stored. */
export interface SanitizedEvent {
  readonly level: Level;
  readonly message: string;
  readonly backtrace: string;
  readonly environment: string;
  readonly release: string | null;
  /** Milliseconds since the epoch, microseconds behind the point. */
  readonly time: number;
  readonly metadata: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
  readonly user_context: StoredUser;
  readonly user_identifier: string | null;
  readonly breadcrumbs: readonly StoredBreadcrumb[];
  /** The fingerprint the client asked for, hashed. Null lets the server group. */
  readonly fingerprint: string | null;
}

const MAX_MESSAGE = 10_000;
const MAX_RELEASE = 120;
const MAX_METADATA_KEYS = 50;
const MAX_TAGS = 30;
const MAX_TAG_KEY = 60;
const MAX_TAG_VALUE = 200;
const MAX_BREADCRUMBS = 50;
const MAX_CRUMB_CATEGORY = 60;
const MAX_CRUMB_MESSAGE = 500;
const MAX_CRUMB_DATA_KEYS = 20;
const MAX_USER = { id: 120, email: 200, username: 120, ip_address: 64 } as const;
/** The server reads such floats as decimals, and its job queue makes strings of those. */
const MAX_FLOAT_DIGITS = 15;

/**
 * What the server takes for colour codes. The second half is a mistake of the server. It also
 * removes a bare bracket and the `m` after it, so that `items[max]` is stored as `itemsax]`.
 */
const ESCAPE = String.fromCodePoint(0x1b);
const ANSI = new RegExp(String.raw`${ESCAPE}\[[0-9;]*[a-zA-Z]|\[[0-9;]*m`, 'g');

/** `ingestion_id` is a field of other servers. This one ignores it. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'level',
  'message',
  'backtrace',
  'environment',
  'release',
  'timestamp',
  'occurred_at',
  'metadata',
  'tags',
  'user',
  'breadcrumbs',
  'fingerprint',
  'ingestion_id',
]);
const KNOWN_CRUMB_FIELDS: ReadonlySet<string> = new Set([
  'timestamp',
  'category',
  'level',
  'message',
  'data',
]);

/**
 * What the server makes of one element of a request, every silent change noted.
 *
 * @param now the server's clock, in milliseconds since the epoch
 */
export function sanitize(data: JsonObject, now: number, note: Note): SanitizedEvent {
  for (const key of Object.keys(data)) {
    if (!KNOWN_FIELDS.has(key)) note('dropped', key, 'ErrSight has no such field');
  }
  const user = sanitizeUser(data['user'], note);
  return {
    level: sanitizeLevel(data['level'], 'level', note),
    message: sanitizeMessage(data['message'], note),
    backtrace: sanitizeBacktrace(data['backtrace'], note),
    environment: sanitizeEnvironment(data['environment'], note),
    release: trimmed(data['release'], MAX_RELEASE, 'release', note) ?? null,
    time: sanitizeTime(data, now, note),
    metadata: sanitizeMetadata(data['metadata'], note),
    tags: sanitizeTags(data['tags'], note),
    user_context: user,
    user_identifier: identifier(user),
    breadcrumbs: sanitizeBreadcrumbs(data['breadcrumbs'], note),
    fingerprint: sanitizeFingerprint(data['fingerprint'], note),
  };
}

/** The fields of an element that are looked at at all. */
export function keptFields(data: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => KNOWN_FIELDS.has(key)));
}

function isLevel(name: string): name is Level {
  return (LEVELS as readonly string[]).includes(name);
}

function sanitizeLevel(value: unknown, path: string, note: Note): Level {
  const name = toS(value).toLowerCase();
  if (isLevel(name)) return name;
  if (isGiven(value)) note('replaced', path, `${show(value)} is no level, stored as info`);
  return 'info';
}

function sanitizeMessage(value: unknown, note: Note): string {
  return cut(
    withoutAnsi(text(value, 'message', note), 'message', note),
    MAX_MESSAGE,
    'message',
    note,
  );
}

function sanitizeBacktrace(value: unknown, note: Note): string {
  const joined = Array.isArray(value) ? joinLines(value) : text(value, 'backtrace', note);
  return withoutAnsi(joined, 'backtrace', note);
}

function sanitizeEnvironment(value: unknown, note: Note): string {
  const name = text(value, 'environment', note);
  if (!isBlank(name)) return name;
  if (isGiven(value)) note('replaced', 'environment', 'blank, stored as production');
  return 'production';
}

function sanitizeTime(data: JsonObject, now: number, note: Note): number {
  // Ruby's ||: an empty timestamp is still one.
  const useTimestamp = isGiven(data['timestamp']) && data['timestamp'] !== false;
  const path = useTimestamp ? 'timestamp' : 'occurred_at';
  const value = data[path];
  if (useTimestamp && isGiven(data['occurred_at']) && data['occurred_at'] !== value) {
    note('dropped', 'occurred_at', 'timestamp goes first');
  }
  if (!isGiven(value)) return now;
  const time = parseTime(toS(value), now);
  const problem = timeProblem(time, now);
  if (time !== undefined && problem === undefined) return time;
  note('replaced', path, `${show(value)} is ${problem}, stored as ${formatTime(now)}`);
  return now;
}

function timeProblem(time: number | undefined, now: number): string | undefined {
  if (time === undefined) return 'no date that ErrSight can read';
  if (time < now - MAX_AGE_MS) return 'older than 7 days';
  if (time > now + MAX_AHEAD_MS) return 'more than an hour ahead';
  return undefined;
}

function sanitizeMetadata(value: unknown, note: Note): JsonObject {
  if (!isGiven(value)) return {};
  if (!isObject(value)) {
    note('dropped', 'metadata', `${show(value)} is not an object`);
    return {};
  }
  const kept = firstKeys(value, MAX_METADATA_KEYS, 'metadata', note);
  noteLongFloats(kept, 'metadata', note);
  return kept;
}

function sanitizeTags(value: unknown, note: Note): Record<string, string> {
  if (!isGiven(value)) return {};
  if (!isObject(value)) {
    note('dropped', 'tags', `${show(value)} is not an object`);
    return {};
  }
  const tags: [string, string][] = [];
  for (const [key, item] of Object.entries(firstKeys(value, MAX_TAGS, 'tags', note))) {
    const path = `tags.${key}`;
    if (item === null) note('stringified', path, 'null is stored as ""');
    const name = cut(key, MAX_TAG_KEY, `${path} (the key)`, note);
    if (tags.some(([other]) => other === name)) note('dropped', path, 'same key once both are cut');
    tags.push([name, cut(text(item, path, note), MAX_TAG_VALUE, path, note)]);
  }
  return Object.fromEntries(tags);
}

function sanitizeUser(value: unknown, note: Note): StoredUser {
  if (!isGiven(value)) return {};
  if (!isObject(value)) {
    note('dropped', 'user', `${show(value)} is not an object`);
    return {};
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(MAX_USER, key)) {
      note('dropped', `user.${key}`, 'ErrSight keeps id, email, username and ip_address');
    }
  }
  const fields = Object.entries(MAX_USER).map(([key, limit]) => {
    const path = `user.${key}`;
    return [key, trimmed(value[key], limit, path, note)] as const;
  });
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

/** Who the event is counted for. Never the IP address. */
function identifier(user: StoredUser): string | null {
  return user.id ?? user.email ?? user.username ?? null;
}

function sanitizeBreadcrumbs(value: unknown, note: Note): StoredBreadcrumb[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) {
    note('dropped', 'breadcrumbs', `${show(value)} is not an array`);
    return [];
  }
  if (value.length > MAX_BREADCRUMBS) {
    const rest = value.length - MAX_BREADCRUMBS;
    note(
      'dropped',
      'breadcrumbs',
      `the last ${rest} of ${value.length}: ErrSight keeps the first 50`,
    );
  }
  const crumbs: StoredBreadcrumb[] = [];
  for (const [index, crumb] of value.slice(0, MAX_BREADCRUMBS).entries()) {
    const path = `breadcrumbs[${index}]`;
    if (isObject(crumb)) crumbs.push(sanitizeBreadcrumb(crumb, path, note));
    else note('dropped', path, `${show(crumb)} is not an object`);
  }
  return crumbs;
}

function sanitizeBreadcrumb(crumb: JsonObject, path: string, note: Note): StoredBreadcrumb {
  for (const key of Object.keys(crumb)) {
    if (!KNOWN_CRUMB_FIELDS.has(key)) note('dropped', `${path}.${key}`, 'no field of a breadcrumb');
  }
  const timestamp = text(crumb['timestamp'], `${path}.timestamp`, note);
  const category = trimmed(crumb['category'], MAX_CRUMB_CATEGORY, `${path}.category`, note);
  const message = text(crumb['message'], `${path}.message`, note);
  return {
    ...(isBlank(timestamp) ? {} : { timestamp }),
    ...(category === undefined ? {} : { category }),
    level: sanitizeLevel(crumb['level'], `${path}.level`, note),
    message: cut(message, MAX_CRUMB_MESSAGE, `${path}.message`, note),
    data: sanitizeCrumbData(crumb['data'], `${path}.data`, note),
  };
}

function sanitizeCrumbData(value: unknown, path: string, note: Note): JsonObject {
  if (!isGiven(value)) return {};
  if (!isObject(value)) {
    note('dropped', path, `${show(value)} is not an object`);
    return {};
  }
  const kept = firstKeys(value, MAX_CRUMB_DATA_KEYS, path, note);
  noteLongFloats(kept, path, note);
  return kept;
}

function sanitizeFingerprint(value: unknown, note: Note): string | null {
  if (!isGiven(value)) return null;
  const sent = Array.isArray(value) ? value : [value];
  const used = fingerprintParts(value);
  if (used.length === 0) {
    note('dropped', 'fingerprint', `${show(value)} is blank, ErrSight groups by itself`);
  } else if (used.length < sent.length) {
    note('dropped', 'fingerprint', `blank parts of ${show(value)}`);
  } else if (sent.some(isContainer)) {
    note('stringified', 'fingerprint', `${show(value)} has parts that are no text`);
  } else if (sent.some((part, index) => toS(part) !== used[index])) {
    note('trimmed', 'fingerprint', `blanks around parts of ${show(value)}`);
  }
  return clientFingerprint(value) ?? null;
}

/** Whether a client sent this at all: null counts as not sent. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A value as text. Numbers and booleans keep their meaning that way, arrays and objects do not. */
function text(value: unknown, path: string, note: Note): string {
  const result = toS(value);
  if (isContainer(value)) {
    note('stringified', path, `stored as ${show(result)}`);
  }
  return result;
}

function withoutAnsi(value: string, path: string, note: Note): string {
  const matches = value.match(ANSI);
  if (matches === null) return value;
  note('ansi', path, `ErrSight takes ${show(matches[0])} for a colour code and removes it`);
  return value.replaceAll(ANSI, '');
}

function cut(value: string, limit: number, path: string, note: Note): string {
  const result = truncate(value, limit);
  if (result !== value) note('cut', path, `${length(value)} characters, ErrSight keeps ${limit}`);
  return result;
}

/** A text without the blanks around it. Undefined if nothing else is left. */
function trimmed(value: unknown, limit: number, path: string, note: Note): string | undefined {
  const given = text(value, path, note);
  const result = strip(given);
  if (isBlank(result)) {
    if (isGiven(value)) note('dropped', path, 'blank');
    return undefined;
  }
  if (result !== given) note('trimmed', path, `blanks around ${show(given)}`);
  return cut(result, limit, path, note);
}

function firstKeys(value: JsonObject, limit: number, path: string, note: Note): JsonObject {
  const entries = Object.entries(value);
  for (const [key] of entries.slice(limit)) {
    note('dropped', `${path}.${key}`, `${entries.length} keys, ErrSight keeps the first ${limit}`);
  }
  return Object.fromEntries(entries.slice(0, limit));
}

function noteLongFloats(value: unknown, path: string, note: Note): void {
  if (typeof value === 'number' && !Number.isInteger(value)) {
    const digits = String(value).replace(/e.*$/, '').replaceAll(/[-.]/g, '').replace(/^0+/, '');
    if (digits.length > MAX_FLOAT_DIGITS) {
      note(
        'replaced',
        path,
        `${value} has over 15 digits: ErrSight may round it or make it a string`,
      );
    }
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) noteLongFloats(item, `${path}[${index}]`, note);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) noteLongFloats(item, `${path}.${key}`, note);
  }
}
