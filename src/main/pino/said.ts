import { severity, type Level } from '../../event/level.ts';
import { tellsOfFailure } from '../../event/make/request.ts';
import { textsOf } from '../../event/make/texts.ts';
import { attempt, isObject } from '../../lib/safe-read.ts';
import type { LogRecord } from '../../event/record.ts';
import type { Scope } from '../scope.ts';
import type { Logged } from './note.ts';

/** UTF-16 units from which on a line is not parsed on the thread that logs. */
const LONG_LINE = 65_536;

/** What a line at `error` of a request says in words: they may tell an error of that. */
export function wordsOf(
  { origin }: Scope,
  level: Level,
  said: Logged['said'],
  line: string | undefined,
): string | undefined {
  if (origin?.failureIn === undefined || severity(level) < severity('error')) return undefined;
  // What a child has bound is only there.
  const fields = line === undefined || line.length > LONG_LINE ? undefined : parsed(line);
  const text = said?.();
  return text === undefined && fields === undefined ? undefined : textsOf(text ?? '', fields);
}

function parsed(line: string): unknown {
  return attempt(() => JSON.parse(line) as unknown);
}

/** Whether a line only says of a request that it has failed, of whose error somebody else tells. */
export function isOfFailure(
  { origin }: Scope,
  fields: unknown,
  said: Logged['said'],
  level: Level,
): boolean {
  if (origin?.hasFailed !== true || severity(level) < severity('error')) return false;
  if (!isObject(fields)) return false;
  return tellsOfFailure({ fields: fields as LogRecord['fields'], message: said?.() ?? '' });
}
