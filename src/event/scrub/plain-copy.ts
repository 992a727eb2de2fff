import { types } from 'node:util';
import { read, setOwn } from '../../lib/safe-read.ts';
import { bigintText, cut, FILTERED, wellFormed } from '../../lib/text.ts';

/** A value that JSON can carry as it is. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * What one walk may visit. Far above an honest log line, far below the 500,000 bytes of a request,
 * so that a hostile record costs milliseconds and a few hundred kilobytes.
 */
export const WALK_LIMITS = {
  /** Levels of nesting; ErrSight refuses more than 100 in all. */
  depth: 10,
  /** Keys of one object. */
  keys: 100,
  /** Elements of one array. */
  items: 100,
  /** UTF-16 units of one string. */
  string: 8_192,
  /** UTF-16 units of one key. */
  key: 200,
  /** Values in all. */
  values: 5_000,
  /** UTF-16 units of all strings together. */
  characters: 200_000,
} as const;

/** Budgets of one walk that may be smaller than usual. */
export type WalkBudget = Pick<Record<keyof typeof WALK_LIMITS, number>, 'values' | 'characters'>;

/** What keeps secrets in. */
interface Guard {
  readonly denies: (key: string) => boolean;
  readonly key: (name: string) => { readonly name: string; readonly isDenied: boolean };
  readonly text: (text: string, max: number) => string;
}

/** One walk over one value with its budgets. */
export class Walk {
  readonly #scrub: Guard;
  readonly #ancestors = new Set<object>();
  #values: number;
  #characters: number;

  constructor(scrub: Guard, budget: WalkBudget = WALK_LIMITS) {
    this.#scrub = scrub;
    this.#values = budget.values;
    this.#characters = budget.characters;
  }

  visit(value: unknown, depth: number): Json {
    this.#values -= 1;
    if (this.#values < 0 || this.#characters <= 0) return '[Truncated]';
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? rounded(value) : String(value);
      case 'boolean':
        return value;
      case 'undefined':
        return null;
      case 'bigint':
        return bigintText(value);
      case 'symbol':
        return this.#text(String(value));
      case 'function':
        return '[Function]';
      case 'object':
        return value === null ? null : this.#object(value, depth);
    }
  }

