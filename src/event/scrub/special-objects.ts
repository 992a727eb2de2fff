import { types } from 'node:util';
import { constructorName, isErrorInstance, mostSpecific } from '../error/class.ts';
import { unlistedFacts } from '../error/unlisted.ts';
import { attempt, isObject, keysOf, read } from '../../lib/safe-read.ts';

/** The content of an object with names: a Map, headers, an Error. */
export interface Entries {
  readonly entries: readonly (readonly [string, unknown])[];
  /** How many there are in all; `entries` may have only the first of them. */
  readonly size: number;
}

/** The content of an object without names: a Set. */
export interface Elements {
  readonly elements: readonly unknown[];
  readonly size: number;
}

/** Elements of one collection that are read. */
const MAX_ELEMENTS = 100;

export function isEntries(special: Entries | Elements): special is Entries {
  return 'entries' in special;
}

/**
 * The content of an object whose own keys don't hold it: a text, entries or elements. It is undefined for
 * any other object. It knows objects of other realms (`vm`, Jest) and of libraries, as node-fetch's
 * Headers. It throws if the object does.
 */
export function specialOf(object: object): string | Entries | Elements | undefined {
  if (types.isDate(object)) return dateText(object);
  if (types.isRegExp(object)) return RegExp.prototype.toString.call(object);
  if (ArrayBuffer.isView(object)) {
    return `[${object.constructor.name}: ${object.byteLength} bytes]`;
  }
  if (types.isAnyArrayBuffer(object)) return `[ArrayBuffer: ${object.byteLength} bytes]`;
  if (types.isPromise(object)) return '[Promise]';
  if (types.isBoxedPrimitive(object)) return String(object.valueOf());
  if (types.isSet(object)) return { elements: firstOf(object.values()), size: object.size };
  if (types.isMap(object)) {
    return { entries: firstOf(object.entries()).map(named), size: object.size };
  }
  if (isErrorInstance(object)) return errorEntries(object);
  return ofTheWeb(object);
}

/**
 * Whether an object keeps its content elsewhere than in properties: a Map, a Date, a Buffer, a
 * Response.
 */
export function holdsInside(value: object): boolean {
  if (ArrayBuffer.isView(value)) return true;
  if (isErrorInstance(value) || typeof value === 'function' || keysOf(value).length > 0)
    return false;
  return attempt(() => specialOf(value)) !== undefined;
}

/** Objects of the web by their tag. An application's own class with the same tag is read in the same way. */
function ofTheWeb(object: object): string | Entries | undefined {
  const tag = Object.prototype.toString.call(object).slice(8, -1);
  if (tag === 'Object') return undefined;
  if (tag === 'URL') {
    const href = read(object, 'href');
    return typeof href === 'string' ? href : undefined;
  }
  if (tag === 'Headers' || tag === 'FormData' || tag === 'URLSearchParams') return pairs(object);
  if (tag === 'File' || tag === 'Blob') {
    const name = read(object, 'name');
    const known = typeof name === 'string' ? ` ${name}` : '';
    return `[${tag}${known}: ${String(read(object, 'size'))} bytes]`;
  }
  if (tag !== 'Request' && tag !== 'Response') return undefined;
  const [method, url, status, text] = ['method', 'url', 'status', 'statusText'].map((key) =>
    read(object, key),
  );
  const known = tag === 'Request' ? [method, url] : [url, status, text];
  const line = known.filter((part) => part !== undefined && part !== '').join(' ');
  const headers = read(object, 'headers');
  return {
    entries: isObject(headers)
      ? [
          ['line', line],
          ['headers', headers],
        ]
      : [['line', line]],
    size: 1,
  };
}

/** The entries of an object. A name that comes several times has a list of its values. */
function pairs(object: object): Entries | undefined {
  const each = read(object, 'entries');
  if (typeof each !== 'function') return undefined;
  const known = new Map<string, unknown[]>();
  for (const entry of firstOf(each.call(object) as Iterable<unknown>)) {
    const [key, value] = named(entry as readonly [unknown, unknown]);
    known.set(key, [...(known.get(key) ?? []), value]);
  }
  return {
    entries: [...known].map(([key, values]) => [key, values.length > 1 ? values : values[0]]),
    size: known.size,
  };
}

/** The class, the message and the first frame of an Error, then its own fields. */
function errorEntries(error: object): Entries {
  const stack = read(error, 'stack');
  const frame = typeof stack === 'string' ? /^ +at .{1,500}$/m.exec(stack)?.[0].trim() : undefined;
  const known = new Map<string, unknown>([
    ['name', mostSpecific([read(error, 'name'), constructorName(error)]) ?? 'Error'],
    ['message', read(error, 'message')],
    ['at', frame],
  ]);
  const own = keysOf(error);
  for (const key of [...own.slice(0, MAX_ELEMENTS), 'cause', 'errors']) {
    if (!known.has(key) && key !== 'stack') {
      const value = attempt(() => Reflect.get(error, key) as unknown);
      if (typeof value !== 'function') known.set(key, value);
    }
  }
  for (const [key, value] of unlistedFacts(error, own)) known.set(key, value);
  return { entries: [...known], size: known.size };
}

function named([key, value]: readonly [unknown, unknown]): readonly [string, unknown] {
  return [typeof key === 'string' ? key : keyText(key), value];
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? '[Object]' : String(key);
}

/** The time by Date's own method: that of a subclass may say something else, or throw. */
function dateText(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
}

/** The first elements of a collection, without making an array of all of it. */
function firstOf<T>(collection: Iterable<T>): T[] {
  const result: T[] = [];
  for (const element of collection) {
    if (result.length === MAX_ELEMENTS) break;
    result.push(element);
  }
  return result;
}
