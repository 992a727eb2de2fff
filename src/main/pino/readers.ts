import type { NoteWriter } from '../../notes/writer.ts';
import { takenPlaces } from '../../presence.ts';
import { threadOf } from './instance.ts';
import { pinoStarts } from './traces.ts';

/** Whether a place has a reader of its lines, which has said which lines become events. */
export function isRead(place: number | undefined): boolean {
  if (place === undefined) return false;
  // A stream on this thread exists before its logger does.
  return place < 0 || [...takenPlaces().values()].includes(place);
}

/**
 * Whether nobody reads what this thread knows of its lines: there is no worker, none that starts,
 * and no stream.
 */
export function isReadByNobody(): boolean {
  return takenPlaces().size === 0 && !pinoStarts();
}

/** Whether the logger's lines are read by a worker that reports to this project. */
export function hasReader(writer: NoteWriter, logger: object, project: string): boolean {
  const thread = threadOf(logger);
  return thread !== undefined && writer.reportsTo(project) && isRead(thread);
}
