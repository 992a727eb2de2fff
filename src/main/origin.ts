import type { Level } from '../event/level.ts';
import type { Context, LogRecord } from '../event/record.ts';
import type { Spoken } from '../pipeline/recent.ts';
import type { Report } from './reported.ts';
import type { DataRules } from './requests/data.ts';

/**
 * What a scope belongs to: an HTTP request or a piece of work. Scopes of the same origin
 * share the trail that is recorded automatically. Its id tells it from all others.
 */
export interface Origin {
  /** Unique in the process. */
  readonly id: string;
  /** What is known of it when an event needs it. */
  describe(rules?: DataRules): Context;
  /** Whether `describe` always says the same. */
  readonly isConstant?: boolean;
  /**
   * Called for each event that is made in it, with the error and the project that was told, if any.
   */
  told?(level: Level, logged?: Logged): void;
  /** Whether an event of the level `error` or above was made in it. */
  readonly isReported?: boolean;
  /** Whether this project was told of a value that is no object, at least at this level. */
  isLogged?(error: unknown, level: Level, project: string): boolean;
  /**
   * Of a request: the error that this project was told of, and that caused this one or was caused
   * by it.
   */
  kinOf?(error: unknown, project: string): Kin | undefined;
  /**
   * Of a request: the identity of a value that it has failed with. This is the value itself, or an
   * object that stands for it. Undefined if it has not failed with that value.
   */
  boxOf?(value: unknown): object | undefined;
  /** Of a request: whether it has met an error, reported or not yet. */
  readonly hasFailed?: boolean;
  /** Of a request: the error it has met that a line has in its text or its fields. */
  failureIn?(text: string, fields: unknown): ToldError | undefined;
  /** Of a request: the error it has met that this is another copy of, such as a logger's. */
  failureLike?(thrown: object): { readonly error: unknown } | undefined;
  /**
   * Of a request: remembers an event of a text. An error that comes later may be what it is about.
   */
  said?(line: SaidLine): void;
  /** Of a request: whether a line only says how it was answered. */
  tellsOfAnswer?(line: Pick<LogRecord, 'fields' | 'message'>): boolean;
  /** Of a request: an event of a text about this error. It is returned once. */
  lineAbout?(error: unknown, project: string): SaidLine | undefined;
  /**
   * Of a request: calls back if its answer ends with an error status, which an event of this error
   * lacks. Not if the request fails with the error, since that tells the status.
   */
  onAnswer?(tell: () => void, error: unknown): void;
  /**
   * Of a request: its method and route. A request that fails without an error is grouped by them.
   */
  what?(): string;
  /** Called with the client or the workers that took an event captured or logged in it. */
  readonly onEvent?: (taker: object) => void;
}

/** An error that a project was told of. */
export interface Logged {
  readonly error: unknown;
  /** Whether pino's worker is still starting, so that it may or may not take it. */
  readonly isStarting?: boolean;
  /** See `projectOf`. */
  readonly project: string;
}

/** An event of a line without an error. */
export interface SaidLine extends Pick<Spoken, 'become'> {
  readonly text: string;
  readonly fields: unknown;
  /** Whether it only says how the request was answered. It is then about whatever the request fails with. */
  readonly isAnswer: boolean;
  /** See `projectOf`. */
  readonly project: string;
  /** The event and its pipeline. Both are undefined if pino's worker made it. */
  readonly made: Pick<Report, 'id' | 'pipeline'>;
}

/** An error that a line contains: its message, its stack, or the value itself. */
export interface ToldError {
  readonly error: unknown;
  readonly isStack: boolean;
  /** The path to the value itself in the line's fields. Empty if it is only in the text. */
  readonly path: readonly string[];
}

/** An error that was told and that is one failure of a request with another. */
export interface Kin {
  readonly error: object;
  /** Whether it caused the other one. The other one then says more. */
  readonly isCause: boolean;
  /** What the other one says, if it has no cause and was made of this one's text. */
  readonly words?: string;
  /** Its other causes that were told, such as further members of an AggregateError. */
  readonly others?: readonly object[];
}
