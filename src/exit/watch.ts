import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { here } from '../here.cts';
import { DELIVERED, DONE, type ExitWork } from './protocol.ts';
import type { Pipeline } from '../pipeline.ts';

/** How the end of the process goes for one pipeline. */
interface Watch {
  onBeforeExit(): void;
  /** `elapsed` ms were spent in this very exit already, on other pipelines. */
  onExit(elapsed: number): void;
}

/** However many pipelines there are, the process gets one listener an event. */
const watches = new Set<Watch>();

function onBeforeExit(): void {
  for (const watch of watches) watch.onBeforeExit();
}

function onExit(): void {
  const start = performance.now();
  for (const watch of watches) watch.onExit(performance.now() - start);
}

/**
 * Sees that events arrive although the process ends. Changes no exit code and keeps the process no
 * longer than `shutdownTimeout` in all. Returns what ends the watch.
 *
 *   natural end    beforeExit  flushes, and the event loop lives until it is through
 *   process.exit,  exit        hands what is left to a worker of its own and waits for it,
 *   uncaught throw             since nothing asynchronous happens on this thread any more
 */
export function watchExit(pipeline: Pipeline): () => void {
  const watch = createWatch(pipeline);
  if (watches.size === 0) {
    process.on('beforeExit', onBeforeExit);
    process.on('exit', onExit);
  }
  watches.add(watch);
  return () => {
    watches.delete(watch);
    if (watches.size > 0) return;
    process.off('beforeExit', onBeforeExit);
    process.off('exit', onExit);
  };
}

function createWatch(pipeline: Pipeline): Watch {
  const { shutdownTimeout } = pipeline.config;
  let spent = 0;
  let flushed = 0;
  /** When the flush that is under way began. */
  let began: number | undefined;

  function left(): number {
    const now = performance.now();
    return shutdownTimeout - spent - (now - (began ?? now));
  }

  return {
    onBeforeExit() {
      const { accepted, queued, inFlight } = pipeline.stats();
      // Node emits this again each time the loop runs empty: only new events are worth a new wait.
      if (queued + inFlight === 0 || accepted === flushed || left() <= 0) return;
      flushed = accepted;
      const patience = left();
      began = performance.now();
      void pipeline.flush(patience).then(() => {
        spent = shutdownTimeout - left();
        began = undefined;
      });
    },
    onExit(elapsed) {
      sendFromWorker(pipeline, left() - elapsed);
    },
  };
}

function sendFromWorker(pipeline: Pipeline, patience: number): void {
  const requests = pipeline.takeRemaining();
  if (requests.length === 0) return;
  const { host, apiKey, timeout, proxy, proxyFault, ca } = pipeline.config;
  const total = requests.reduce((sum, request) => sum + request.count, 0);
  const state = new Int32Array(new SharedArrayBuffer(8));
  const file = join(dirname(here), 'exit', 'worker.js');
  // A bundled application may have left the file behind, which a Worker would say too late. Where
  // there is no way to the server there is nothing to wait for.
  if (patience > 0 && proxyFault === undefined && existsSync(file)) {
    const way = { host, apiKey, timeout, proxy, ca };
    const workerData: ExitWork = { ...way, requests, state: state.buffer };
    try {
      // Nothing of the application's start-up (--require, NODE_OPTIONS) belongs into this thread.
      const { NODE_OPTIONS: _notOurs, ...env } = process.env;
      const worker = new Worker(file, {
        workerData,
        env,
        execArgv: [],
      });
      worker.unref();
      Atomics.wait(state, DONE, 0, patience);
    } catch {
      // No thread could be started; the events are counted as lost below.
    }
  }
  const delivered = Atomics.load(state, DELIVERED);
  pipeline.settleRemaining(delivered, total - delivered);
}
