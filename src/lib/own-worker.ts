import type { MessagePort, Worker } from 'node:worker_threads';
import { nodeThreads } from './node-threads.ts';

const own = new WeakSet<object>();

/** Whether a thread is one of ours, in which nobody captures anything. */
export function isOwnWorker(worker: Worker): boolean {
  return own.has(worker);
}

/**
 * Starts a thread of ours that does not keep the process alive. Throws if no thread can be started.
 */
export function startOwnWorker(
  code: string,
  workerData: unknown,
  transferList: readonly MessagePort[] = [],
): Worker {
  // The application's start-up (--require, NODE_OPTIONS) must not run in this thread.
  const { NODE_OPTIONS: _notOurs, ...env } = process.env;
  const threads = nodeThreads();
  const worker = new threads.Worker(code, {
    eval: true,
    workerData,
    transferList: [...transferList],
    env,
    execArgv: [],
  });
  own.add(worker);
  worker.unref();
  return worker;
}
