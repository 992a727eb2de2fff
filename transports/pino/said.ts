import { severity, type Level } from '../../src/event/level.ts';
import { createLru, type Lru } from '../../src/lib/lru.ts';
import { isObject, read } from '../../src/lib/safe-read.ts';
import { keyOf } from '../../src/notes/key.ts';
import type { LogRecord } from '../../src/event/record.ts';
import type { Captured } from './late.ts';

/** How many requests are remembered. A process hardly serves more at a time. */
const REQUESTS = { maxEntries: 1_000 };
/** How many of the last stacks of each request are kept. */
const STACKS = 5;
/** The most characters of a request's id. */
const REQUEST_ID = 200;

/** A stack in a line of a request. */
export interface Said {
  /** A number for its text. */
  readonly stack: number;
  /** Whether the line had only the text. */
  readonly isText: boolean;
  /** See `LineNote.error`. */
  readonly number: number | undefined;
  readonly level: Level;
  /** The event that was made of it, if that can still be completed. */
  event: Captured | undefined;
}

/**
 * The stacks in the lines of each request. Two lines of one request with the same stack are about one error.
 * If code logs an error and throws it, Fastify logs it again. Nest logs the text of a stack and then the
 * error. If both lines have numbers of errors, the numbers decide: one line of code can make two errors.
 */
export class SaidStacks {
  readonly #requests: Lru<readonly Said[]> = createLru(REQUESTS);

  /** The stack in a line of a request; undefined if the line has none. */
  of(
    { thrown, level }: LogRecord,
    request: string | undefined,
    number: number | undefined,
  ): Said | undefined {
    const value = thrown?.value;
    const stack = isObject(value) ? read(value, 'stack') : value;
    if (request === undefined || request.length > REQUEST_ID || typeof stack !== 'string') {
      return undefined;
    }
    return { stack: keyOf(stack), isText: !isObject(value), number, level, event: undefined };
  }

  /** The stack of an earlier line of the request about the same error. */
  before(said: Said, request: string): Said | undefined {
    return this.#requests.get(request)?.findLast((each) => isSame(each, said));
  }

  add(said: Said, request: string): void {
    const others = this.#requests.get(request) ?? [];
    this.#requests.set(request, [...others.slice(1 - STACKS), said]);
  }
}

function isSame(one: Said, other: Said): boolean {
  const isTold = one.number !== undefined && other.number !== undefined;
  return one.stack === other.stack && (one.isText || other.isText || !isTold);
}

/** Whether an earlier line about the same error was at least as grave. */
export function isAsGrave(before: Said, level: Level): boolean {
  return severity(level) <= severity(before.event?.level ?? before.level);
}
