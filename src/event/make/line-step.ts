import { logStep } from './log-step.ts';
import { STEP_TEXT } from './step-data.ts';
import { isErrorInstance } from '../error/class.ts';
import { DEPTH, isPlain, OTHERS } from '../error/find.ts';
import { isObject, setOwn } from '../../lib/safe-read.ts';
import type { Level } from '../level.ts';
import type { BreadcrumbInput, LogRecord } from '../record.ts';

/** Fields of a line that are copied, to be read later. A line with more is read at once. */
const FIELDS = 40;
/** Values in a line's fields that are searched for an error. */
const VALUES = 100;

/** Keys whose objects only the reader of a line can judge. */
const JUDGED: ReadonlySet<string> = new Set(['message', 'msg', 'err', 'error']);

/**
 * A copy of a line's texts and numbers. Nothing in it can change, and it keeps nothing else alive,
 * since a step of the trail has no objects. Undefined for a line that may have an error or a long
 * text, which has to be read at once. The keys in `known` are left out.
 */
export function flatCopy(line: object, known?: string): Record<string, unknown> | undefined {
  if (!isPlain(line)) return undefined;
  try {
    const keys = Object.keys(line);
    if (keys.length > FIELDS) return undefined;
    const copy: Record<string, unknown> = {};
    for (const key of keys) {
      if (key === known) continue;
      let value = (line as Readonly<Record<string, unknown>>)[key];
      if (typeof value === 'string') {
        if (value.length > STEP_TEXT) return undefined;
      } else if (isObject(value)) {
        if (JUDGED.has(key) || mayTellOfError(key, value)) return undefined;
        // It keeps the field's place, since only so many fields are looked at.
        value = null;
      }
      setOwn(copy, key, value);
    }
    return copy;
  } catch {
    return undefined;
  }
}

/** Whether a field is, or contains, what could be taken for an error. */
function mayTellOfError(key: string, value: object): boolean {
  if (typeof value === 'function' || isErrorInstance(value)) return true;
  // This is about an event, and is in no step.
  if (key === 'errsight' && !Array.isArray(value)) return false;
  const { message, err, error } = value as Readonly<Record<string, unknown>>;
  if (typeof message === 'string' || isObject(err) || isObject(error)) return true;
  return !OTHERS.has(key) && leftBehind(value, 1, VALUES) < 0;
}

/**
 * How many more values may be looked at after this one. Below 0 if it has an error, or too many
 * values.
 */
function leftBehind(value: object, depth: number, most: number): number {
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value)) return most;
  const keys = isList ? undefined : Object.keys(value);
  const count = keys === undefined ? (value as readonly unknown[]).length : keys.length;
  let left = most - count;
  for (let index = 0; index < count && left >= 0; index += 1) {
    const key = keys?.[index] ?? String(index);
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (!isObject(inner)) continue;
    if (isErrorInstance(inner)) return -1;
    if (depth + 1 < DEPTH && !OTHERS.has(key)) left = leftBehind(inner, depth + 1, left);
  }
  return left;
}

/**
 * Reads a copy of a line. It is a function of the module, since a closure for each line would cost
 * more than the line.
 */
export type ReadFlat = (copy: object, level: Level, time: number) => LogRecord;

/**
 * A line as a step of the trail. It is read when an event needs it. Most lines never are, and to
 * read a line costs ten times as much as to copy it.
 */
export class LineStep implements BreadcrumbInput {
  readonly timestamp: number;
  readonly level: Level;
  readonly #read: ReadFlat;
  #copy: object | undefined;
  #step: BreadcrumbInput | undefined;

  constructor(copy: object, level: Level, time: number, read: ReadFlat) {
    this.timestamp = time;
    this.level = level;
    this.#copy = copy;
    this.#read = read;
  }

  get category(): string | undefined {
    return this.#whole().category;
  }

  get message(): string | undefined {
    return this.#whole().message;
  }

  get data(): BreadcrumbInput['data'] {
    return this.#whole().data;
  }

  #whole(): BreadcrumbInput {
    this.#step ??= logStep(this.#read(this.#copy ?? {}, this.level, this.timestamp));
    this.#copy = undefined;
    return this.#step;
  }
}
