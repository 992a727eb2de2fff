import type { NoteWriter } from '../../notes/writer.ts';
import { takenPlaces } from '../../presence.ts';
import { threadOf } from './instance.ts';
import { pinoStarts } from './traces.ts';

/** Whether what reads the lines of a place is there, and has said which it makes events of. */
export function isRead(place: number | undefined): boolean {
  if (place === undefined) return false;
  // A stream on this thread is there before its logger.
  return place < 0 || [...takenPlaces().values()].includes(place);
}

/** Whether there is nobody who reads what this thread knows of its lines: no worker, none that starts, no stream. */
export function isReadByNobody(): boolean {
  return takenPlaces().size === 0 && !pinoStarts();
}

/** Whether a worker that reports to this project is what reads the logger's lines. */
export function hasReader(writer: NoteWriter, logger: object, project: string): boolean {
  const thread = threadOf(logger);
  return thread !== undefined && writer.reportsTo(project) && isRead(thread);
}
