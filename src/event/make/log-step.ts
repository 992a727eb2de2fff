import { scalarsOf, STEP_TEXT } from './step-data.ts';
import { inOneLine } from '../error/one-line.ts';
import { copyOf } from '../../lib/safe-read.ts';
import { cut } from '../../lib/text.ts';
import type { BreadcrumbInput, LogRecord } from '../record.ts';

/** Fields that are the same in all lines of a process or of a request. */
const COMMON: ReadonlySet<string> = new Set(['pid', 'hostname', 'reqId', 'req_id', 'v']);

/**
 * A log line of any logger as a step of the trail. Only texts and numbers are kept, since an object
 * can change before an event needs the step, and would live as long as the step.
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
