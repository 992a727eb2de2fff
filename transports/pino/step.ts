import { logStep } from '../../src/event/make/log-step.ts';
import { DEFAULT_SHAPE, pinoRecord, type PinoRecord, type PinoShape } from './records.ts';
import { parseLine } from './trail.ts';
import type { LineNote } from '../../src/notes/line-note.ts';
import type { Level } from '../../src/event/level.ts';
import type { BreadcrumbInput } from '../../src/event/record.ts';

/** Makes the same step of a trail from a line as pino's worker would. */
export function stepOf(
  line: string,
  keys: { readonly messageKey: string; readonly errorKey: string },
  level: Level,
): BreadcrumbInput {
  // A hook of the user may write lines that are no JSON.
  const fields = parseLine(line);
  if (fields === undefined) return { level };
  return logStep(pinoRecord(fields, { ...DEFAULT_SHAPE, ...keys }, level).record);
}

/** Reads a line as pino's worker would. */
export function recordOf(
  line: string,
  shape: Pick<PinoShape, 'messageKey' | 'errorKey' | 'nestedKey'>,
  level: Level,
  note: LineNote,
): PinoRecord {
  return pinoRecord(
    parseLine(line) ?? {},
    { ...DEFAULT_SHAPE, ...shape },
    level,
    undefined,
    () => note,
  );
}
