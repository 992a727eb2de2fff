import { projectNumber } from '../../lib/project-number.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import { levelOf } from '../../event/make/contexts.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import { valueJson } from './error-json.ts';
import { errorKeyOf } from './instance.ts';
import { thrownOf } from './thrown.ts';

/** Of an event that pino's worker makes nothing is known here. */
export const NOWHERE = { id: undefined, pipeline: undefined };

/** A line that told an error only in its text. */
interface Told {
  readonly logger: object;
  /** See `LineNote.error`. */
  readonly number: number;
  /** See `projectOf`. */
  readonly project: string;
}

/** Tells pino's worker that a line was about an error which has come since. Returns whether that is done. */
export function tellLate(
  writer: NoteWriter,
  { logger, number, project }: Told,
  record: LogRecord,
  contexts: readonly Context[],
): boolean {
  if (record.thrown === undefined) return false;
  tellMore(writer, { logger, number, project }, record, contexts, true);
  return true;
}

/**
 * Tells it what a further sighting says of the error of a line. `isAnother` says that it is of another error
 * than the line's, which the event is to tell from then on.
 */
export function tellMore(
  writer: NoteWriter,
  { logger, number, project }: Told,
  { thrown, time, level, message, mechanism, handled }: LogRecord,
  contexts: readonly Context[],
  isAnother: boolean,
): void {
  const found = isAnother && thrown ? { error: thrown.value, path: [] } : undefined;
  writer.tellLate({
    error: number,
    project: projectNumber(project),
    ...(found && { thrown: { value: thrownOf(logger, found, errorKeyOf(logger)).value } }),
    time,
    level: levelOf(contexts) ?? level,
    message,
    mechanism,
    handled,
    contexts: valueJson(contexts),
  });
}
