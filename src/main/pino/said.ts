import { severity, type Level } from '../../event/level.ts';
import { textsOf } from '../../event/make/texts.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import type { LogRecord } from '../../event/record.ts';
import type { Scope } from '../scope.ts';
import { messageKeyOf } from './instance.ts';
import type { Logged } from './note.ts';

/** A line of this many UTF-16 units or more is not parsed on the thread that logs. */
const LONG_LINE = 65_536;

/** The texts of a line at `error` in a request, and those that it was given, which may name an error of that request. */
export function wordsOf(
  { origin }: Scope,
  level: Level,
  { logger, line, said }: Pick<Logged, 'logger' | 'line' | 'said'>,
  given: string,
): string | undefined {
  if (origin?.failureIn === undefined || severity(level) < severity('error')) return undefined;
  // Only the line has what a child logger has bound.
  const fields = line === undefined || line.length > LONG_LINE ? undefined : parsed(line);
  const text = said?.() ?? scalarIn(fields, messageKeyOf(logger));
  return text === undefined && fields === undefined
    ? undefined
    : textsOf(`${text ?? ''}\n${given}`, fields);
}

/** The text of a line that is only a number, as in `logger.error(42)`. */
function scalarIn(fields: unknown, messageKey: string): string | undefined {
  const message = isObject(fields) ? read(fields, messageKey) : undefined;
  return typeof message === 'number' || typeof message === 'boolean' ? String(message) : undefined;
}

function parsed(line: string): unknown {
  return attempt(() => JSON.parse(line) as unknown);
}

/** Whether a line in a request only says how that was answered. */
export function isOfAnswer(
  { origin }: Scope,
  fields: unknown,
  { logger, line = '', said }: Pick<Logged, 'logger' | 'line' | 'said'>,
): boolean {
  if (origin?.tellsOfAnswer === undefined || !isObject(fields)) return false;
  const message = said?.() ?? scalarIn(parsed(line), messageKeyOf(logger)) ?? '';
  return origin.tellsOfAnswer({ fields: fields as LogRecord['fields'], message });
}
