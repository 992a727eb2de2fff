import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { here } from '../here.cts';
import { ends, type Watch } from './ends.ts';
import { createState, DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import type { Item } from '../delivery/queue.ts';
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
  const late: Item[] = [];
  const watch: Watch = {
    patience: pipeline.config.shutdownTimeout,
    accepted() {
      pipeline.gather();
      return pipeline.stats().accepted;
    },
    waiting() {
      pipeline.gather();
      const { queued, inFlight } = pipeline.stats();
      return queued + inFlight;
    },
    hurry: () => pipeline.hurry(),
    flush: (ms) => pipeline.flush(ms),
    handOver(ms) {
      const remaining = pipeline.takeRemaining((event) => {
        late.push(event);
        all.handOver([watch]);
      });
      return sendFromWorker(pipeline, [...remaining, ...late.splice(0)], ms);
    },
    giveUp: () => pipeline.giveUp(),
  };
  return all.watch(watch);
}

/** Begins to send, and returns what waits for the end of it. */
function sendFromWorker(pipeline: Pipeline, events: readonly Item[], patience: number): () => void {
  const until = systemClock.now() + patience;
  const state = createState(events.length);
  const { done, fates } = readState(state);
  const worker =
    events.length > 0 && patience > 0
      ? startWorker(pipeline, events, { patience, state })
      : undefined;
  return () => {
    const ms = until - systemClock.now();
    if (worker !== undefined && ms > 0) Atomics.wait(done, 0, 0, ms);
    pipeline.settleRemaining(events, (index) => FATES[Atomics.load(fates, index)]);
  };
}

const FATES: Readonly<Record<number, 'delivered' | 'rejected'>> = {
  [DELIVERED]: 'delivered',
  [REJECTED]: 'rejected',
};

function startWorker(
  { config }: Pipeline,
  events: readonly Item[],
  { patience, state }: Pick<ExitWork, 'patience' | 'state'>,
): Worker | undefined {
  const { host, apiKey, timeout, batchSize, proxy, proxyFault, ca, transport } = config;
  const file = join(dirname(here), 'exit', 'worker.js');
  // A function cannot be called in another thread. Where there is no way to the server there is
  // nothing to wait for. And a bundled application may have left the file behind, which a Worker
  // would say too late.
  if (typeof transport === 'function' || proxyFault !== undefined || !existsSync(file)) {
    return undefined;
  }
  const way = { host, apiKey, timeout, batchSize, proxy, ca, transport };
  const leftovers = events.map(({ bytes, lane }) => ({ bytes, lane }));
  const workerData: ExitWork = { ...way, patience, events: leftovers, state };
  try {
    // Nothing of the application's start-up (--require, NODE_OPTIONS) belongs into this thread.
    const { NODE_OPTIONS: _notOurs, ...env } = process.env;
    const threads = process.getBuiltinModule('node:worker_threads');
    const worker = new threads.Worker(file, { workerData, env, execArgv: [] });
    worker.unref();
    return worker;
  } catch {
    // No thread could be started; the events are counted as lost.
    return undefined;
  }
}
