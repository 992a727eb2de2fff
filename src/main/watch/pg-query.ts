import { systemClock } from '../../lib/clock.ts';
import { attempt, isObject, read, readAt, textAt } from '../../lib/safe-read.ts';
import { failureOf } from './begun.ts';
import { queryStep, sqlQuery, type Query } from './query-step.ts';
import type { Scopes } from '../scopes.ts';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Called once when a query has ended, with the error if it failed. */
type End = (failure?: { readonly error: unknown }) => void;

/**
 * Calls a client's `query` with the same arguments, and remembers it as a step once it has ended.
 */
export function tracedQuery(
  scopes: Scopes,
  query: Method,
  self: unknown,
  args: unknown[],
): unknown {
  const scope = scopes.current();
  const began = systemClock.now();
  const said = describeQuery(args[0]);
  let isOver = false;
  const end: End = (failure) => {
    if (isOver) return;
    isOver = true;
    attempt(() => finish(failure));
  };
  const finish: End = (failure) => {
    const duration = Math.round(systemClock.now() - began);
    scope.record(queryStep(said, duration, failure && failureOf(failure.error)));
  };
  const given = attempt(() => withEnd(args, end)) ?? args;
  let result: unknown;
  try {
    result = Reflect.apply(query, self, given);
  } catch (error) {
    end({ error });
    throw error;
  }
  if (given !== args || !(result instanceof Promise)) return result;
  // If nobody handles the returned promise, Node reports it just like the original.
  return result.then(
    (value: unknown) => {
      end();
      return value;
    },
    (error: unknown) => {
      end({ error });
      throw error;
    },
  );
}

/**
 * The text of a query. It is given as a string, a config, a `Query`, a cursor, or a stream with a
 * cursor.
 */
export function describeQuery(given: unknown): Query {
  const text = isObject(given) ? (textAt(given, 'text') ?? textAt(given, 'cursor', 'text')) : given;
  return sqlQuery(text, 'pg', 'other');
}

/**
 * The arguments with a callback that also reports the end. Undefined if a promise will report it.
 */
function withEnd(args: unknown[], end: End): unknown[] | undefined {
  const [config] = args;
  const isQuery = typeof readAt(config, 'submit') === 'function';
  if (isQuery) listenToEnd(config as object, end);
  const index = args.findLastIndex((each, at) => at > 0 && typeof each === 'function');
  if (index !== -1) return args.with(index, telling(args[index] as Method, end));
  const own = readAt(config, 'callback');
  if (isObject(config) && typeof own === 'function') {
    const callback = telling(own as Method, end);
    // A `Query` may be changed, as pg does itself. A config belongs to the application.
    if (isQuery) Reflect.set(config, 'callback', callback);
    else return args.with(0, inheriting(config, callback));
  }
  return isQuery ? [...args] : undefined;
}

function inheriting(config: object, callback: Method): object {
  const own = { value: callback, configurable: true, enumerable: true, writable: true };
  return Object.create(config, { callback: own }) as object;
}

function telling(callback: Method, end: End): Method {
  return function (this: unknown, ...given: unknown[]): unknown {
    const [error] = given;
    end(error === null || error === undefined ? undefined : { error });
    return Reflect.apply(callback, this, given);
  };
}

/**
 * Listens to the end of a query, a cursor or a stream. The client reports a failure by calling
 * `handleError`. A cursor emits no event for it if nobody listens to its errors. Every other end is
 * an event.
 */
function listenToEnd(query: object, end: End): void {
  const [on, handleError] = [read(query, 'on'), read(query, 'handleError')];
  if (typeof on !== 'function' || typeof handleError !== 'function') return;
  for (const name of ['end', 'close']) Reflect.apply(on, query, [name, () => end()]);
  Reflect.set(query, 'handleError', telling(handleError as Method, end));
}
