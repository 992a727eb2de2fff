import type { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { code } from './code.cts';
import { callTransport } from './call-transport.ts';
import {
  createState,
  DELIVERED,
  type ExitState,
  readState,
  REJECTED,
  type ExitWork,
} from './protocol.ts';
import { NO_ANSWER, TOO_SLOW } from '../delivery/trouble.ts';
import { startOwnWorker } from '../lib/own-worker.ts';
import { SUSPECT, type Item } from '../delivery/item.ts';
import type { Knowledge } from '../delivery/policy.ts';
import type { Pipeline } from '../pipeline.ts';

/** Takes what became of events. */
export type Settle = Pipeline['settleRemaining'];

const FATES: Readonly<Record<number, 'delivered' | 'rejected'>> = {
  [DELIVERED]: 'delivered',
  [REJECTED]: 'rejected',
};

/** What one pipeline has left. */
interface Portion {
  readonly pipeline: Pipeline;
  readonly events: readonly Item[];
  /** When its time is over, in ms of the clock. */
  readonly until: number;
  /** The shared memory and the places of its events, once they are being sent. */
  sent: Sent | undefined;
}

interface Sent {
  readonly state: ExitState;
  readonly places: ReadonlyMap<Item, number>;
}

/**
 * Sends while this thread can only wait. Events of several pipelines for one project go in one
 * order: the fatal errors of all, then new events, then repeats. Otherwise the repeats of one
 * pipeline would take the last places of the rate limit, and the fatal error of the next would find
 * none. It uses one worker, however often it is called.
 */
class Helper {
  #worker: Worker | undefined;
  #gathered: Portion[] = [];

  /**
   * Takes what a pipeline has left. Returns a function that sends all that was taken, waits for that,
   * and tells `settle` what became of it.
   */
  send(
    pipeline: Pipeline,
    events: readonly Item[],
    patience: number,
    settle: Settle = (...fates) => pipeline.settleRemaining(...fates),
  ): () => void {
    const { batchSize, transport, proxyFault } = pipeline.config;
    if (typeof transport === 'function') {
      return callTransport(transport, { events, batchSize, patience, settle });
    }
    const until = systemClock.now() + patience;
    const portion: Portion = { pipeline, events, until, sent: undefined };
    // If the proxy can't be used there is nothing to wait for.
    if (events.length > 0 && patience > 0 && proxyFault === undefined) this.#gathered.push(portion);
    return () => {
      this.#begin();
      const { sent } = portion;
      if (sent !== undefined) wait(sent.state, until);
      settle(
        events,
        (_index, event) => FATES[fateOf(sent, event)],
        // A thread that gives up in time does not say that a request has no answer.
        sent && { silence: silenceOf(sent), ...sent.state.said() },
      );
    };
  }

  /** Starts the worker with what was gathered, or gives it more work. */
  #begin(): void {
    const gathered = this.#gathered.splice(0);
    if (gathered.length === 0) return;
    const works = Array.from(byWay(gathered).values(), workOf);
    try {
      if (this.#worker === undefined) this.#worker = startOwnWorker(code(), works);
      else this.#worker.postMessage(works);
    } catch {
      // No thread could be started. The events count as lost.
      for (const portion of gathered) portion.sent = undefined;
    }
  }
}

/** One for all pipelines of this copy of the package. */
export const helper: Helper = new Helper();

function fateOf(sent: Sent | undefined, event: Item): number {
  const place = sent?.places.get(event);
  return sent === undefined || place === undefined ? 0 : Atomics.load(sent.state.fates, place);
}

/** Why events have not arrived though no request has failed. */
function silenceOf({ state }: Sent): string {
  return state.fates.includes(DELIVERED) ? TOO_SLOW : NO_ANSWER;
}

function wait({ done }: ExitState, until: number): void {
  const ms = until - systemClock.now();
  if (ms > 0) Atomics.wait(done, 0, 0, ms);
}

/** The portions that go to the same project in the same way, by that way. */
function byWay(portions: readonly Portion[]): ReadonlyMap<string, readonly Portion[]> {
  const groups = new Map<string, Portion[]>();
  for (const portion of portions) {
    const { host, apiKey, proxy, ca, transport } = portion.pipeline.config;
    const way = JSON.stringify([host, apiKey, proxy, ca, transport]);
    const group = groups.get(way);
    if (group === undefined) groups.set(way, [portion]);
    else group.push(portion);
  }
  return groups;
}

function workOf(portions: readonly Portion[]): ExitWork {
  const configs = portions.map(({ pipeline }) => pipeline.config);
  const [{ host, apiKey, proxy, ca, transport } = {}] = configs;
  const events = portions
    .flatMap((portion) => portion.events)
    .toSorted((a, b) => a.lane - b.lane || a.at - b.at);
  const buffer = createState(events.length);
  const sent = {
    state: readState(buffer),
    places: new Map(events.map((event, place) => [event, place])),
  };
  for (const portion of portions) portion.sent = sent;
  return {
    host: host ?? '',
    apiKey: apiKey ?? '',
    proxy,
    ca,
    transport: typeof transport === 'string' ? transport : undefined,
    timeout: Math.max(...configs.map(({ timeout }) => timeout)),
    batchSize: Math.max(...configs.map(({ batchSize }) => batchSize)),
    patience: Math.max(...portions.map(({ until }) => until)) - systemClock.now(),
    events: events.map(({ bytes, lane, mayBeStored, refusals }) => ({
      bytes,
      lane,
      wasSent: mayBeStored,
      // This is the last time that an event is tried which was kept aside.
      refusals: Math.min(refusals, SUSPECT),
    })),
    known: together(portions.map(({ pipeline }) => pipeline.knowledge)),
    state: buffer,
  };
}

/**
 * Joins what several senders of a project know of its server. They share the knowledge of its rate
 * limit.
 */
function together(known: readonly Knowledge[]): Knowledge {
  return {
    rate: known.find(({ rate }) => rate !== undefined)?.rate,
    hasDelivered: known.some(({ hasDelivered }) => hasDelivered),
    slowSize: Math.min(...known.map(({ slowSize }) => slowSize)),
    searchSize: Math.min(...known.map(({ searchSize }) => searchSize)),
  };
}
