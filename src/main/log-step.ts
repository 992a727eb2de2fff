import { keysOf, read } from '../lib/safe-read.ts';
import { inOneLine } from '../event/error/one-line.ts';
import { cut } from '../lib/text.ts';
import type { BreadcrumbInput, LogRecord } from '../event/record.ts';

/** Fields of a line that are looked at; ErrSight keeps 20 of a breadcrumb's. */
const FIELDS = 20;
/**
 * Characters of a text that is kept. A breadcrumb shows 500 of its message; of a field that is longer
 * nothing is kept, since what is cut before it is scrubbed can hide half a secret.
 */
const TEXT = 8_192;

/**
 * A log line as a step of the trail: texts and numbers only, since a line's objects can change before
 * an event needs the step, and would be kept alive as long as it.
 */
export function logStep({ time, level, message, thrown, fields }: LogRecord): BreadcrumbInput {
  const data: [string, unknown][] = [];
  for (const key of keysOf(fields).slice(0, FIELDS)) {
    const value = scalarOf(read(fields, key));
    if (value !== undefined) data.push([key, value]);
  }
  const error = thrown && scalarOf(inOneLine(thrown.value, 'name'));
  if (error !== undefined) data.push(['err', error]);
  return {
    timestamp: time,
    level,
    category: 'log',
    message: cut(message, TEXT),
    ...(data.length > 0 && { data: Object.fromEntries(data) }),
  };
}

function scalarOf(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= TEXT ? value : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}
