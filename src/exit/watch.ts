import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { here } from '../here.cts';
import { ends, type Watch } from './ends.ts';
import { DELIVERED, DONE, type ExitWork } from './protocol.ts';
import type { Remaining } from '../delivery/batcher.ts';
import type { Pipeline } from '../pipeline.ts';

/**
 * Sees that events arrive although the process ends. Changes no exit code and keeps the process no
 * longer than `shutdownTimeout` in all. Returns what ends the watch.
 *
 *   natural end    beforeExit  flushes, and the event loop lives until it is through
 *   process.exit,  exit        hands what is left to a worker of its own and waits for it,
 *   uncaught throw             since nothing asynchronous happens on this thread any more
 */
export function watchExit(pipeline: Pipeline): () => void {
  const all = ends();
  /** Captured by `exit` listeners behind ours. */
  const late: Remaining[] = [];
  const watch: Watch = {
    patience: pipeline.config.shutdownTimeout,
    accepted: () => pipeline.stats().accepted,
    waiting() {
      const { queued, inFlight } = pipeline.stats();
      return queued + inFlight;
    },
    hurry: () => pipeline.hurry(),
    flush: (ms) => pipeline.flush(ms),
    handOver(ms) {
      const remaining = pipeline.takeRemaining((request) => {
        late.push(request);
        all.handOver([watch]);
      });
      return sendFromWorker(pipeline, [...remaining, ...late.splice(0)], ms);
    },
    giveUp: () => pipeline.giveUp(),
  };
  return all.watch(watch);
}

/** Begins to send, and returns what waits for the end of it. */
function sendFromWorker(
  pipeline: Pipeline,
  requests: readonly Remaining[],
  patience: number,
): () => void {
  if (requests.length === 0) return () => undefined;
  const until = performance.now() + patience;
  const { host, apiKey, timeout } = pipeline.config;
  const total = requests.reduce((sum, request) => sum + request.count, 0);
  const state = new Int32Array(new SharedArrayBuffer(8));
  const file = join(dirname(here), 'exit', 'worker.js');
  let worker: Worker | undefined;
  // A bundled application may have left the file behind, which a Worker would say too late.
  if (patience > 0 && existsSync(file)) {
    const workerData: ExitWork = { host, apiKey, timeout, requests, state: state.buffer };
    try {
      // Nothing of the application's start-up (--require, NODE_OPTIONS) belongs into this thread.
      const { NODE_OPTIONS: _notOurs, ...env } = process.env;
      worker = new Worker(file, { workerData, env, execArgv: [] });
      worker.unref();
    } catch {
      // No thread could be started; the events are counted as lost below.
    }
  }
  return () => {
    const ms = until - performance.now();
    if (worker !== undefined && ms > 0) Atomics.wait(state, DONE, 0, ms);
    const delivered = Atomics.load(state, DELIVERED);
    pipeline.settleRemaining(delivered, total - delivered);
  };
}
