import { severity, type Level } from '../event/level.ts';
import { serverFingerprint, type Grouping } from './grouping.ts';
import type { JsonObject } from './json.ts';
import type { SanitizedEvent } from './sanitize.ts';
import type { SilentLoss } from './silent.ts';
import { formatTime } from './time.ts';

/** An event as ErrSight holds it, with the element of the request that it was. */
export interface StoredEvent extends Omit<SanitizedEvent, 'fingerprint'> {
  /** Counts up from 1. */
  readonly id: number;
  /** 32 hexadecimal digits: the client's, else the server's own. */
  readonly fingerprint: string;
  /** ISO-8601 in UTC, with milliseconds or, if sent so, microseconds. */
  readonly occurred_at: string;
  /** Whether all earlier events of its issue had been resolved. */
  readonly is_regression: boolean;
  readonly resolved: boolean;
  /** The parsed element as the client sent it. */
  readonly received: JsonObject;
}

/** All events of one fingerprint. */
export interface Issue {
  readonly fingerprint: string;
  /** How many events it ever had, including those that are no longer kept. */
  readonly occurrences: number;
  /** The earliest `occurred_at` of its events. */
  readonly firstSeen: string;
  /** The latest `occurred_at` of its events. */
  readonly lastSeen: string;
  /** The highest level any of its events ever had. */
  readonly severity: Level;
  /** Message of the event with the latest `occurred_at`. */
  readonly lastMessage: string;
  /** Environment of the event with the latest `occurred_at`. */
  readonly lastEnvironment: string;
  /** How many different users its kept events happened to. */
  readonly affectedUsers: number;
}

/** What is known of an event beside what ErrSight stores. */
export interface EventDetail {
  /** The element as it was sent. */
  readonly text: string;
  /** Roughly the bytes that it takes in memory. */
  readonly weight: number;
  /** How the server came by its fingerprint. */
  readonly grouping: Grouping;
  /** What the real server would have changed, or would not show. */
  readonly notes: readonly SilentLoss[];
  /** When it came, in milliseconds since the epoch. */
  readonly arrived: number;
}

/** What was done to an issue by hand. */
export interface IssueMarks {
  readonly muted: boolean;
  /** Counts up with each change of any issue. */
  readonly changed: number;
}

/** How much is kept unless told otherwise. The oldest events go first. */
const DEFAULT_MAX_EVENTS = 10_000;
/** Bytes of events that are kept, as far as they can be told. */
const DEFAULT_MAX_BYTES = 200_000_000;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Group {
  readonly issue: Mutable<Issue>;
  firstTime: number;
  lastTime: number;
  /** Its kept events, oldest arrival first. */
  events: Mutable<StoredEvent>[];
  /** How many kept events each user has. */
  readonly users: Map<string, number>;
  muted: boolean;
  changed: number;
}

/** What an event adds to itself when it is stored. */
export interface Sent {
  readonly text: string;
  readonly weight: number;
  /** Default: now. */
  readonly arrived?: number;
}

/** Events and issues in memory, the newest events only. */
export class Store {
  /** How many events are kept. */
  readonly maxEvents: number;
  /** How many bytes of events are kept. */
  readonly maxBytes: number;
  /** Called after each change of an issue, and of all of them. */
  onChange: (() => void) | undefined;
  #events: Mutable<StoredEvent>[] = [];
  readonly #groups = new Map<string, Group>();
  readonly #details = new Map<number, Mutable<EventDetail>>();
  #total = 0;
  #lastId = 0;
  #bytes = 0;
  #change = 0;
  #lastRemoval = 0;

  constructor(maxEvents: number = DEFAULT_MAX_EVENTS, maxBytes: number = DEFAULT_MAX_BYTES) {
    this.maxEvents = maxEvents;
    this.maxBytes = maxBytes;
  }

  /** The kept events, in the order they arrived. */
  get events(): readonly StoredEvent[] {
    return this.#events;
  }

