import { isCard } from './find/numbers.ts';
import { httpObject, isEmitterLike } from './http-objects.ts';
import { isEntries, specialOf, type Entries } from './special-objects.ts';
import { isFieldName, isNamePlace } from './beside.ts';
import { isPlain, LEAST_SAID, siblingsOf, withoutSaid } from './siblings.ts';
import { isHidden } from './hidden.ts';
import { WALK_LIMITS } from './limits.ts';
import type { Verdict } from './names.ts';
import { bufferText, readOrSay, rounded, smallFirst } from './plain-values.ts';
import type { ScrubbedKey } from './scrubber.ts';
import { isObject, read, setOwn } from '../../lib/safe-read.ts';
import { bigintText, cut, FILTERED, jsonBytes } from '../../lib/text.ts';

/** A value that JSON can carry as it is. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The budgets of one walk, for callers that want smaller ones. */
export type WalkBudget = Pick<Record<keyof typeof WALK_LIMITS, number>, 'values' | 'characters'>;

/** No card's number is smaller: the shortest of the known issuers have 14 digits. */
const LEAST_CARD = 1e13;

/** The functions that keep secrets from leaving. */
interface Guard {
  readonly judge: (name: string) => Verdict;
  readonly key: (name: string) => ScrubbedKey;
  /** A text that is not known as clean, without secrets and cut to `max` units. */
  readonly searched: (text: string, max: number) => string;
  /** How many bytes a text has in JSON if it is known as clean; -1 if it is not. */
  readonly cleanBytes: (text: string) => number;
}

/** The object around a value, and the objects around that one. */
interface Around {
  readonly object: object;
  readonly around: Around | undefined;
}

/** An object or a long string that is not read yet, and its place in the result. */
interface Task {
  readonly value: object | string;
  readonly target: Record<string, Json> | Json[];
  readonly key: string | number;
  readonly depth: number;
  readonly around: Around | undefined;
}

/** A string of up to so many UTF-16 units is a small value. Small values come first. */
const SHORT = 200;
/** A text is cut to no fewer UTF-16 units. */
const SHORTEST = 20;
/** The least values and bytes that each object or long string may use, however many others wait. */
const LEAST = { values: 20, characters: 500 };

/**
 * One walk over one value with its budgets. It goes level by level, and takes the small values of a level
 * before the large ones. So one big or deep value can't take the room of its neighbours.
 */
export class Walk {
  readonly #scrub: Guard;
  readonly #tasks: Task[] = [];
  #values: number;
  #characters: number;
  /** Where the current level ends among the tasks. */
  #levelEnd = 0;

  constructor(scrub: Guard, budget: WalkBudget = WALK_LIMITS) {
    this.#scrub = scrub;
    this.#values = budget.values;
    this.#characters = budget.characters;
  }

