import { copyOf, isArray, isObject, setOwn } from '../../src/lib/safe-read.ts';
import { CLASS, revive } from '../../src/notes/revive.ts';
import { asShown, stackAsShown, textsIn } from '../../src/notes/shown.ts';
import { isFields, type Fields } from '../fields.ts';
import type { NotedError } from '../../src/notes/line-note.ts';

/**
 * Replaces the line's copy of an error by the logged error. If a function of the user chooses what
 * is written of it, the line decides what is kept; see `asShown`. `message` is the line's text.
 */
export function putNoted(
  fields: Fields,
  { path, value, isBare, wasThrown }: NotedError,
  message: string | undefined,
): { readonly value: unknown; readonly wasThrown?: boolean } {
  const line = isBare === true ? textsIn([fields, message]) : undefined;
  const written = takeAt(fields, isArray(path) ? path : []);
  if (wasThrown === true)
    return { value: value === undefined ? written : revive(value), wasThrown };
  if (line === undefined) return { value: revive(value) };
  if (typeof value === 'string') return { value: stackAsShown(value, line) };
  return { value: revive(isFields(value) ? asShown(value, written, line) : value) };
}

/** Replaces the line's copies of the logged fields by the fields themselves. */
export function putFields(fields: Fields, noted: unknown): void {
  if (!isFields(noted)) return;
  for (const key of Object.keys(noted)) {
    // A field that a formatter has turned into a text stays a text.
    if (Object.hasOwn(fields, key) && isObject(fields[key]))
      setOwn(fields, key, revive(joined(fields[key], noted[key])));
  }
}

/** The noted value, with what only the line has: the values of getters. */
function joined(written: unknown, noted: unknown): unknown {
  if (!isFields(written) || !isFields(noted) || Object.hasOwn(noted, CLASS)) return noted;
  const keys = Object.keys(written);
  return Object.fromEntries([
    ...keys.map((key) => [
      key,
      Object.hasOwn(noted, key) ? joined(written[key], noted[key]) : written[key],
    ]),
    ...Object.entries(noted).filter(([key]) => !Object.hasOwn(written, key)),
  ]) as unknown;
}

/**
 * Removes and returns the value at the path, if it is at the top or one level down. A deeper one is
 * not removed.
 */
function takeAt(fields: Fields, path: readonly string[]): unknown {
  const [name, inner, ...deeper] = path;
  if (name === undefined || !Object.hasOwn(fields, name)) return undefined;
  const outer = fields[name];
  if (inner === undefined) {
    delete fields[name];
    return outer;
  }
  if (!isFields(outer) || deeper.length > 0 || !isObject(outer[inner])) return undefined;
  const rest = copyOf(outer);
  const found = rest[inner];
  delete rest[inner];
  fields[name] = rest;
  return found;
}
