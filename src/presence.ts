import type { Worker } from 'node:worker_threads';
import { sharedNumbers } from './lib/shared-numbers.ts';

/**
 * Which threads of the process have pipelines of pino's, in memory that all of them see: a worker
 * that is busy says nothing for a while, and still has to be waited for.
 *
 * The memory goes to other threads in Node's environment data, so it reaches those that start after
 * the main thread has loaded `errsight`. What an older thread has can only be asked for.
 */
const KEY = 'errsight:presence:1';

/**
 * The first number tells one such memory from another. Behind it are the places, 0 if free; behind those
 * as many pairs of a thread and how many events wait in it.
 */
const PLACES = 1_024;

/** Where a pipeline has noted itself. */
export interface Place {
  readonly memory: number;
  readonly index: number;
}

/** The threads that were started since somebody looked, as long as they live. */
const workers = new Map<number, WeakRef<Worker>>();
let isLooking = false;

/** Has threads that start from now on note their pipelines where this thread sees it. */
export function watchPresence(): void {
  if (isLooking) return;
  isLooking = true;
  memory();
  // Not `process.on('worker')`, which an application can count.
  process.getBuiltinModule('node:diagnostics_channel').subscribe('worker_threads', (message) => {
    const { worker } = message as { readonly worker: Worker };
    if (workers.size > PLACES) prune();
    workers.set(worker.threadId, new WeakRef(worker));
  });
}

/** Notes a pipeline of this thread. undefined if there are too many. */
export function takePlace(): Place | undefined {
  const places = memory();
  const own = process.getBuiltinModule('node:worker_threads').threadId + 1;
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

/** The places that are taken, and the number of the thread that has each. */
export function takenPlaces(): ReadonlyMap<number, number> {
  const places = memory();
  const taken = new Map<number, number>();
  for (let index = 1; index < PLACES; index += 1) {
    const value = Atomics.load(places, index);
    if (value !== 0) taken.set(index, value - 1);
  }
  return taken;
}

/** Whether this is a place in the memory that this thread sees. */
export function isSeenHere(place: Place): boolean {
  return memory()[0] === place.memory && place.index > 0 && place.index < PLACES;
}

/** Frees the place of a thread that has ended without doing so. */
export function clearPlace(index: number, thread: number): void {
  Atomics.compareExchange(memory(), index, thread + 1, 0);
}

/** The Worker of a thread, if this thread has started it and it lives. */
export function workerOf(thread: number): Worker | 'ended' | undefined {
  const known = workers.get(thread);
  if (known === undefined) return undefined;
  const worker = known.deref();
  // Node keeps a Worker as long as its thread runs, and takes its number away at the end.
  return worker === undefined || worker.threadId !== thread ? 'ended' : worker;
}

function prune(): void {
  for (const thread of workers.keys()) if (workerOf(thread) === 'ended') workers.delete(thread);
}

/** Counts the events that wait in a pipeline of this thread, for when it is ended from outside. */
export type Tally = (change: number) => void;

/** A tally of this thread; of the main thread, which nobody ends from outside, there is none. */
export function openTally(): Tally {
  const threads = process.getBuiltinModule('node:worker_threads');
  const pair = threads.isMainThread ? undefined : freePair(threads.threadId + 1);
  if (pair === undefined) return () => undefined;
  return (change) => void Atomics.add(memory(), pair + 1, change);
}

function freePair(owner: number): number | undefined {
  const numbers = memory();
  for (let index = PLACES; index < numbers.length; index += 2) {
    const holder = Atomics.load(numbers, index);
    // One does for all pipelines of a thread.
    if (holder === owner) return index;
    if (holder === 0 && Atomics.compareExchange(numbers, index, 0, owner) === 0) return index;
  }
  return undefined;
}

/** How many events waited in threads that have ended since the last call, with nobody to send them. */
export function takeLost(): number {
  const numbers = memory();
  let lost = 0;
  for (let index = PLACES; index < numbers.length; index += 2) {
    const holder = Atomics.load(numbers, index);
    if (holder === 0 || workerOf(holder - 1) !== 'ended') continue;
    lost += Math.max(0, Atomics.exchange(numbers, index + 1, 0));
    Atomics.store(numbers, index, 0);
  }
  return lost;
}

let found: Int32Array | undefined;

function memory(): Int32Array {
  if (found !== undefined) return found;
  const { numbers, isNew } = sharedNumbers(KEY, 3 * PLACES);
  if (isNew) numbers[0] = 1 + Math.floor(Math.random() * 2 ** 30);
  return (found = numbers);
}
