import type { ErrsightEvent, User } from './event.ts';
import type { Level } from './level.ts';

/** A tag's value; ErrSight stores it as a string of at most 200 characters. */
export type TagValue = string | number | boolean | null | undefined;

/** A breadcrumb as a caller gives it. What is missing is filled in. */
export interface BreadcrumbInput {
  readonly message?: string | undefined;
  readonly category?: string | undefined;
  /** Any logger's name of a level. Default: `info`. */
  readonly level?: string | undefined;
  /** A Date, an ISO string, or milliseconds since the epoch. Default: now. */
  readonly timestamp?: Date | string | number | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * What a caller knows about an event beyond the error itself. A scope holds it, the `errsight`
 * field of a log line is one, and the direct API takes one.
 */
export interface Context {
  readonly user?: User | null | undefined;
  readonly tags?: Readonly<Record<string, TagValue>> | undefined;
  /** Free-form details, shown on the event's page. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Replaces ErrSight's own grouping. */
  readonly fingerprint?: string | readonly string[] | undefined;
  /** Replaces the level of the log call. Any logger's name of a level. */
  readonly level?: string | undefined;
  readonly breadcrumbs?: readonly BreadcrumbInput[] | undefined;
}

/**
 * Says which events are not sent: a text in "Class: message", a RegExp for it, a class of errors,
 * or a function that returns true.
 */
export type Ignored =
  | string
  | RegExp
  | (abstract new (...args: never[]) => object)
  | ((error: unknown, event: Readonly<ErrsightEvent>) => boolean);

/** What a hook is told besides the event. */
export interface EventHint {
  /**
   * The error itself that was thrown or logged. In pino's worker it is what is known of it there.
   * Undefined if there was none.
   */
  readonly error: unknown;
  /** The call or the log line of the event. */
  readonly record: EventRecord;
  /** The scope in which it was captured or logged. In pino's worker there is none. */
  readonly scope: { toJSON(): Context } | undefined;
}

/** Where something happened in a trace, as OpenTelemetry tells it. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId?: string;
}

/** What `Error.captureStackTrace` has made. V8 writes the stack when it is read. */
export interface CallTrace {
  readonly name: string;
  readonly message: string;
  stack?: string;
}

/** A frame of the application that an error passed through, with its variables at that time. */
export interface PausedFrame {
  readonly function: string;
  /** The path or URL of its script. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Not scrubbed yet. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A call of a logger or of the direct API, as a hook sees it. */
export interface EventRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: Level;
  /** The text of the log line. Empty if it had none. */
  readonly message: string;
  /** What saw it, for example `pino` or `uncaughtException`. */
  readonly mechanism?: string | undefined;
  /** The logger's name. Nobody has checked that it is a text. */
  readonly logger?: unknown;
  /** All other fields of the line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * One call of a logger, in the same shape for all loggers. Nothing in it is trusted. Fields may be
 * hostile, cyclic or enormous.
 */
export interface LogRecord extends EventRecord {
  /**
   * What was thrown or logged as an error. It is in a box, since `undefined` can be thrown as well.
   * `beside` names the properties that a logger has written on it. They are fields, and not the
   * error's own. `shown` is read instead of the error if the logger was told to leave something
   * out. `wasThrown`: a request has failed with it. So it says more than the text of a line, even
   * if it is no error.
   */
  readonly thrown?: {
    readonly value: unknown;
    readonly beside?: ReadonlySet<string>;
    readonly shown?: object;
    readonly wasThrown?: boolean;
  };
  /**
   * Where it was logged or captured. Its stack is used if nothing else has one, as for a message or
   * a thrown string. It is taken only if it is needed, within the call, since that costs 10 µs.
   */
  readonly trace?: () => CallTrace | undefined;
  /**
   * False if nobody has caught what was thrown, or if no error handler has answered. Default true.
   */
  readonly handled?: boolean;
  /** The variables where it was thrown, if they are known. The newest frame comes first. */
  readonly paused?: readonly PausedFrame[] | undefined;
  /**
   * The span that was active, if the record is looked at later. Default: the span that is active
   * then.
   */
  readonly span?: Span | undefined;
}
