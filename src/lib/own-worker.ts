import type { MessagePort, Worker } from 'node:worker_threads';

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
  const threads = process.getBuiltinModule('node:worker_threads');
  const worker = new threads.Worker(code, {
    eval: true,
    workerData,
    transferList: [...transferList],
    env,
    execArgv: [],
  });
  worker.unref();
  return worker;
}
