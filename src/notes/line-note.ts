import type { FailedRequest } from '../event/make/failed-request.ts';
import type { Level } from '../event/level.ts';
import type { ScopeField } from '../event/make/scope-field.ts';

/** What the thread that logs knows of a line, and its text does not say. */
export interface LineNote {
  readonly scope?: ScopeField;
  /** The places of the scope's breadcrumbs: each is written once, and not with each event. */
  readonly crumbs?: readonly number[];
  /** The error that it was logged with. */
  readonly thrown?: NotedError;
  /** Fields with Errors in them, of which pino writes `{}`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The request that failed without an error, where the one in the line is made up. */
  readonly failed?: FailedRequest;
  /** As the logger knows it, whatever is written of it. */
  readonly level?: Level;
  /** How the logger writes its lines, where that is not as usual. */
  readonly keys?: { readonly messageKey: string; readonly errorKey: string };
  /** The number by which the error may be retracted: see `NoteWriter.retract`. */
  readonly error?: number;
  /** That an earlier line with this number had the error, or one that is one with it: this one says more of that. */
  readonly more?: 'same' | 'around';
  /** The projects that were told of the error already, see `projectNumber`. */
  readonly told?: readonly number[];
}

/** What is told of the error of a line behind that line. */
export interface LateNote {
  /** The line's, see `LineNote.error`. */
  readonly error: number;
  /** See `NoteWriter.retract`. */
  readonly project: number;
  /** The error, where it is not the line's. */
  readonly thrown?: { readonly value: unknown };
  /** ms since 1970 */
  readonly time: number;
  readonly level: Level;
  /** The text that it was logged with itself. */
  readonly message: string;
  readonly mechanism?: string | undefined;
  readonly handled?: boolean | undefined;
  readonly contexts: unknown;
}

export interface NotedError {
  /** Where it is in the line; empty where it is not there. */
  readonly path: readonly string[];
  readonly value: unknown;
  /** Whether its properties are left out, since the user chooses which of them a line has. */
  readonly isBare?: boolean;
}
