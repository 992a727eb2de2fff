import { copyOf, isArray, isObject, setOwn } from '../../src/lib/safe-read.ts';
import { revive } from '../../src/notes/revive.ts';
import { isFields, type Fields } from '../fields.ts';
import type { NotedError } from '../../src/notes/line-note.ts';

/** The keys that a serializer writes about an error besides its own properties. */
const TOLD: ReadonlySet<string> = new Set([
  'type',
  'name',
  'message',
  'stack',
  'cause',
  'errors',
  'aggregateErrors',
]);

/**
 * Replaces the line's copy of an error by the logged error. If the user chooses which of its properties are
 * written, only those are kept.
 */
export function putNoted(
  fields: Fields,
  { path, value, isBare, wasThrown }: NotedError,
): { readonly value: unknown; readonly wasThrown?: boolean } {
  const written = takeAt(fields, isArray(path) ? path : []);
  if (wasThrown === true)
    return { value: value === undefined ? written : revive(value), wasThrown };
  if (isBare !== true || !isFields(value) || !isFields(written)) return { value: revive(value) };
  return { value: revive({ ...value, ...copyOf(written, TOLD) }) };
}

/** Replaces the line's copies of the logged fields by the fields themselves. */
export function putFields(fields: Fields, noted: unknown): void {
  if (!isFields(noted)) return;
  for (const key of Object.keys(noted)) {
    // A field that a formatter has turned into a text stays a text.
    if (Object.hasOwn(fields, key) && isObject(fields[key]))
      setOwn(fields, key, revive(noted[key]));
  }
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
