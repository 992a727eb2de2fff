import type { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { code } from './code.cts';
import { ends, type Watch } from './ends.ts';
import { createState, DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import { assemble, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from '../delivery/body.ts';
import { isObject, read } from '../lib/safe-read.ts';
import type { Item } from '../delivery/item.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Transport } from '../transport.ts';

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
  const helper = new Helper(pipeline);
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
    handOver(ms, by) {
      const remaining = pipeline.takeRemaining((event) => {
        late.push(event);
        all.handOver([watch], by);
      });
      return helper.send([...remaining, ...late.splice(0)], ms);
    },
    giveUp: () => pipeline.giveUp(),
  };
  return all.watch(watch);
}

const FATES: Readonly<Record<number, 'delivered' | 'rejected'>> = {
  [DELIVERED]: 'delivered',
  [REJECTED]: 'rejected',
};

/** What sends while this thread can do nothing but wait: one thread, however often it is asked. */
class Helper {
  readonly #pipeline: Pipeline;
  #worker: Worker | undefined;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** Begins to send, and returns what waits for the end of it. */
  send(events: readonly Item[], patience: number): () => void {
    const { transport } = this.#pipeline.config;
    if (typeof transport === 'function') return this.#call(transport, events, patience);
    const until = systemClock.now() + patience;
    const state = createState(events.length);
    const { done, fates } = readState(state);
    const isWorking = events.length > 0 && patience > 0 && this.#begin(events, { patience, state });
    return () => {
      const ms = until - systemClock.now();
      if (isWorking && ms > 0) Atomics.wait(done, 0, 0, ms);
      this.#pipeline.settleRemaining(events, (index) => FATES[Atomics.load(fates, index)]);
    };
  }

  /**
   * A function cannot be called in another thread, but here once more: what it does before it first
   * waits for something is done. Of one that returns a promise nobody will hear whether it has.
   */
  #call(transport: Transport, events: readonly Item[], patience: number): () => void {
    const delivered = new Set<number>();
    const until = systemClock.now() + patience;
    const { batchSize } = this.#pipeline.config;
    for (let from = 0; from < events.length && systemClock.now() < until;) {
      const portion = firstOf(events.slice(from, from + batchSize));
      if (callOnce(transport, assemble(portion), portion.length)) {
        for (const index of portion.keys()) delivered.add(from + index);
      }
      from += portion.length;
    }
    return () =>
      this.#pipeline.settleRemaining(events, (index) =>
        delivered.has(index) ? 'delivered' : undefined,
      );
  }

  /** Whether a thread sends them. */
  #begin(
    events: readonly Item[],
    { patience, state }: Pick<ExitWork, 'patience' | 'state'>,
  ): boolean {
    const { host, apiKey, timeout, batchSize, proxy, proxyFault, ca, transport } =
      this.#pipeline.config;
    // Where there is no way to the server there is nothing to wait for.
    if (typeof transport === 'function' || proxyFault !== undefined) return false;
    const way = { host, apiKey, timeout, batchSize, proxy, ca, transport };
    const leftovers = events.map(({ bytes, lane, wasSent }) => ({ bytes, lane, wasSent }));
    const { knowledge: known } = this.#pipeline;
    const work: ExitWork = { ...way, patience, events: leftovers, known, state };
    try {
      if (this.#worker === undefined) this.#worker = startWorker(work);
      else this.#worker.postMessage(work);
      return true;
    } catch {
      // No thread could be started; the events are counted as lost.
      return false;
    }
  }
}

/** Throws where no thread can be started. */
function startWorker(workerData: ExitWork): Worker {
  // Nothing of the application's start-up (--require, NODE_OPTIONS) belongs into this thread.
  const { NODE_OPTIONS: _notOurs, ...env } = process.env;
  const threads = process.getBuiltinModule('node:worker_threads');
  const worker = new threads.Worker(code(), { eval: true, workerData, env, execArgv: [] });
  worker.unref();
  return worker;
}

/** As many as fit a request, but one at least. */
function firstOf(events: readonly Item[]): readonly Item[] {
  let bytes = 0;
  const end = events.findIndex((event) => {
    bytes += event.bytes.length + SEPARATOR_BYTES;
    return bytes > MAX_ITEMS_BYTES;
  });
  return end === -1 ? events : events.slice(0, Math.max(1, end));
}

/** Whether it says at once that it has them. */
function callOnce(transport: Transport, body: Buffer, count: number): boolean {
  try {
    const outcome: unknown = transport(body, { count, signal: new AbortController().signal });
    if (outcome instanceof Promise) outcome.catch(() => undefined);
    return outcome === undefined || (isObject(outcome) && read(outcome, 'kind') === 'accepted');
  } catch {
    return false;
  }
}
