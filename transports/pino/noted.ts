import { copyOf, isArray, isObject, setOwn } from '../../src/lib/safe-read.ts';
import { revive } from '../../src/notes/revive.ts';
import { isFields, type Fields } from '../fields.ts';
import type { NotedError } from '../../src/notes/line-note.ts';

/** What a serializer writes of an error besides its properties. */
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
 * The error that a line was logged with, in the place of what the line says of it. Where the user
 * chooses which of its properties are written, those hold.
 */
export function putNoted(
  fields: Fields,
  { path, value, isBare }: NotedError,
): { readonly value: unknown } {
  const written = takeAt(fields, isArray(path) ? path : []);
  if (isBare !== true || !isFields(value) || !isFields(written)) return { value: revive(value) };
  return { value: revive({ ...value, ...copyOf(written, TOLD) }) };
}

/** Puts fields that were logged in the place of what the line says of them. */
export function putFields(fields: Fields, noted: unknown): void {
  if (!isFields(noted)) return;
  for (const key of Object.keys(noted)) {
    // What a formatter has made a text of stays that.
    if (Object.hasOwn(fields, key) && isObject(fields[key]))
      setOwn(fields, key, revive(noted[key]));
  }
}

/** Takes out what is there, if it is at the top or one level down: what is deeper stays as it is. */
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
