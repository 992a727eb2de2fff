import type { Level } from './level.ts';

/** The person an event happened to. ErrSight keeps these four fields and no other. */
export interface User {
  readonly id?: string | number | undefined;
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  readonly ip_address?: string | undefined;
}

/** What led to an event: one step of the trail. */
export interface Breadcrumb {
  /** When it happened: an ISO string as ErrSight stores it. */
  readonly timestamp: string;
  readonly level: Level;
  /** ErrSight colours `http`, `request`, `ui`, `click`, `navigation`, `query`, `db` and `error`. */
  readonly category?: string;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A stack frame in the form that ErrSight's pages read. */
export interface Frame {
  /**
   * Relative to the project root, with `/` separators. Never blank, since ErrSight hides such
   * frames.
   */
  readonly filename: string;
  /** Empty for code at the top level of a module. */
  readonly function: string;
  readonly lineno?: number;
  readonly colno?: number;
  /** Whether this is the application's own code. ErrSight groups by the first such frame. */
  readonly in_app: boolean;
  readonly pre_context?: readonly string[];
  readonly context_line?: string;
  readonly post_context?: readonly string[];
}

/** One link of an error's chain of causes. */
export interface Cause {
  readonly class: string;
  readonly message: string;
  readonly backtrace?: string;
}

/** Everything about an event that has no field of its own. ErrSight keeps 50 keys. */
export interface Metadata {
  exception_class?: string;
  /** Newest first: the line that threw is at index 0. */
  exception_frames?: readonly Frame[];
  exception_causes?: readonly Cause[];
  [key: string]: unknown;
}

/**
 * An event as it goes over the wire: exactly the fields that ErrSight stores. This is what
 * `beforeSend` receives.
 */
export interface ErrsightEvent {
  /** A UUID that is made with the event. ErrSight servers that deduplicate go by it. */
  ingestion_id: string;
  level: Level;
  message: string;
  /** ISO-8601 with milliseconds. */
  occurred_at: string;
  environment: string;
  release?: string;
  /** Frame lines only, newest first. */
  backtrace?: string;
  metadata: Metadata;
  tags: Record<string, string>;
  user?: User;
  /** At most 50, oldest first. */
  breadcrumbs: Breadcrumb[];
  /** Replaces ErrSight's own grouping. Events with the same parts are one issue. */
  fingerprint?: readonly string[];
}
