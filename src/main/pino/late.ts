import { projectNumber } from '../../lib/project-number.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import { levelOf } from '../../event/make/contexts.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import { valueJson } from './error-json.ts';
import { errorKeyOf } from './instance.ts';
import { thrownOf } from './thrown.ts';

/** Stands for an event that pino's worker makes: this thread knows nothing of it. */
export const NOWHERE = { id: undefined, pipeline: undefined };

/** A line that named an error only in its text. */
interface Told {
  readonly logger: object;
  /** See `LineNote.error`. */
  readonly number: number;
  /** See `projectOf`. */
  readonly project: string;
}

/**
 * Tells pino's worker that a line was about an error which came later. Returns whether it could.
 */
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
 * Tells pino's worker what a later sighting adds to the error of a line. `isAnother` means that the
 * sighting has another error than the line, and that the event is about this one from then on.
 */
export function tellMore(
  writer: NoteWriter,
  { logger, number, project }: Told,
  { thrown, time, level, message, mechanism, handled }: LogRecord,
  contexts: readonly Context[],
  isAnother: boolean,
): void {
  const found = isAnother && thrown ? { error: thrown.value, path: [] } : undefined;
  const wasThrown = thrown?.wasThrown === true;
  writer.tellLate({
    error: number,
    project: projectNumber(project),
    ...(found && {
      thrown: {
        value: thrownOf(logger, found, errorKeyOf(logger), { wasThrown }).value,
        wasThrown,
      },
    }),
    time,
    level: levelOf(contexts) ?? level,
    message,
    mechanism,
    handled,
    contexts: valueJson(contexts),
  });
}
