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
  { thrown, time, level, message }: LogRecord,
  contexts: readonly Context[],
): boolean {
  if (thrown === undefined) return false;
  const { value } = thrownOf(logger, { error: thrown.value, path: [] }, errorKeyOf(logger));
  writer.tellLate({
    error: number,
    project: projectNumber(project),
    thrown: value,
    time,
    level: levelOf(contexts) ?? level,
    message,
    contexts: valueJson(contexts),
  });
  return true;
}