  /** The issues of the kept events, in the order they first arrived. */
  get issues(): readonly Issue[] {
    return [...this.#groups.values()].map((group) => group.issue);
  }

  /** How many events were stored since the start or the last `clear()`. */
  get total(): number {
    return this.#total;
  }

  /** How many of them are no longer kept. */
  get forgotten(): number {
    return this.#total - this.#events.length;
  }

  /** Roughly the bytes that the kept events take in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts up with each change. */
  get change(): number {
    return this.#change;
  }

  /** The last change in which an issue went away. */
  get lastRemoval(): number {
    return this.#lastRemoval;
  }

  add(
    event: SanitizedEvent,
    received: JsonObject,
    sent: Sent = { text: '', weight: 0 },
  ): { event: StoredEvent; issue: Issue; grouping: Grouping } {
    const { fingerprint, grouping } =
      event.fingerprint === null
        ? serverFingerprint(event)
        : { fingerprint: event.fingerprint, grouping: 'client' as const };
    const known = this.#groups.get(fingerprint);
    const regression = known !== undefined && known.events.every((other) => other.resolved);
    const stored: Mutable<StoredEvent> = {
      ...event,
      id: ++this.#lastId,
      fingerprint,
      occurred_at: formatTime(event.time),
      is_regression: regression,
      resolved: false,
      received,
    };
    if (regression) for (const other of known.events) other.resolved = false;
    const group = known ?? newGroup(stored);
    this.#groups.set(fingerprint, group);
    count(group, stored);
    this.#events.push(stored);
    this.#total++;
    const { text, weight, arrived = Date.now() } = sent;
    this.#details.set(stored.id, { text, weight, grouping, notes: [], arrived });
    this.#bytes += weight;
    while (this.#isOverfull()) this.#forget();
    this.#touch(group);
    return { event: stored, issue: group.issue, grouping };
  }

  /** The kept events of one issue, in the order they arrived. */
  eventsOf(fingerprint: string): readonly StoredEvent[] {
    return this.#groups.get(fingerprint)?.events ?? [];
  }

  /** An event that is kept, by its id. */
  find(id: number): StoredEvent | undefined {
    // Ids have no gaps between those that are kept.
    return this.#events[id - (this.#events[0]?.id ?? 0)];
  }

  detailOf(id: number): EventDetail | undefined {
    return this.#details.get(id);
  }

  issueOf(fingerprint: string): Issue | undefined {
    return this.#groups.get(fingerprint)?.issue;
  }

  marksOf(fingerprint: string): IssueMarks | undefined {
    return this.#groups.get(fingerprint);
  }

  /** Adds what the real server would have done to an event. */
  annotate(id: number, notes: readonly SilentLoss[]): void {
    const detail = this.#details.get(id);
    if (detail !== undefined) detail.notes = notes;
  }

  /** Marks all events of an issue as resolved, as the button on its page does, or as open again. */
  resolve(fingerprint: string, resolved: boolean = true): void {
    const group = this.#groups.get(fingerprint);
    if (group === undefined) return;
    for (const event of group.events) event.resolved = resolved;
    this.#touch(group);
  }

  mute(fingerprint: string, muted: boolean): void {
    const group = this.#groups.get(fingerprint);
    if (group === undefined) return;
    group.muted = muted;
    this.#touch(group);
  }

  clear(): void {
    this.#events = [];
    this.#groups.clear();
    this.#details.clear();
    this.#total = 0;
    this.#bytes = 0;
    this.#lastRemoval = ++this.#change;
    this.onChange?.();
  }

  #touch(group: Group): void {
    group.changed = ++this.#change;
    this.onChange?.();
  }

  /** The newest event stays, whatever its size. */
  #isOverfull(): boolean {
    const { length } = this.#events;
    return length > this.maxEvents || (this.#bytes > this.maxBytes && length > 1);
  }

  /** Drops the event that arrived first. An issue goes with its last event. */
  #forget(): void {
    const oldest = this.#events.shift();
    if (oldest === undefined) return;
    const group = this.#groups.get(oldest.fingerprint);
    this.#bytes -= this.#details.get(oldest.id)?.weight ?? 0;
    this.#details.delete(oldest.id);
    if (group === undefined) return;
    group.events.shift();
    const user = oldest.user_identifier;
    if (user !== null) {
      const left = (group.users.get(user) ?? 1) - 1;
      if (left > 0) group.users.set(user, left);
      else group.users.delete(user);
      group.issue.affectedUsers = group.users.size;
    }
    if (group.events.length > 0) return;
    this.#groups.delete(group.issue.fingerprint);
    this.#lastRemoval = ++this.#change;
  }
}

function newGroup(event: StoredEvent): Group {
  return {
    issue: {
      fingerprint: event.fingerprint,
      occurrences: 0,
      firstSeen: event.occurred_at,
      lastSeen: event.occurred_at,
      severity: event.level,
      lastMessage: event.message,
      lastEnvironment: event.environment,
      affectedUsers: 0,
    },
    firstTime: event.time,
    lastTime: event.time,
    events: [],
    users: new Map(),
    muted: false,
    changed: 0,
  };
}

function count(group: Group, event: Mutable<StoredEvent>): void {
  const { issue, users } = group;
  group.events.push(event);
  issue.occurrences++;
  if (severity(event.level) > severity(issue.severity)) issue.severity = event.level;
  if (event.time < group.firstTime) {
    group.firstTime = event.time;
    issue.firstSeen = event.occurred_at;
  }
  // Of two events of the same instant the later arrival is the last one.
  if (event.time >= group.lastTime) {
    group.lastTime = event.time;
    issue.lastSeen = event.occurred_at;
    issue.lastMessage = event.message;
    issue.lastEnvironment = event.environment;
  }
  const user = event.user_identifier;
  if (user !== null) users.set(user, (users.get(user) ?? 0) + 1);
  issue.affectedUsers = users.size;
}
