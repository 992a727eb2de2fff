import { scalarsOf, STEP_TEXT } from '../event/make/step-data.ts';
import { inOneLine } from '../event/error/one-line.ts';
import { copyOf } from '../lib/safe-read.ts';
import { cut } from '../lib/text.ts';
import type { BreadcrumbInput, LogRecord } from '../event/record.ts';

/** What is the same in all lines of a process, or of a request. */
const COMMON: ReadonlySet<string> = new Set(['pid', 'hostname', 'reqId', 'req_id', 'v']);

/**
 * A log line as a step of the trail, of whichever logger: texts and numbers only, since a line's objects can change before
 * an event needs the step, and would be kept alive as long as it.
 */
export function logStep({ time, level, message, thrown, fields }: LogRecord): BreadcrumbInput {
  const data = scalarsOf(copyOf(fields, COMMON), thrown && ['err', inOneLine(thrown.value)]);
  return {
    timestamp: time,
    level,
    category: 'log',
    message: cut(message, STEP_TEXT),
    ...(data && { data }),
  };
}
