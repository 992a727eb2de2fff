import { format } from 'node:util';
import { isErrorInstance } from '../../event/error/class.ts';
import { findError, isPlain } from '../../event/error/find.ts';
import { inOneLine } from '../../event/error/one-line.ts';
import { scalarsOf, STEP_TEXT } from '../../event/make/step-data.ts';
import { attempt, copyOf, isObject } from '../../lib/safe-read.ts';
import { cut } from '../../lib/text.ts';
import type { Level } from '../../event/level.ts';
import type { BreadcrumbInput, LogRecord } from '../../event/record.ts';
import type { ConsoleMethod } from '../../options/console.ts';

/** The most arguments of a call that are read. */
const ARGUMENTS = 20;

export const LEVELS: Readonly<Record<ConsoleMethod, Level>> = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

/** What `console.trace` hands to `console.error`. */
const TRACE = /^Trace\b[^\n]*\n {4}at /;

/**
 * Whether the call comes from `console.trace`, which says where the program is and not that it
 * failed.
 */
export function isTrace(method: ConsoleMethod, args: readonly unknown[]): boolean {
  return method === 'error' && typeof args[0] === 'string' && TRACE.test(args[0]);
}

/** A call as a step of the trail. */
export function consoleStep(level: Level, args: readonly unknown[]): BreadcrumbInput {
  return { timestamp: Date.now(), level, category: 'console', message: textOf(args) };
}

/**
 * A call as an event. The Error may be any argument or in one: `('while paying', error)`,
 * `({ error })`.
 */
export function consoleRecord(level: Level, args: readonly unknown[]): LogRecord {
  const given = args.slice(0, ARGUMENTS);
  const fields: Record<string, unknown> = Object.assign(
    {},
    ...given.filter(isPlain).map((each) => copyOf(each)),
  );
  const error = given.find(isErrorInstance) ?? findError(fields, 'err')?.error;
  for (const key of Object.keys(fields)) if (fields[key] === error) delete fields[key];
  return {
    time: Date.now(),
    level,
    message: textOf(given.filter((each) => !isErrorInstance(each) && !isPlain(each))),
    ...(error !== undefined && { thrown: { value: error } }),
    mechanism: 'console',
    fields,
  };
}

/**
 * The text as the console prints it. Of an object it has only the texts and numbers, since the
 * object can hold any number of other things.
 */
function textOf(args: readonly unknown[]): string {
  const shown = args.slice(0, ARGUMENTS).map(shownOf);
  const [first] = shown;
  if (shown.length === 1 && typeof first === 'string') return first;
  return cut(attempt(() => format(...shown)) ?? '', STEP_TEXT);
}

function shownOf(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, STEP_TEXT);
  if (!isObject(value)) return value;
  if (isErrorInstance(value)) return inOneLine(value);
  if (typeof value === 'function') return '[Function]';
  return attempt(() => JSON.stringify(scalarsOf(value) ?? {})) ?? '{}';
}