  #text(text: string): string {
    const result = this.#scrub.text(text, Math.min(WALK_LIMITS.string, this.#characters + 3));
    this.#characters -= result.length;
    return result;
  }

  #object(object: object, depth: number): Json {
    if (this.#ancestors.has(object)) return '[Circular]';
    this.#ancestors.add(object);
    try {
      // Every look at a foreign object can throw: getters, proxies, toJSON, a Symbol.toPrimitive.
      return this.#inside(object, depth);
    } catch {
      return '[Unreadable]';
    } finally {
      this.#ancestors.delete(object);
    }
  }

  #inside(object: object, depth: number): Json {
    if (Array.isArray(object)) {
      return depth >= WALK_LIMITS.depth ? '[Array]' : this.#array(object, object.length, depth);
    }
    // Nearly all are plain ones, which are none of what comes next.
    return isPlain(object) ? this.#plain(object, depth) : this.#special(object, depth);
  }

  #special(object: object, depth: number): Json {
    if (types.isDate(object)) return dateText(object);
    if (object instanceof RegExp || object instanceof URL) return this.#text(String(object));
    if (ArrayBuffer.isView(object)) {
      return this.#text(`[${object.constructor.name}: ${object.byteLength} bytes]`);
    }
    if (object instanceof ArrayBuffer) return `[ArrayBuffer: ${object.byteLength} bytes]`;
    if (object instanceof Promise) return '[Promise]';
    if (depth >= WALK_LIMITS.depth) return '[Object]';
    if (object instanceof Set) return this.#array(firstOf(object), object.size, depth);
    if (object instanceof Map) return this.#map(object, depth);
    if (object instanceof Error) return this.#error(object, depth);
    return this.#plain(object, depth);
  }

  #plain(object: object, depth: number): Json {
    if (depth >= WALK_LIMITS.depth) return '[Object]';
    const toJson = read(object, 'toJSON');
    if (typeof toJson === 'function') {
      const json: unknown = toJson.call(object, '');
      // A toJSON that returns another object with a toJSON, and so on, ends at the depth limit.
      if (json !== object) return this.visit(json, depth + 1);
    }
    return isEmitter(object)
      ? this.#emitter(object, depth)
      : this.#keys(object, Object.keys(object), depth);
  }

  #array(elements: readonly unknown[], length: number, depth: number): Json {
    const result: Json[] = [];
    const kept = Math.min(length, WALK_LIMITS.items);
    let before: unknown;
    for (let index = 0; index < kept && this.#values > 0; index += 1) {
      const element = elements[index];
      const hidden = this.#denies(before, element) && isNamePlace(index - 1, length, before);
      result.push(hidden ? FILTERED : this.visit(element, depth + 1));
      before = element;
    }
    if (length > result.length) result.push(`[${length - result.length} more]`);
    return result;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Json {
    const result: Record<string, Json> = {};
    for (const [key, value] of firstOf(map)) {
      this.#set(result, typeof key === 'string' ? key : describe(key), value, depth);
    }
    if (map.size > WALK_LIMITS.keys) result['...'] = `${map.size - WALK_LIMITS.keys} more keys`;
    return result;
  }

  #error(error: Error, depth: number): Json {
    const result: Record<string, Json> = {};
    this.#set(result, 'name', error.name, depth);
    this.#set(result, 'message', error.message, depth);
    this.#set(result, 'stack', error.stack, depth);
    for (const key of Object.keys(error).slice(0, WALK_LIMITS.keys)) {
      if (!Object.hasOwn(result, key)) this.#set(result, key, readOrSay(error, key), depth);
    }
    return result;
  }

  #keys(object: object, keys: readonly string[], depth: number): Json {
    const result: Record<string, Json> = {};
    const hasSecret = keys.some((key) => NAME_KEYS.has(key) && this.#denies(read(object, key), ''));
    let kept = 0;
    for (const key of keys) {
      if (kept === WALK_LIMITS.keys || this.#values <= 0) {
        result['...'] = `${keys.length - kept} more keys`;
        break;
      }
      const value = readOrSay(object, key);
      this.#set(result, key, hasSecret && VALUE_KEYS.has(key) ? FILTERED : value, depth);
      kept += 1;
    }
    return result;
  }

  /**
   * A socket, a request, a stream, a server: of its hundreds of values, of which each leads to the
   * next object of that kind, the plain ones that it has for the public.
   */
  #emitter(object: object, depth: number): Json {
    const result: Record<string, Json> = {};
    this.#set(result, 'class', read(object.constructor, 'name'), depth);
    for (const key of Object.keys(object).slice(0, WALK_LIMITS.keys)) {
      const value = key.startsWith('_') ? undefined : read(object, key);
      const isScalar = value !== null && typeof value !== 'object' && typeof value !== 'function';
      if (isScalar) this.#set(result, key, value, depth);
    }
    return result;
  }

  /** Whether `value` must not leave since `name`, which stands beside it, names a secret. */
  #denies(name: unknown, value: unknown): boolean {
    return isValue(value) && typeof name === 'string' && this.#scrub.denies(name);
  }

  #set(target: Record<string, Json>, name: string, value: unknown, depth: number): void {
    if (value === undefined) return;
    const { name: key, isDenied } = this.#scrub.key(name);
    this.#characters -= key.length;
    const clean = isDenied && isValue(value) ? FILTERED : this.visit(value, depth + 1);
    setOwn(target, key, clean);
  }
}

/** ErrSight answers 500 to a request with a key of its job queue's own, all of which begin `_aj_`. */
export function safeKey(name: string): string {
  const key = cut(wellFormed(name), WALK_LIMITS.key);
  return key.startsWith('_aj_') ? key.slice(1) : key;
}

/** `{ name: 'authorization', value: '…' }`, as browsers' and proxies' tools write headers. */
const NAME_KEYS: ReadonlySet<string> = new Set(['name', 'key', 'header']);
const VALUE_KEYS: ReadonlySet<string> = new Set(['value', 'values']);

/**
 * Whether an element of an array can be the name of the next one: `['authorization', '…']`, Node's
 * `rawHeaders` (a name, its value, the next name, …), and what a command was called with.
 */
function isNamePlace(index: number, length: number, name: unknown): boolean {
  return (index % 2 === 0 && length % 2 === 0) || (typeof name === 'string' && name[0] === '-');
}

/** Whether there is something that a denied name would hide. */
function isValue(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean';
}

function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** Node's own EventEmitter and everything that is built like it. */
function isEmitter(object: object): boolean {
  return typeof read(object, 'emit') === 'function' && typeof read(object, 'on') === 'function';
}

/** The time itself: a class of somebody's own may say something else, or throw. */
function dateText(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
}

/** ErrSight keeps about 15 significant digits, and may make a string of what has more. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(15));
}

/** Unlike `read` it shows that there is something. */
function readOrSay(object: object, key: string): unknown {
  try {
    return Reflect.get(object, key) as unknown;
  } catch {
    return '[Unreadable]';
  }
}

function describe(key: unknown): string {
  return typeof key === 'object' && key !== null ? '[Object]' : String(key);
}

/** The first elements of a collection, without making an array of all of it. */
function firstOf<T>(collection: Iterable<T>): T[] {
  const result: T[] = [];
  for (const element of collection) {
    if (result.length === WALK_LIMITS.items) break;
    result.push(element);
  }
  return result;
}
