import type { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { code } from './code.cts';
import { ends, type Watch } from './ends.ts';
import { createState, DELIVERED, readState, REJECTED, type ExitWork } from './protocol.ts';
import { assemble, MAX_ITEMS_BYTES, SEPARATOR_BYTES } from '../delivery/body.ts';
import { startOwnWorker } from '../lib/own-worker.ts';
import { isObject, read } from '../lib/safe-read.ts';
import type { Item } from '../delivery/item.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Transport } from '../transport.ts';

/**
 * Lets events arrive although the process ends. Changes no exit code, and delays the end by
 * `shutdownTimeout` at most. Returns a function that ends the watch.
 *
 *   natural end    beforeExit  flushes, and the event loop lives until that is done
 *   process.exit,  exit        hands what is left to a worker of its own and waits for it,
 *   uncaught throw             since nothing asynchronous happens on this thread any more
 */
export function watchExit(pipeline: Pipeline): () => void {
  const all = ends();
  /** Events that `exit` listeners after ours captured. */
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
    hold: () => pipeline.holdForCrash(),
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

/** Sends while this thread can only wait. It uses one worker, however often it is called. */
class Helper {
  readonly #pipeline: Pipeline;
  #worker: Worker | undefined;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** Begins to send. Returns a function that waits until that is done. */
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
   * Calls the transport on this thread, since a function can't go to another one. What it does
   * before its first `await` happens. If it returns a promise, we never learn whether it succeeded.
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

  /** Starts the worker, or gives it more work. Returns whether that succeeded. */
  #begin(
    events: readonly Item[],
    { patience, state }: Pick<ExitWork, 'patience' | 'state'>,
  ): boolean {
    const { host, apiKey, timeout, batchSize, proxy, proxyFault, ca, transport } =
      this.#pipeline.config;
    // If the proxy can't be used there is nothing to wait for.
    if (typeof transport === 'function' || proxyFault !== undefined) return false;
    const way = { host, apiKey, timeout, batchSize, proxy, ca, transport };
    const leftovers = events.map(({ bytes, lane, wasSent }) => ({ bytes, lane, wasSent }));
    const { knowledge: known } = this.#pipeline;
    const work: ExitWork = { ...way, patience, events: leftovers, known, state };
    try {
      if (this.#worker === undefined) this.#worker = startOwnWorker(code(), work);
      else this.#worker.postMessage(work);
      return true;
    } catch {
      // No thread could be started. The events count as lost.
      return false;
    }
  }
}

/** As many of the events as fit into a request, but at least one. */
function firstOf(events: readonly Item[]): readonly Item[] {
  let bytes = 0;
  const end = events.findIndex((event) => {
    bytes += event.bytes.length + SEPARATOR_BYTES;
    return bytes > MAX_ITEMS_BYTES;
  });
  return end === -1 ? events : events.slice(0, Math.max(1, end));
}

/** Whether the transport says at once that it has the events. */
function callOnce(transport: Transport, body: Buffer, count: number): boolean {
  try {
    const outcome: unknown = transport(body, { count, signal: new AbortController().signal });
    if (outcome instanceof Promise) outcome.catch(() => undefined);
    return outcome === undefined || (isObject(outcome) && read(outcome, 'kind') === 'accepted');
  } catch {
    return false;
  }
}
