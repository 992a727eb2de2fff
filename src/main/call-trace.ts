import { attempt } from '../lib/safe-read.ts';
import type { CallTrace } from '../event/record.ts';

/** Frames that are looked through for the caller: a logger alone has a dozen. */
const DEPTH = 40;

/** How many others lie between two of a logger: those of its transport, and of Node's events. */
const BETWEEN = 6;

/** What stands between a call of a logger and its transport. */
const OF_LOGGER =
  /[\\/]node_modules[\\/](?:winston|winston-transport|logform|readable-stream|bunyan|triple-beam)[\\/]/;

/** The same, also where a stream of the application prints what it was given. */
const OF_ANY_LOGGER =
  /[\\/]node_modules[\\/](?:winston|bunyan|pino|pino-pretty|thread-stream)[\\/]/;

/**
 * The stack of whoever called `api`: shown for what has none, as a string that was thrown.
 */
export function traceOf(api: (...args: never[]) => unknown): CallTrace {
  // No Error, which would take a stack by itself. Without a message, which could look like frames.
  const trace = { name: 'Error', message: '' };
  Error.captureStackTrace(trace, api);
  return trace;
}

/**
 * The same for a line that a logger is handing over, without the functions of the logger; undefined
 * where nobody else is in the stack.
 */
export function traceOfLine(api: (...args: never[]) => unknown): CallTrace | undefined {
  const limit = Error.stackTraceLimit;
  // Where built-in objects are frozen it can't be set.
  attempt(() => (Error.stackTraceLimit = DEPTH));
  const trace = traceOf(api);
  const stack = attempt(() => trace.stack);
  attempt(() => (Error.stackTraceLimit = limit));
  if (typeof stack !== 'string') return undefined;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const caller = afterLogger(frames);
  if (caller === frames.length) return undefined;
  trace.stack = ['Error', ...frames.slice(caller)].join('\n');
  return trace;
}

/** Whether a logger is among those who have called. */
export function isOfLogger(): boolean {
  const limit = Error.stackTraceLimit;
  attempt(() => (Error.stackTraceLimit = DEPTH));
  const stack = attempt(() => traceOf(isOfLogger).stack);
  attempt(() => (Error.stackTraceLimit = limit));
  return typeof stack === 'string' && OF_ANY_LOGGER.test(stack);
}

/** The index of the frame that called the logger. */
function afterLogger(frames: readonly string[]): number {
  let caller = 0;
  for (const [index, line] of frames.entries()) {
    if (OF_LOGGER.test(line)) caller = index + 1;
    else if (index - caller >= BETWEEN) break;
  }
  return caller;
}
