import type { NoteWriter } from '../../notes/writer.ts';
import { takenPlaces } from '../../presence.ts';
import { threadOf } from './instance.ts';

/** Whether what reads the lines of a place is there, and has said which it makes events of. */
export function isRead(place: number | undefined): boolean {
  if (place === undefined) return false;
  // A stream on this thread is there before its logger.
  return place < 0 || [...takenPlaces().values()].includes(place);
}

/** Whether a worker that reports to this project is what reads the logger's lines. */
export function hasReader(writer: NoteWriter, logger: object, project: string): boolean {
  const thread = threadOf(logger);
  return thread !== undefined && writer.reportsTo(project) && isRead(thread);
}
