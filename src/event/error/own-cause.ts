import { attempt, isObject, keysOf, read } from '../../lib/safe-read.ts';
import { isErrorLike } from './class.ts';

/**
 * VError and similar errors have a method `cause`. After a serializer only the property remains in
 * which VError keeps the cause.
 */
export function readCause(value: object): unknown {
  const cause = read(value, 'cause');
  if (typeof cause !== 'function') {
    if (saysSomething(cause)) return cause;
    const kept = read(value, 'jse_cause');
    return saysSomething(kept) ? kept : wrapped(value);
  }
  try {
    return Reflect.apply(cause, value, []) as unknown;
  } catch {
    return undefined;
  }
}

const WRAPPERS = ['originalError', 'original', 'driverError'];

/**
 * The error that a library wraps, under its name for it: GraphQL and Apollo, Sequelize, TypeORM.
 */
export function wrapped(value: object): unknown {
  for (const key of WRAPPERS) {
    const inner = read(value, key);
    if (inner !== undefined && inner !== value && isErrorLike(inner)) return inner;
  }
  return undefined;
}

/** Whether a value says anything. JSON leaves `{}` of an Error, and bunyan leaves nothing. */
export function saysSomething(value: unknown): boolean {
  if (!isObject(value)) return value !== undefined && value !== null;
  return (
    attempt(() => Reflect.getPrototypeOf(value)) !== Object.prototype || keysOf(value).length > 0
  );
}
