/**
 * What a thread knows of the lines that it logs, for the workers that it starts: in memory that both
 * see. A message would not do: a worker that is starting hears none, and by `process.exit` the thread
 * that would send it again is blocked. It goes to them in Node's environment data, as `presence.ts` does.
 *
 *   header   how far each of the two rings is written
 *   marks    pairs of a line's key and the number of its scope: for each line in a scope
 *   notes    a line's key, a length, JSON: for lines that become events
 *
 * A ring is overwritten from its oldest end on; who reads late misses what was there, and no line.
 */
import type * as Threads from 'node:worker_threads';

const KEY = 'errsight:notes:1';

/** Asked once: to ask again for lines of the trail took half of what it costs to keep one. */
const threads: typeof Threads = process.getBuiltinModule('node:worker_threads');

export const HEADER = 64;
/** Marks that there are at a time: workers lag by some thousand lines, and keep 1,000 at most. */
export const MARKS = 8_192;
/** Words of 4 bytes. 4 MiB, as many as pino has for lines; nobody pays for what is not written to. */
export const WORDS: number = 1_048_576;

const BYTES = 4 * (HEADER + 2 * MARKS + WORDS);

/** Where the header says what. Each counts on for ever, and over at 2^32. */
export const MARKS_WRITTEN = 0;
/** The words of notes that can be read, and those that are being written as well. */
export const WORDS_WRITTEN = 1;
export const WORDS_BEGUN = 2;
/** Where the oldest note begins that is not overwritten. */
export const OLDEST = 4;
/** The lowest level that is an event to a worker, as a severity; one more, since 0 is nobody's. */
export const LOWEST = 3;
/** Behind these: the projects that workers report to, as `projectNumber` has them. */
export const PROJECTS = 8;

/** The memory, in the views that are needed of it. */
export interface Memory {
  readonly header: Int32Array;
  readonly marks: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Buffer;
}

/** Makes this thread's own, which the workers that it starts from now on see. */
export function createMemory(): Memory {
  const made = new SharedArrayBuffer(BYTES);
  threads.setEnvironmentData(KEY, made);
  return viewsOf(made);
}

/** What this thread was given when it started: it may make memory of its own later. */
const inherited: unknown = threads.getEnvironmentData(KEY);

/** The memory of whoever started this thread. */
export function inheritedMemory(): Memory | undefined {
  return memoryIn(inherited);
}

/** This thread's own, by whichever copy of this package it was made; undefined where there is none. */
export function ownMemory(): Memory | undefined {
  return memoryIn(threads.getEnvironmentData(KEY));
}

function memoryIn(given: unknown): Memory | undefined {
  if (given === undefined) return undefined;
  const { isSharedArrayBuffer } = process.getBuiltinModule('node:util').types;
  return isSharedArrayBuffer(given) && given.byteLength === BYTES ? viewsOf(given) : undefined;
}

function viewsOf(shared: SharedArrayBuffer): Memory {
  const notes = 4 * (HEADER + 2 * MARKS);
  return {
    header: new Int32Array(shared, 0, HEADER),
    marks: new Int32Array(shared, 4 * HEADER, 2 * MARKS),
    words: new Int32Array(shared, notes, WORDS),
    bytes: Buffer.from(shared, notes, 4 * WORDS),
  };
}
