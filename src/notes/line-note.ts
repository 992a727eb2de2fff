import type { FailedRequest } from '../event/make/failed-request.ts';
import type { Level } from '../event/level.ts';
import type { ScopeField } from '../event/make/scope-field.ts';

/** What the thread that logs knows of a line, and what is not in its text. */
export interface LineNote {
  readonly scope?: ScopeField;
  /**
   * The places of the scope's breadcrumbs. Each breadcrumb is written once, and not again with each
   * event.
   */
  readonly crumbs?: readonly number[];
  /** The error that the line was logged with. */
  readonly thrown?: NotedError;
  /** Fields with Errors in them. pino writes `{}` for those. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** The request that failed without an error, if the error in the line is made up. */
  readonly failed?: FailedRequest;
  /** The level as the logger knows it, whatever the line says. */
  readonly level?: Level;
  /** How the logger writes its lines, if that is unusual. */
  readonly keys?: { readonly messageKey: string; readonly errorKey: string };
  /** The number by which the error can be retracted, see `NoteWriter.retract`. */
  readonly error?: number;
  /** An earlier line with this number had the error, or one around it or within it. This line adds to that. */
  readonly more?: 'same' | 'around';
  /** The projects that have got the error already, see `projectNumber`. */
  readonly told?: readonly number[];
}

/** What is told of the error of a line after that line. */
export interface LateNote {
  /** The error, see `LineNote.error`. */
  readonly error: number;
  /** See `NoteWriter.retract`. */
  readonly project: number;
  /** The error, where it is not the line's. */
  readonly thrown?: { readonly value: unknown; readonly wasThrown?: boolean };
  /** ms since 1970 */
  readonly time: number;
  readonly level: Level;
  /** The text that the error itself was logged with. */
  readonly message: string;
  readonly mechanism?: string | undefined;
  readonly handled?: boolean | undefined;
  readonly contexts: unknown;
}

export interface NotedError {
  /** The path to the error in the line. Empty if it is not in the line. */
  readonly path: readonly string[];
  /** Missing if the value in the line holds. */
  readonly value?: unknown;
  /** See `LogRecord.thrown`. */
  readonly wasThrown?: boolean;
  /** Whether its properties are left out, since the user chooses which properties a line has. */
  readonly isBare?: boolean;
}