  run(value: unknown): Json {
    const box: Json[] = [];
    this.#put(box, 0, value, 0, undefined);
    const tasks = this.#tasks;
    for (let index = 0; index < tasks.length; index += 1) {
      if (index === this.#levelEnd) this.#levelEnd = tasks.length;
      this.#do(tasks[index] as Task, this.#levelEnd - index);
    }
    return box[0] ?? null;
  }

  /** Puts a small value in its place. A large one becomes a task, and its place is kept. */
  #put(
    target: Task['target'],
    key: string | number,
    value: unknown,
    depth: number,
    around: Around | undefined,
  ): void {
    this.#values -= 1;
    const isLarge =
      typeof value === 'string'
        ? value.length > SHORT
        : typeof value === 'object' && value !== null;
    if (!isLarge) {
      setIn(target, key, this.#values < 0 ? '[Truncated]' : this.#scalar(value));
      return;
    }
    setIn(target, key, '[Truncated]');
    if (this.#values < 0 || this.#characters <= 0) return;
    this.#tasks.push({ value: value as object | string, target, key, depth, around });
  }

  #scalar(value: unknown): Json {
    switch (typeof value) {
      case 'string':
        return this.#text(value, this.#characters);
      case 'number':
        if (value > LEAST_CARD && isCard(String(value))) return FILTERED;
        return Number.isFinite(value) ? rounded(value) : String(value);
      case 'boolean':
        return value;
      case 'bigint':
        return bigintText(value);
      case 'symbol':
        return this.#text(String(value), this.#characters);
      case 'function':
        return '[Function]';
      default:
        return null;
    }
  }

  #do(task: Task, waiting: number): void {
    if (this.#values <= 0 || this.#characters <= 0) return;
    const { value, target, key, depth, around } = task;
    if (typeof value === 'string') {
      const share = Math.max(LEAST.characters, Math.ceil(this.#characters / waiting));
      setIn(target, key, this.#text(value, Math.min(share, this.#characters)));
      return;
    }
    for (let outer = around; outer !== undefined; outer = outer.around) {
      if (outer.object === value) {
        setIn(target, key, '[Circular]');
        return;
      }
    }
    const room = Math.max(LEAST.values, Math.ceil(this.#values / waiting));
    try {
      // Reading a foreign object can throw: getters, proxies, toJSON, Symbol.toPrimitive.
      setIn(target, key, this.#inside(task, value, depth, room));
    } catch {
      setIn(target, key, '[Unreadable]');
    }
  }

  /** The text without secrets, cut to at most `max` bytes. */
  #text(text: string, max: number): string {
    if (max <= 0) return '[Truncated]';
    const known = this.#scrub.cleanBytes(text);
    if (known !== -1 && known <= max) {
      this.#characters -= known;
      return text;
    }
    const most = Math.max(SHORTEST, Math.min(max, WALK_LIMITS.string));
    let result = this.#scrub.searched(text, most);
    let bytes = jsonBytes(result);
    if (bytes > max) {
      const length = Math.max(SHORTEST, Math.floor((result.length * max) / bytes));
      result = cut(result, Math.min(result.length, length));
      bytes = jsonBytes(result);
    }
    // What was searched counts as well: thousands of long secrets become short marks.
    this.#characters -= Math.max(bytes, Math.min(text.length, most));
    return result;
  }

  #inside(task: Task, object: object, depth: number, room: number): Json {
    if (Array.isArray(object)) {
      if (depth >= WALK_LIMITS.depth) return '[Array]';
      return this.#array(task, object, object.length, room);
    }
    // Nearly all objects are plain, and a plain one is no special one.
    if (!isPlain(object)) return this.#special(task, object, room);
    return this.#ordinary(task, object, room) ?? this.#plain(task, object, room);
  }

  /**
   * Copies an object in which each value is judged by its own name alone, as most are. Undefined if
   * neighbours or the whole object decide as well.
   */
  #ordinary(task: Task, object: object, room: number): Json | undefined {
    if (task.depth >= WALK_LIMITS.depth || typeof read(object, 'toJSON') === 'function') return;
    const names = Object.keys(object);
    if (names.length > Math.min(WALK_LIMITS.keys, room, this.#values)) return;
    const values: unknown[] = [];
    const keys: ScrubbedKey[] = [];
    for (const name of names) {
      const key = this.#scrub.key(name);
      const value = readOrSay(object, name);
      if (key.isTelling || (key.isNaming && this.#mayName(value))) return;
      keys.push(key);
      values.push(value);
    }
    const result: Record<string, Json> = {};
    const around = { object, around: task.around };
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as ScrubbedKey;
      this.#setWithin(around, task.depth + 1, result, key, values[index]);
    }
    return result;
  }

  /** Whether a value may be the name of a secret, or a path to one. */
  #mayName(value: unknown): boolean {
    return isObject(value) || (typeof value === 'string' && this.#scrub.judge(value) !== 'open');
  }

  #special(task: Task, object: object, room: number): Json {
    const special = specialOf(object);
    if (typeof special === 'string') return this.#text(special, this.#characters);
    if (task.depth >= WALK_LIMITS.depth) return '[Object]';
    if (special === undefined) return this.#plain(task, object, room);
    if (!isEntries(special)) return this.#array(task, special.elements, special.size, room);
    return this.#entries(task, special, room);
  }

  #plain(task: Task, object: object, room: number): Json {
    if (task.depth >= WALK_LIMITS.depth) return '[Object]';
    const isEmitter = isEmitterLike(object);
    const http = httpObject(object, isEmitter);
    if (http !== undefined) {
      const { line, body, headers } = http;
      if (body === undefined && headers === undefined) return this.#text(line, this.#characters);
      const entries: [string, unknown][] = [['line', line]];
      if (body !== undefined) entries.push(['body', body]);
      if (headers !== undefined) entries.push(['headers', headers]);
      return this.#entries(task, { entries, size: entries.length }, room);
    }
    const toJson = read(object, 'toJSON');
    if (typeof toJson === 'function') {
      const json: unknown = toJson.call(object, '');
      // A toJSON that returns another object with a toJSON, and so on, ends at the depth limit.
      if (json !== object) {
        const { target, key, depth } = task;
        this.#put(target, key, json, depth + 1, { object, around: task.around });
        return read(target, String(key)) as Json;
      }
    }
    if (isEmitter) return this.#emitter(task, object, room);
    return bufferText(object) ?? this.#keys(task, object, Object.keys(object), room);
  }

  #array(task: Task, elements: readonly unknown[], length: number, room: number): Json {
    const result: Json[] = [];
    const around = { object: task.value as object, around: task.around };
    const kept = Math.min(length, WALK_LIMITS.items, room);
    let before: unknown;
    for (let index = 0; index < kept && this.#values > 0; index += 1) {
      const element = elements[index];
      const hidden =
        typeof before === 'string' &&
        isHidden(this.#scrub.judge(before), element) &&
        isNamePlace(index - 1, length, before, element) &&
        !(typeof element === 'string' && isFieldName(element));
      if (hidden) result.push(FILTERED);
      else this.#put(result, index, element, task.depth + 1, around);
      before = element;
    }
    if (length > result.length) result.push(`[${length - result.length} more]`);
    return result;
  }

  #entries(task: Task, { entries, size }: Entries, room: number): Json {
    const result: Record<string, Json> = {};
    const kept = Math.min(WALK_LIMITS.keys, room);
    const shown = entries.slice(0, kept);
    const known = new Map(shown);
    this.#fields(task, result, [...known.keys()], (key) => known.get(key));
    if (size > kept) result['...'] = `${size - kept} more keys`;
    return result;
  }

  #keys(task: Task, object: object, keys: readonly string[], room: number): Json {
    const result: Record<string, Json> = {};
    const most = Math.min(WALK_LIMITS.keys, room, Math.max(this.#values, 0));
    const shown = keys.length > most ? smallFirst(object, keys, most) : keys;
    this.#fields(task, result, shown, (key) => readOrSay(object, key));
    if (keys.length > shown.length) result['...'] = `${keys.length - shown.length} more keys`;
    return result;
  }

  /** Copies fields, of which one may say what another one is. */
  #fields(
    task: Task,
    result: Record<string, Json>,
    keys: readonly string[],
    get: (key: string) => unknown,
  ): void {
    const { statement, naming, isHeld } = siblingsOf(keys, get, this.#scrub.judge);
    const said: string[] = [];
    const told: [string, unknown][] = [];
    for (const key of keys) {
      if (key === statement?.key) {
        this.#set(task, result, key, statement.text);
        continue;
      }
      const value = get(key);
      if (isHeld(key, value) && isHidden('secret', value)) {
        this.#set(task, result, key, FILTERED);
        // Joi keeps the value in a `context`.
        const held = isObject(value) ? read(value, 'value') : value;
        if (typeof held === 'string' && held.length >= LEAST_SAID) said.push(held);
      } else if (naming === 'field') {
        setOwn(result, this.#scrub.key(key).name, null);
        told.push([key, value]);
      } else this.#set(task, result, key, value);
    }
    // A message may repeat a secret value, so it comes after all of them are known.
    for (const [key, value] of told) this.#set(task, result, key, withoutSaid(value, said));
  }

  /** Copies a stream or a server: of its hundreds of values only the public ones that are no objects. */
  #emitter(task: Task, object: object, room: number): Json {
    const result: Record<string, Json> = {};
    const made = read(object, 'constructor');
    const name = typeof made === 'function' && made !== Object ? read(made, 'name') : undefined;
    this.#set(task, result, 'class', name);
    for (const key of Object.keys(object).slice(0, Math.min(WALK_LIMITS.keys, room))) {
      const value = key.startsWith('_') ? undefined : read(object, key);
      if (!isObject(value) && value !== null) this.#set(task, result, key, value);
    }
    return result;
  }

  #set(task: Task, target: Record<string, Json>, name: string, value: unknown): void {
    if (value === undefined) return;
    const around = { object: task.value as object, around: task.around };
    this.#setWithin(around, task.depth + 1, target, this.#scrub.key(name), value);
  }

  #setWithin(
    around: Around,
    depth: number,
    target: Record<string, Json>,
    { name: key, verdict, units }: ScrubbedKey,
    value: unknown,
  ): void {
    if (value === undefined) return;
    this.#characters -= units;
    if (isHidden(verdict, value)) setOwn(target, key, FILTERED);
    else this.#put(target, key, value, depth, around);
  }
}

function setIn(target: Task['target'], key: string | number, value: Json): void {
  if (typeof key === 'number') (target as Json[])[key] = value;
  else setOwn(target as Record<string, Json>, key, value);
}
