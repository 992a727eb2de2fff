import { severity, type Level } from '../../src/event/level.ts';
import { createLru, type Lru } from '../../src/lib/lru.ts';
import { isObject, read } from '../../src/lib/safe-read.ts';
import { keyOf } from '../../src/notes/key.ts';
import type { LogRecord } from '../../src/event/record.ts';
import type { Captured } from './late.ts';

/** How many requests are remembered. A process hardly serves more at a time. */
const REQUESTS = { maxEntries: 1_000 };
/** The last stacks of each. */
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
  /** What was made of it, where that waits to be completed. */
  event: Captured | undefined;
}

/**
 * The stacks in the lines of each request. Two lines of one request with the same stack are about one error:
 * who logs it and throws it has Fastify log it again, and Nest logs the text of a stack, and then the error.
 * Where the thread that logs tells errors by numbers, those decide: two errors can be made at one line.
 */
export class SaidStacks {
  readonly #requests: Lru<readonly Said[]> = createLru(REQUESTS);

  /** What a line of a request says; undefined where it has no stack. */
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

  /** What an earlier line of the request has said of the same error. */
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

/** Whether a line that has said the same before was as grave. */
export function isAsGrave(before: Said, level: Level): boolean {
  return severity(level) <= severity(before.event?.level ?? before.level);
}
