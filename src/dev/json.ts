import { Numeral } from './numeral.ts';
import { elementTexts, parseRubyJson } from './ruby-json.ts';

/** A JSON object as it was parsed. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** Whether this is an array or an object. */
export function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Numeral);
}

/** Levels of objects, and of arrays, that a job of the server can hold; see the ingest rules, 1. */
const MAX_OBJECTS = 96;
const MAX_ARRAYS = 100;

/**
 * Keys that ErrSight's job queue keeps to itself: one of them anywhere in an event makes the
 * server answer 500, since the job cannot be enqueued.
 */
const RESERVED_KEYS: ReadonlySet<string> = new Set([
  '_aj_globalid',
  '_aj_serialized',
  '_aj_symbol_keys',
  '_aj_ruby2_keywords',
  '_aj_hash_with_indifferent_access',
]);

/** Half of a UTF-16 pair without its other half: no encoding of Unicode can hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A request body as the server's parser sees it. */
export type ParsedBody =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** False if a byte or an escape is not valid Unicode, for example a lone surrogate. */
      readonly wellFormed: boolean;
      /** Whether a number is beyond what a Float can hold, such as 1e400. */
      readonly isFinite: boolean;
      /** What was sent. */
      readonly text: string;
    }
  | { readonly ok: false; readonly empty: boolean };

/**
 * Parses a request body as the server does. It takes comments. It refuses a byte-order mark, NaN,
 * newline-delimited JSON and compressed bytes.
 */
export function parseBody(body: Buffer): ParsedBody {
  if (body.length === 0) return { ok: false, empty: true };
  // A TextDecoder would swallow a byte-order mark, which the server refuses.
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = parseRubyJson(text);
  } catch {
    return { ok: false, empty: false };
  }
  const { wellFormed, isFinite } = survey(value);
  return { ok: true, value, text, isFinite, wellFormed: wellFormed && isUtf8(body, text) };
}

/** The JSON of each element as it was sent, as far as there are that many. */
export function textsOf(text: string, count: number): readonly (string | undefined)[] {
  const texts = elementTexts(text);
  return texts.length === count ? texts : [];
}

/** Whether a reserved key of the server's job queue appears anywhere in a value. */
export function hasReservedKey(value: unknown): boolean {
  return survey(value).keys.some((key) => RESERVED_KEYS.has(key));
}

/** Whether a value is nested more deeply than a job of the server can be. */
export function isTooDeep(value: unknown): boolean {
  const { objects, arrays } = survey(value);
  return objects > MAX_OBJECTS || arrays > MAX_ARRAYS;
}

/** How many arrays, objects and scalars are in a value, to tell what it takes in memory. */
export function countNodes(value: unknown): number {
  return survey(value).nodes;
}

/** The path of the first U+0000 in a string or key of a value, or undefined. */
export function findNul(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? path : undefined;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findNul(item, `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (key.includes('\0')) return `${path} (a key)`;
    const found = findNul(item, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether the bytes were valid UTF-8: decoding replaces what is not, and so changes the bytes. */
function isUtf8(body: Buffer, text: string): boolean {
  return !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(body);
}

interface Survey {
  /** The level of the deepest object, and of the deepest array, counted from 1. */
  objects: number;
  arrays: number;
  nodes: number;
  wellFormed: boolean;
  isFinite: boolean;
  readonly keys: string[];
}

/** One walk over a value. It has no recursion, since nobody knows yet how deep the value is. */
function survey(root: unknown): Survey {
  const result: Survey = {
    objects: 0,
    arrays: 0,
    nodes: 0,
    wellFormed: true,
    isFinite: true,
    keys: [],
  };
  const waiting: { value: unknown; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    result.nodes++;
    if (typeof value === 'string') result.wellFormed &&= !LONE_SURROGATE.test(value);
    if (value instanceof Numeral) result.isFinite &&= value.isFinite;
    if (Array.isArray(value)) {
      result.arrays = Math.max(result.arrays, depth);
      for (const item of value) waiting.push({ value: item, depth: depth + 1 });
    } else if (isObject(value)) {
      result.objects = Math.max(result.objects, depth);
      for (const [key, item] of Object.entries(value)) {
        result.keys.push(key);
        result.wellFormed &&= !LONE_SURROGATE.test(key);
        waiting.push({ value: item, depth: depth + 1 });
      }
    }
  }
  return result;
}
