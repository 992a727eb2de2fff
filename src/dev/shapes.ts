// What the local server and its page tell each other. The page runs in a browser: nothing of Node here.
import type { Level } from '../event/level.ts';

/** A line of the list. */
export interface IssueRow {
  readonly fingerprint: string;
  /** Message of its last event, as the real list shows it. */
  readonly title: string;
  readonly level: Level;
  readonly count: number;
  readonly users: number;
  readonly environment: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** When its first and last kept event came, in milliseconds since the epoch. */
  readonly firstArrived: number;
  readonly lastArrived: number;
  /** The newest event. */
  readonly lastId: number;
  readonly isResolved: boolean;
  readonly isMuted: boolean;
  /** Whether the newest event came after the issue was resolved. */
  readonly isBack: boolean;
  /** Whether nothing caught the newest event. */
  readonly isUnhandled: boolean;
  /** Events of the last hour in steps of five minutes, the oldest first. */
  readonly hour: readonly number[];
}

/** What the filters offer. */
export interface Facets {
  readonly env: readonly string[];
  readonly release: readonly string[];
  /** As `key=value`, the most frequent first. */
  readonly tag: readonly string[];
}

export type BadDayKind = 'key' | 'limit' | 'pause' | 'errors' | 'silence';

/** A request as the log shows it. */
export interface RequestRow {
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly method: string;
  readonly path: string;
  /** 0 while it has no answer. */
  readonly status: number;
  readonly events: number | undefined;
  readonly bytes: number;
  readonly error: string | undefined;
  /** What it could not store of its events after the 202. */
  readonly lost: readonly string[];
}

export interface Status {
  readonly host: string;
  /** The folder the server was started in, to which paths are relative. */
  readonly root: string;
  readonly writeKey: string;
  readonly total: number;
  readonly forgotten: number;
  /** The server's clock, in milliseconds since the epoch. */
  readonly now: number;
  readonly badDay: { readonly kind: BadDayKind; readonly until: number } | null;
}

/** A message of the stream. */
export interface Change {
  /** True where `issues` are all that match, and not only those that changed. */
  readonly isWhole: boolean;
  readonly issues: readonly IssueRow[];
  /** Fingerprints that match no longer. */
  readonly gone: readonly string[];
  /** Null if they have not changed. */
  readonly facets: Facets | null;
  readonly status: Status;
  /** The newest requests, the newest last. */
  readonly requests: readonly RequestRow[];
}

export interface Crumb {
  readonly timestamp?: string;
  readonly category?: string;
  readonly level: Level;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as ErrSight stores it. */
export interface EventShape {
  readonly id: number;
  readonly fingerprint: string;
  readonly level: Level;
  readonly message: string;
  readonly backtrace: string;
  readonly environment: string;
  readonly release: string | null;
  readonly occurred_at: string;
  readonly is_regression: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly user_context: Readonly<Record<string, string | undefined>>;
  readonly breadcrumbs: readonly Crumb[];
}

export interface NoteShape {
  readonly rule: string;
  /** Where in the event. */
  readonly path: string;
  readonly detail: string;
}

export interface GroupingShape {
  /** A sentence. */
  readonly rule: string;
  readonly parts: readonly { readonly name: string; readonly value: string }[];
  readonly splits: string;
}

export interface EventView {
  readonly event: EventShape;
  readonly issue: IssueRow;
  /** Its place among the kept events of the issue, counted from 1, and how many there are. */
  readonly place: number;
  readonly kept: number;
  readonly previous: number | null;
  readonly next: number | null;
  readonly sameRequest: readonly {
    readonly id: number;
    readonly level: Level;
    readonly title: string;
  }[];
  readonly grouping: GroupingShape;
  readonly filtered: readonly { readonly path: string; readonly rule: 'name' | 'text' }[];
  readonly notes: readonly NoteShape[];
  /** The element as it was sent. */
  readonly sent: string;
  /** As in `Status`: links to files need it before the stream has said it. */
  readonly root: string;
}
