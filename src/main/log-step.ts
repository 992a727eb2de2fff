import { scalarsOf, STEP_TEXT } from '../event/make/step-data.ts';
import { inOneLine } from '../event/error/one-line.ts';
import { cut } from '../lib/text.ts';
import type { BreadcrumbInput, LogRecord } from '../event/record.ts';

/**
 * A log line as a step of the trail: texts and numbers only, since a line's objects can change before
 * an event needs the step, and would be kept alive as long as it.
 */
export function logStep({ time, level, message, thrown, fields }: LogRecord): BreadcrumbInput {
  const data = scalarsOf(fields, thrown && ['err', inOneLine(thrown.value, 'name')]);
  return {
    timestamp: time,
    level,
    category: 'log',
    message: cut(message, STEP_TEXT),
    ...(data && { data }),
  };
}
