import type { Worker } from 'node:worker_threads';
import { sharedNumbers } from './lib/shared-numbers.ts';
import { nodeThreads } from './lib/node-threads.ts';

/**
 * Which threads of the process have a pipeline of pino's, in memory that all threads share. A busy
 * worker can't answer for a while, and a flush still has to wait for it.
 *
 * Other threads get the memory in Node's environment data. So it reaches threads that start after
 * the main thread has loaded `errsight`. An older thread has to be asked.
 */
const KEY = 'errsight:presence:3';

/**
 * How many numbers the first part has. Its first number identifies the memory. The others are
 * places; 0 is a free one. The second part has as many pairs: a thread, and how many events wait in
 * it.
 */
const PLACES = 1_024;
/** Where it says how many pipelines have closed with a loss that no flush has told of. */
const FAILED_ENDS = 3 * PLACES;
/** Where two numbers of 8 bytes begin; see `endMemory`. */
const END = FAILED_ENDS + 2;
const NUMBERS = END + 4;

/** The place of a pipeline in the memory. */
export interface Place {
  readonly memory: number;
  readonly index: number;
}

/** The threads that were started since `watchPresence`, while they live. */
const workers = new Map<number, WeakRef<Worker>>();
let isLooking = false;
let comers = 0;

/** How many threads were started since `watchPresence`, and pipelines of pino's opened on this one. */
export function comersCount(): number {
  return comers;
}

/**
 * From now on new threads note their pipelines in memory that this thread sees. `onWorker` is called with each
 * thread that starts.
 */
export function watchPresence(onWorker: (worker: Worker) => void): void {
  if (isLooking) return;
  isLooking = true;
  memory();
  // Not with `process.on('worker')`, since an application can count its listeners.
  process.getBuiltinModule('node:diagnostics_channel').subscribe('worker_threads', (message) => {
    const { worker } = message as { readonly worker: Worker };
    comers += 1;
    if (workers.size > PLACES) prune();
    workers.set(worker.threadId, new WeakRef(worker));
    onWorker(worker);
  });
}

/** Takes a place for a pipeline of this thread. Undefined if there is none left. */
export function takePlace(): Place | undefined {
  const places = memory();
  comers += 1;
  const own = nodeThreads().threadId + 1;
  for (let index = 1; index < PLACES; index += 1) {
    if (Atomics.compareExchange(places, index, 0, own) === 0) {
      return { memory: places[0] ?? 0, index };
    }
  }
  return undefined;
}

export function leavePlace(place: Place | undefined): void {
  if (place !== undefined) Atomics.store(memory(), place.index, 0);
}

/** A pipeline has closed with a loss. */
export function noteFailedEnd(): void {
  Atomics.add(memory(), FAILED_ENDS, 1);
}

/** Whether one has closed with a loss since the last call. */
export function takeFailedEnds(): boolean {
  return Atomics.exchange(memory(), FAILED_ENDS, 0) > 0;
}

/** When the end of the process began, and until when it is held up, in ms of the clock; see `EndTime`. */
export function endMemory(): Float64Array {
  return new Float64Array(memory().buffer, END * Int32Array.BYTES_PER_ELEMENT, 2);
}

/** The places that are taken, each with the number of its thread. */
export function takenPlaces(): ReadonlyMap<number, number> {
  const places = memory();
  const taken = new Map<number, number>();
  for (let index = 1; index < PLACES; index += 1) {
    const value = Atomics.load(places, index);
    if (value !== 0) taken.set(index, value - 1);
  }
  return taken;
}

/** Whether this place is in the memory that this thread sees. */
export function isSeenHere(place: Place): boolean {
  return memory()[0] === place.memory && place.index > 0 && place.index < PLACES;
}

/** Frees the place of a thread that has ended without freeing it. */
export function clearPlace(index: number, thread: number): void {
  Atomics.compareExchange(memory(), index, thread + 1, 0);
}

/** The threads that were started since `watchPresence`. Some may have ended. */
export function startedThreads(): Iterable<number> {
  return workers.keys();
}

/** The Worker of a thread, if this thread has started it. `ended` if it lives no more. */
export function workerOf(thread: number): Worker | 'ended' | undefined {
  const known = workers.get(thread);
  if (known === undefined) return undefined;
  const worker = known.deref();
  // Node keeps a Worker while its thread runs. At the end it changes the number.
  return worker === undefined || worker.threadId !== thread ? 'ended' : worker;
}

function prune(): void {
  for (const thread of workers.keys()) if (workerOf(thread) === 'ended') workers.delete(thread);
}

/** Counts the events that wait in this thread, in case it is terminated from outside. */
export type Tally = (change: number) => void;

/**
 * The tally of this thread. The main thread's counts nothing, since nobody can terminate that
 * thread.
 */
export function openTally(): Tally {
  const threads = nodeThreads();
  const pair = threads.isMainThread ? undefined : freePair(threads.threadId + 1);
  if (pair === undefined) return () => undefined;
  return (change) => void Atomics.add(memory(), pair + 1, change);
}

function freePair(owner: number): number | undefined {
  const numbers = memory();
  for (let index = PLACES; index < FAILED_ENDS; index += 2) {
    const holder = Atomics.load(numbers, index);
    // All pipelines of a thread share one pair.
    if (holder === owner) return index;
    if (holder === 0 && Atomics.compareExchange(numbers, index, 0, owner) === 0) return index;
  }
  return undefined;
}

/** How many events were lost since the last call: they waited in threads that have ended. */
export function takeLost(): number {
  const numbers = memory();
  let lost = 0;
  for (let index = PLACES; index < FAILED_ENDS; index += 2) {
    const holder = Atomics.load(numbers, index);
    if (holder === 0 || workerOf(holder - 1) !== 'ended') continue;
    lost += Math.max(0, Atomics.exchange(numbers, index + 1, 0));
    Atomics.store(numbers, index, 0);
  }
  return lost;
}

/** How many events wait in each thread but the main one, by its number. */
export function waitingInThreads(): ReadonlyMap<number, number> {
  const numbers = memory();
  const waiting = new Map<number, number>();
  for (let index = PLACES; index < FAILED_ENDS; index += 2) {
    const holder = Atomics.load(numbers, index);
    const count = Atomics.load(numbers, index + 1);
    if (holder !== 0 && count > 0) waiting.set(holder - 1, count);
  }
  return waiting;
}

let found: Int32Array | undefined;

function memory(): Int32Array {
  if (found !== undefined) return found;
  const { numbers, isNew } = sharedNumbers(KEY, NUMBERS);
  if (isNew) numbers[0] = 1 + Math.floor(Math.random() * 2 ** 30);
  return (found = numbers);
}
