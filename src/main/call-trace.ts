import { attempt } from '../lib/safe-read.ts';
import type { CallTrace } from '../event/record.ts';

/** Frames that are searched for the caller. A logger alone has a dozen. */
const DEPTH = 40;

/**
 * How many other frames can lie between two frames of a logger: those of its transport and of
 * Node's events.
 */
const BETWEEN = 6;

/** The files of the frames between a call of a logger and its transport. */
const OF_LOGGER =
  /[\\/]node_modules[\\/](?:winston|winston-transport|logform|readable-stream|bunyan|triple-beam)[\\/]/;

/** The same, with the streams of loggers: the application may print what its stream was given. */
const OF_ANY_LOGGER =
  /[\\/]node_modules[\\/](?:winston|bunyan|pino|pino-pretty|thread-stream)[\\/]/;

/**
 * The stack of the code that called `api`. It is shown for a thrown value that has no stack, such
 * as a string.
 */
export function traceOf(api: (...args: never[]) => unknown): CallTrace {
  // This is no Error, which would take a stack by itself. It has no message, which could look like
  // frames.
  const trace = { name: 'Error', message: '' };
  Error.captureStackTrace(trace, api);
  return trace;
}

/**
 * The same for a line that a logger is handing over, without the logger's own functions. Undefined
 * if the stack has nothing else.
 */
export function traceOfLine(api: (...args: never[]) => unknown): CallTrace | undefined {
  const limit = Error.stackTraceLimit;
  // It can't be set if built-in objects are frozen.
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

/** Whether a logger is in the current stack. */
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
