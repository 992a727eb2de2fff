import { isErrorLike } from '../src/event/error/class.ts';
import { findError } from '../src/event/error/find.ts';
import { copyOf, isArray, isObject, read } from '../src/lib/safe-read.ts';

/** The values that a logger was given besides the text, by name. */
export type Fields = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return isObject(value) && typeof value !== 'function' && !isArray(value);
}

export function take(fields: Fields, key: string): unknown {
  const value = fields[key];
  delete fields[key];
  return value;
}

/**
 * Removes and returns the error of a line. It is the value under the logger's error key, an Error
 * under `error`, or else the first Error among the fields, at the top or deeper.
 */
export function takeThrown(fields: Fields, errorKey: string): { value: unknown } | undefined {
  const ecs = takeEcs(fields);
  if (ecs !== undefined) return { value: ecs };
  const value = fields[errorKey];
  if (value !== undefined && value !== null) return { value: take(fields, errorKey) };
  if (isErrorLike(fields['error'])) return { value: take(fields, 'error') };
  const objects = Object.keys(fields).filter((key) => isObject(fields[key]));
  const key = objects.find((each) => isErrorLike(fields[each]));
  if (key !== undefined) return { value: take(fields, key) };
  for (const name of objects) {
    const inner = fields[name];
    if (!isFields(inner)) continue;
    const found = [errorKey, 'error'].find((each) => isErrorLike(read(inner, each)));
    if (found === undefined) continue;
    // A copy, since the inner object belongs to the application.
    const rest = copyOf(inner);
    fields[name] = rest;
    return { value: take(rest, found) };
  }
  // In a list, or deeper, it stays among the fields.
  const deep = findError(fields, errorKey);
  return deep && { value: deep.error };
}

/** An error in the form of the Elastic Common Schema, nested or with dots in its names. */
function takeEcs(fields: Fields): object | undefined {
  const { error } = fields;
  if (isFields(error) && typeof error['stack_trace'] === 'string') {
    const { stack_trace: stack, ...rest } = error;
    delete fields['error'];
    return { ...rest, stack };
  }
  const stack = fields['error.stack_trace'];
  const known = { type: fields['error.type'], message: fields['error.message'] };
  if (typeof stack !== 'string' && !isErrorLike(known)) return undefined;
  for (const key of ['error.type', 'error.message', 'error.stack_trace']) delete fields[key];
  return typeof stack === 'string' ? { ...known, stack } : known;
}

/** Removes and returns what the line says about the event itself: the user, tags and so on. */
export function takeContext(fields: Fields): Fields | undefined {
  return isFields(fields['errsight']) ? (take(fields, 'errsight') as Fields) : undefined;
}
