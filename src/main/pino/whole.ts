import { loadInThread } from '../../late.cts';
import { errorKeyOf, messageKeyOf, nestedKeyOf } from './instance.ts';
import type { Level } from '../../event/level.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import type { Logged } from './note.ts';

/** The most characters of a line that is parsed on the thread that logs. */
const LONG_LINE = 1_048_576;

/** What an event of this thread takes over from a line. */
export interface Whole {
  readonly record: LogRecord;
  /** The line's own field `errsight`. */
  readonly context: Context | undefined;
}

/**
 * Reads a line that is about an error which this thread reports. It reads what pino has written, and
 * not what was logged: `redact` and serializers may leave something out. The error at `path` is no
 * field of it.
 */
export function wholeOf(
  { logger, line, said }: Pick<Logged, 'logger' | 'line' | 'said'>,
  level: Level,
  path: readonly string[] | undefined,
): Whole {
  if (line === undefined || line.length > LONG_LINE) {
    const message = said?.() ?? '';
    return { record: { time: Date.now(), level, message, fields: {} }, context: undefined };
  }
  const shape = {
    messageKey: messageKeyOf(logger),
    errorKey: errorKeyOf(logger),
    nestedKey: nestedKeyOf(logger),
  };
  const note = path && { thrown: { path, value: null } };
  const read = loadInThread().recordOf(line, shape, level, note ?? {});
  const { thrown: _told, mechanism: _ofLine, ...record } = read.record;
  return { record, context: read.context };
}
