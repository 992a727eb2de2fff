import { constructorName, isErrorInstance } from '../../event/error/class.ts';
import { attempt, isArray, isObject, keysOf, read } from '../../lib/safe-read.ts';

/** pino's `LogFn`, and its hook, as far as they matter here. */
type LogFn = (this: unknown, ...args: unknown[]) => void;
export type LogMethod = (this: unknown, args: unknown[], method: LogFn, level: number) => void;

export type Serializers = Readonly<Record<string, unknown>>;
export type LogFormatter = (fields: Record<string, unknown>) => Record<string, unknown>;

/** Errors that one error leads to, or stands for, and how deep: what is behind is left out. */
const MEMBERS = 20;
const DEPTH = 6;

/**
 * Keeps the Error of `logger.error('message', error)`, which pino drops: it becomes what pino makes
 * of `logger.error({ err: error }, 'message')`. The message stays what it was, whatever the arguments
 * are for.
 */
export function keepErrors(errorKey: string, theirs: LogMethod | undefined): LogMethod {
  if (theirs === undefined) {
    return function logMethod(args, method) {
      method.apply(this, withError(args, errorKey));
    };
  }
  /** By pino's own: there is one for each level. */
  const wrapped = new WeakMap<LogFn, LogFn>();
  return function logMethod(args, method, level) {
    let keeping = wrapped.get(method);
    if (keeping === undefined) {
      // Behind theirs, which may change the order of the arguments.
      keeping = function keep(...given) {
        method.apply(this, withError(given, errorKey));
      };
      wrapped.set(method, keeping);
    }
    theirs.call(this, args, keeping, level);
  };
}

function withError(args: unknown[], errorKey: string): unknown[] {
  if (args.length < 2 || typeof args[0] !== 'string') return args;
  const values = args.slice(1);
  if (!values.some(isErrorInstance)) return args;
  // One that `%s` shows is the second choice: its stack is in no text.
  const shown = placesIn(args[0]);
  const error = values.slice(shown).find(isErrorInstance) ?? values.find(isErrorInstance);
  return [{ [errorKey]: error }, ...args];
}

/** How many values a format takes: to pino any character but a second % makes one of a %. */
function placesIn(format: string): number {
  if (!format.includes('%')) return 0;
  return [...format.matchAll(/%([^])/g)].filter(([, character]) => character !== '%').length;
}

/** pino's serializers, and one for `error`, of which pino writes `{}`. */
export function withSerializer(theirs: Serializers | undefined, errorKey: string): Serializers {
  const isTheirs = theirs !== undefined && theirs['error'] !== undefined;
  // Under the error key pino's own serializer has the word.
  if (isTheirs || errorKey === 'error') return theirs ?? {};
  return { ...theirs, error: serializeError };
}

function serializeError(value: unknown): unknown {
  return isErrorInstance(value) ? errorJson(value) : value;
}

/**
 * Shows the Errors among the other fields of a line, of which pino writes `{}` too. Those that have
 * a serializer are its business.
 */
export function showErrors(
  theirs: LogFormatter | undefined,
  serializers: Serializers,
  errorKey: string,
): LogFormatter {
  return (given) => {
    const fields = theirs === undefined ? given : theirs(given);
    let shown: Record<string, unknown> | undefined;
    for (const key in fields) {
      const value = fields[key];
      if (typeof value !== 'object' || value === null || key === errorKey || key === 'err')
        continue;
      if (!isErrorInstance(value) || serializers[key] !== undefined) continue;
      if (!Object.hasOwn(fields, key)) continue;
      shown ??= { ...fields };
      // Still an Error for the serializers of a child logger, which are not known here.
      shown[key] = Object.create(value, { toJSON: { value: () => errorJson(value) } });
    }
    return shown ?? fields;
  };
}

/**
 * What is logged of an Error: the form of pino's `errWithCause`, with each cause whole. `type` stands
 * right before `message`, by which it is told from a property of the error's own.
 */
function errorJson(error: object, around: readonly object[] = []): Record<string, unknown> {
  const path = [...around, error];
  const errors = read(error, 'errors');
  const known: [string, unknown][] = [
    ['type', constructorName(error) ?? read(error, 'name')],
    ['message', read(error, 'message')],
    ['stack', read(error, 'stack')],
  ];
  if (isArray(errors)) {
    const members = attempt(() => errors.slice(0, MEMBERS)) ?? [];
    known.push(['aggregateErrors', members.map((member) => inside(member, path))]);
  }
  const cause = read(error, 'cause');
  if (isObject(cause)) known.push(['cause', inside(cause, path)]);
  const result = new Map(known);
  for (const key of keysOf(error)) {
    if (!result.has(key) && key !== 'errors') result.set(key, inside(read(error, key), path));
  }
  // Unlike an assignment, this makes an own property of a key `__proto__`.
  return Object.fromEntries(result);
}

/** What is in an error, which may be the error itself. */
function inside(value: unknown, path: readonly object[]): unknown {
  if (!isErrorInstance(value)) return value;
  return path.includes(value) || path.length > DEPTH ? undefined : errorJson(value, path);
}
