import type * as Threads from 'node:worker_threads';

/** Node's module for threads. It is loaded with the first use, since that takes some ms. */
export function nodeThreads(): typeof Threads {
  return process.getBuiltinModule('node:worker_threads');
}
