import { logStep } from './log-step.ts';
import { STEP_TEXT } from './step-data.ts';
import { isPlain } from '../error/find.ts';
import { isObject, setOwn } from '../../lib/safe-read.ts';
import type { Level } from '../level.ts';
import type { BreadcrumbInput, LogRecord } from '../record.ts';

/** Fields of a line that are copied to be read later. One with more is read at once. */
const FIELDS = 40;

/**
 * A copy of a line, in which nothing can change and that keeps nothing big alive: all its fields are
 * short texts and numbers. Undefined for any other line, in which an error may be. What is under `known`
 * is left out.
 */
export function flatCopy(line: object, known?: string): Record<string, unknown> | undefined {
  if (!isPlain(line)) return undefined;
  try {
    const keys = Object.keys(line);
    if (keys.length > FIELDS) return undefined;
    const copy: Record<string, unknown> = {};
    for (const key of keys) {
      if (key === known) continue;
      const value = (line as Readonly<Record<string, unknown>>)[key];
      if (typeof value === 'string' ? value.length > STEP_TEXT : isObject(value)) return undefined;
      setOwn(copy, key, value);
    }
    return copy;
  } catch {
    return undefined;
  }
}

/** Reads a copy of a line. A function of a module: one made for each line would cost more than the line. */
export type ReadFlat = (copy: object, level: Level, time: number) => LogRecord;

/**
 * A line as a step of the trail, that is read when an event needs it. Most never are, and to read a line
 * costs ten times what its copy does.
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
