/**
 * What a thread knows of its log lines, in memory that it shares with the workers that it starts. A
 * message would not do, since a worker that is starting hears none, and at `process.exit` the
 * thread that would have to send it again is blocked. Workers get the memory in Node's environment
 * data, as in `presence.ts`.
 *
 *   header   how far each of the two rings is written
 *   marks    pairs of a line's key and the number of its scope: for each line in a scope
 *   notes    a line's key, a length, JSON: for lines that become events
 *
 * A ring is overwritten from its oldest end on. A late reader misses what was there, but no line.
 */
import type * as Threads from 'node:worker_threads';

const KEY = 'errsight:notes:1';

/** Read only once, since to read it for each line took half of the cost of a line of the trail. */
const threads: typeof Threads = process.getBuiltinModule('node:worker_threads');

export const HEADER = 64;
/** Marks that exist at a time. Workers lag by some thousand lines, and keep 1,000 at most. */
export const MARKS = 8_192;
/**
 * Words of 4 bytes: 4 MiB, as much as pino has for lines. Pages that nobody writes to cost nothing.
 */
export const WORDS: number = 1_048_576;

const BYTES = 4 * (HEADER + 2 * MARKS + WORDS);

/** The words of the header. Each counts on for ever, and begins again at 2^32. */
export const MARKS_WRITTEN = 0;
/** The words of notes that can be read, and the same with those that are being written. */
export const WORDS_WRITTEN = 1;
export const WORDS_BEGUN = 2;
/** Where the oldest note begins that is not overwritten yet. */
export const OLDEST = 4;
/**
 * The severity of the lowest level that is an event to a worker, plus 1. 0 means that there is no
 * worker.
 */
export const LOWEST = 3;
/** 1 while the thread that logs takes care of its own end. */
export const WATCHED = 5;
/** After these come the projects that workers report to, as numbers of `projectNumber`. */
export const PROJECTS = 8;

/** The views of the memory. */
export interface Memory {
  readonly header: Int32Array;
  readonly marks: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Buffer;
}

/** Makes this thread's own memory. Workers that it starts from now on see it. */
export function createMemory(): Memory {
  const made = new SharedArrayBuffer(BYTES);
  threads.setEnvironmentData(KEY, made);
  return viewsOf(made);
}

/** The memory that this thread got at its start. It may make its own later. */
const inherited: unknown = threads.getEnvironmentData(KEY);

/** The memory of the thread that started this one. */
export function inheritedMemory(): Memory | undefined {
  return memoryIn(inherited);
}

/**
 * This thread's own memory, or undefined if there is none. Any copy of this package may have made
 * it.
 */
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
