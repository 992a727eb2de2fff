import { sharedNumbers } from '../lib/shared-numbers.ts';
import { systemClock } from '../lib/clock.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { projectNumber } from '../lib/project-number.ts';
import { nodeThreads } from '../lib/node-threads.ts';

/**
 * What ended a thread, in memory that all threads share. Node gives the thread that started it a copy
 * of the error. That is the same failure, which the ended thread has reported.
 *
 *   crash   the number of its project, a number for what was thrown, the thread that gets the copy, and
 *           the second until which the copy is expected
 */
const NAME = 'errsight:crashes:1';
/** The key under which a thread finds the number of the thread that started it. */
const STARTER = 'errsight:starter:1';

const CRASHES = 16;
const PROJECT = 0;
const THROWN = 1;
const STARTED_BY = 2;
const UNTIL = 3;
const SIZE = 4;

/** ms after the end of a thread. No copy comes later than that. */
const PATIENCE = 10_000;

/** The crashes of threads, as this thread sees them. */
export class Crossing {
  #numbers: Int32Array | undefined;
  #starter: unknown;

  /** Opens the shared memory. Threads that start later use it too. */
  share(): Int32Array {
    if (this.#numbers !== undefined) return this.#numbers;
    const threads = nodeThreads();
    this.#starter = threads.getEnvironmentData(STARTER);
    threads.setEnvironmentData(STARTER, threadNumber());
    this.#numbers = sharedNumbers(NAME, CRASHES * SIZE).numbers;
    return this.#numbers;
  }

  /**
   * Says that this thread ends because of what was thrown, within `ms`, and that the project has an
   * event of it.
   */
  tell(thrown: unknown, project: string, ms: number): void {
    const numbers = this.share();
    const number = numberOf(thrown);
    if (number === undefined || typeof this.#starter !== 'number') return;
    // If all places are taken, the one that expires first makes room.
    let at = 0;
    for (let each = SIZE; each < numbers.length; each += SIZE) {
      if (Atomics.load(numbers, each + UNTIL) < Atomics.load(numbers, at + UNTIL)) at = each;
    }
    Atomics.store(numbers, at + UNTIL, 0);
    Atomics.store(numbers, at + PROJECT, projectNumber(project));
    Atomics.store(numbers, at + THROWN, number);
    Atomics.store(numbers, at + STARTED_BY, this.#starter);
    Atomics.store(numbers, at + UNTIL, secondOf(systemClock.now() + ms + PATIENCE));
  }

  /**
   * Whether this is the copy of an error that ended a thread which this thread started. Each copy
   * comes once.
   */
  take(thrown: unknown, project: string): boolean {
    const numbers = this.share();
    const now = secondOf(systemClock.now());
    for (let at = 0; at < numbers.length; at += SIZE) {
      const until = Atomics.load(numbers, at + UNTIL);
      if (until < now || Atomics.load(numbers, at + STARTED_BY) !== threadNumber()) continue;
      if (Atomics.load(numbers, at + PROJECT) !== projectNumber(project)) continue;
      if (Atomics.load(numbers, at + THROWN) !== numberOf(emittedOf(thrown))) continue;
      if (Atomics.compareExchange(numbers, at + UNTIL, until, 0) === until) return true;
    }
    return false;
  }
}

/**
 * If the copy is no Error and nobody listens for it, Node wraps it in an Error. Returns the value
 * inside.
 */
function emittedOf(thrown: unknown): unknown {
  const isMade = isObject(thrown) && read(thrown, 'code') === 'ERR_UNHANDLED_ERROR';
  return isMade ? read(thrown, 'context') : thrown;
}

function threadNumber(): number {
  return nodeThreads().threadId + 1;
}

function secondOf(ms: number): number {
  return Math.max(1, Math.floor(ms / 1_000));
}

/**
 * A number made of what the copy shares with its original. The class is not part of it, since Node
 * loses it between threads.
 */
function numberOf(thrown: unknown): number | undefined {
  const text = attempt(() => textOf(thrown));
  return typeof text === 'string' ? projectNumber(text) : undefined;
}

function textOf(thrown: unknown): string | undefined {
  if (!isObject(thrown)) return `${typeof thrown} ${String(thrown)}`;
  const stack = read(thrown, 'stack');
  return typeof stack === 'string' && stack !== '' ? stack : JSON.stringify(thrown);
}
