import { isErrorInstance } from '../../event/error/class.ts';
import { findError } from '../../event/error/find.ts';
import { dataOf, isObject, keysOf } from '../../lib/safe-read.ts';
import type { Found } from './thrown.ts';

/** A call that was given more than pino writes. */
interface Call {
  readonly args: readonly unknown[];
  readonly logger: unknown;
}

/** Knows the calls of loggers' methods that may have been given an error which pino drops. */
export class Calls {
  /** The call in progress, if pino drops some of it. */
  #call: Call | undefined;
  /** The logger that was called last. pino 7 says it to no other hook, and its `redact` counts. */
  logger: object | undefined;

  /** Runs a call of a logger's method, and remembers what pino may drop of it. */
  during<T>(call: Call | undefined, action: () => T): T {
    const before = this.#call;
    if (before === undefined && call === undefined) return action();
    this.#call = call;
    try {
      return action();
    } finally {
      this.#call = before;
    }
  }

  /** Whether a call is in progress of which pino may drop an error. */
  get isMaking(): boolean {
    return this.#call !== undefined;
  }

  /** The texts of the call that makes this line, if pino drops some. The stack of an error may have no frames. */
  textsOf(logger: object): string {
    const { args, logger: caller } = this.#call ?? { args: [], logger };
    return caller === logger ? args.filter((each) => typeof each === 'string').join('\n') : '';
  }

  /** The error that pino drops of the call that makes this line. */
  droppedBy(logger: object): Found | undefined {
    const call = this.#call;
    return call?.logger === logger ? droppedOf(call.args) : undefined;
  }
}

/** The text of a stack. Nest passes it after the message. */
const STACK = /\n {4}at /;
/** The most characters of a stack. */
const MAX_STACK = 65_536;

/** The Error among the arguments that do not become a field. */
function droppedOf(args: readonly unknown[]): Found | undefined {
  if (args.length < 2 || isErrorInstance(args[0])) return undefined;
  const [first, ...values] = args;
  const isText = first !== undefined && typeof first !== 'object';
  const text = isText ? first : values[0];
  const rest = isText || isErrorInstance(text) ? values : values.slice(1);
  // An Error that `%s` shows is the second choice. Its stack is in no text either.
  const shown = typeof text === 'string' && text.includes('%') ? placesIn(text) : 0;
  const error = rest.slice(shown).find(isErrorInstance) ?? rest.find(isErrorInstance);
  const given = error ?? rest.slice(shown).find(isStack);
  return given === undefined ? insideOf(rest) : { error: given, path: [] };
}

/** pino also drops an object behind a text. */
function insideOf(values: readonly unknown[]): Found | undefined {
  for (const value of values) {
    const found = findError(value, 'err');
    if (found !== undefined) return { error: found.error, path: [], name: found.path };
  }
  return undefined;
}

function isStack(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_STACK && STACK.test(value);
}

/** The text of a stack, or that in a field: nestjs-pino takes what is last for the context. */
export function stackIn(value: unknown): string | undefined {
  if (!isObject(value)) return isStack(value) ? value : undefined;
  return keysOf(value)
    .map((key) => dataOf(value, key))
    .find(isStack);
}

/**
 * How many values a format takes. For pino, a `%` before any character but a second `%` takes one.
 */
function placesIn(format: string): number {
  return [...format.matchAll(/%([^])/g)].filter(([, character]) => character !== '%').length;
}
