import type { MessagePort, Worker } from 'node:worker_threads';
import { ends } from '../../exit/ends.ts';
import { describe } from '../../event/error/one-line.ts';
import { systemClock } from '../../lib/clock.ts';
import { createLru } from '../../lib/lru.ts';
import { startOwnWorker } from '../../lib/own-worker.ts';
import { createReporter, type Reporter } from '../../lib/report.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { shared, type Use } from '../../lib/shared-use.ts';
import { nodeThreads } from '../../lib/node-threads.ts';
import {
  CONNECTED,
  ENDED,
  keyOf,
  NUMBERS,
  placeOf,
  STARTING,
  type LocalsMessage,
  type LocalsOrder,
  type LocalsWork,
} from './protocol.ts';
import { threadCode } from './thread.cts';
import type { PausedFrame } from '../../event/record.ts';

/** Pauses in a minute, and ms of all of them. */
const MAX_PAUSES = 30;
const MAX_MS = 1_000;
/** ms that the end of the process waits for the debugger to disconnect. It takes less than 5. */
const PATIENCE = 500;
/** The most errors that are kept. */
const MAX_KEPT = 20;

type Budget = Pick<LocalsWork, 'maxPauses' | 'maxMs'>;

type Kept = Omit<Extract<LocalsMessage, { readonly kind: 'paused' }>, 'kind'>;

/**
 * The most places of captured errors that are remembered, and the ms after which the variables of
 * one are asked for again.
 */
const MAX_PLACES = 500;
const AGAIN = 3_600_000;

/** The local variables of uncaught errors, read by a thread with a debugger. */
export class Locals {
  /**
   * Oldest first. What was thrown and not rejected is kept for this turn of the event loop only.
   */
  #kept: readonly Kept[] = [];
  /** The last answer, since each project asks for the same error. */
  #last:
    { readonly thrown: unknown; readonly frames: readonly PausedFrame[] | undefined } | undefined;
  #port: MessagePort | undefined;
  #state: Int32Array | undefined;
  #worker: Worker | undefined;
  /** From when on, in ms of the clock, the variables of each place may be asked for. */
  readonly #places = createLru<number>({ maxEntries: MAX_PLACES });
  readonly #budget: Budget;

  constructor(budget: Budget = { maxPauses: MAX_PAUSES, maxMs: MAX_MS }) {
    this.#budget = budget;
  }

  /** Starts the thread for the first user. Returns a function that ends it for the last one. */
  readonly use: Use = shared(() => {
    const why = whyNot();
    if (why !== undefined) {
      reporter().warn(`local variables are off: ${why}`);
      return () => undefined;
    }
    try {
      return this.#start();
    } catch (error) {
      reporter().warn(`local variables are off: ${describe(error)}`);
      return () => undefined;
    }
  });

  /** Whether the debugger pauses for errors. Its thread takes a moment to start. */
  get isReady(): boolean {
    return this.#state !== undefined && Atomics.load(this.#state, 1) === 1;
  }

  /** The variables of the frames in which an error was thrown just now, newest frame first. */
  of(thrown: unknown): readonly PausedFrame[] | undefined {
    if (this.#port === undefined) return undefined;
    if (this.#last !== undefined && Object.is(this.#last.thrown, thrown)) return this.#last.frames;
    this.#receive(this.#port);
    const key = keyOf(thrown);
    const frames = this.#kept.findLast((each) => each.key === key)?.frames;
    this.#kept = this.#kept.filter((each) => each.key !== key);
    const last = { thrown, frames };
    this.#last = last;
    // By then all projects have asked.
    process.nextTick(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return frames;
  }

  /**
   * The same for an error that was caught. If its place repeats, the variables are read at the next
   * error there.
   */
  ofRepeated(thrown: unknown): readonly PausedFrame[] | undefined {
    const frames = this.of(thrown);
    const place = placeOf(isObject(thrown) ? read(thrown, 'stack') : undefined);
    if (frames !== undefined || place === undefined || this.#worker === undefined) return frames;
    const now = systemClock.now();
    const next = this.#places.get(place);
    this.#places.set(place, next ?? now);
    if (next === undefined || now < next) return undefined;
    this.#places.set(place, now + AGAIN);
    const order: LocalsOrder = { kind: 'want', place };
    this.#worker.postMessage(order);
    return undefined;
  }

  #start(): () => void {
    const threads = nodeThreads();
    const { port1, port2 } = new threads.MessageChannel();
    const memory = new SharedArrayBuffer(NUMBERS * Int32Array.BYTES_PER_ELEMENT);
    const state = new Int32Array(memory);
    const work: LocalsWork = { state: memory, port: port2, ...this.#budget };
    const worker = startOwnWorker(threadCode(), work, [port2]);
    worker.on('error', (error) => reporter().warn(`local variables are off: ${describe(error)}`));
    // An error of which the message comes in a later turn was caught. A rejection can be reported later, since the
    // promise waits for a `finally`.
    port1.on('message', (message: LocalsMessage) => {
      this.#hear(message);
      this.#kept = this.#kept.filter(({ isLasting }) => isLasting);
    });
    port1.unref();
    this.#port = port1;
    this.#worker = worker;
    this.#state = state;
    const untilDisconnected = (ms: number): void => {
      if (ms > 0) Atomics.wait(state, 0, CONNECTED, ms);
    };
    const unwatch = ends().watch({
      patience: PATIENCE,
      accepted: () => 0,
      waiting: () => 0,
      hurry: () => undefined,
      hold: () => undefined,
      flush: () => Promise.resolve(),
      handOver: (ms) => {
        disconnect(worker, state);
        // A debugger that is still connected would keep Node from ending.
        return () => untilDisconnected(ms);
      },
      // A signal ends the process. Node prints a line if a debugger is still connected then.
      giveUp: () => {
        disconnect(worker, state);
        untilDisconnected(PATIENCE);
      },
    });
    return () => {
      unwatch();
      disconnect(worker, state);
      this.#port = undefined;
      this.#worker = undefined;
      this.#state = undefined;
      this.#kept = [];
      port1.close();
    };
  }

  #receive(port: MessagePort): void {
    const { receiveMessageOnPort } = nodeThreads();
    for (;;) {
      const received: { readonly message: LocalsMessage } | undefined = receiveMessageOnPort(port);
      if (received === undefined) return;
      this.#hear(received.message);
    }
  }

  #hear(message: LocalsMessage): void {
    if (message.kind === 'failed') reporter().warn(`local variables are off: ${message.why}`);
    else if (message.kind === 'spent') {
      reporter().warn(
        'local variables are off for the rest of the minute: too many errors would be paused for',
      );
      // Older ones could be taken for an error of the same stack that there was no pause for.
      this.#kept = this.#kept.slice(-1);
    } else {
      this.#kept = [...this.#kept.slice(1 - MAX_KEPT), message];
    }
  }
}

function disconnect(worker: Worker, state: Int32Array): void {
  const before = Atomics.compareExchange(state, 0, STARTING, ENDED);
  const order: LocalsOrder = { kind: 'end' };
  if (before === CONNECTED) worker.postMessage(order);
  else void worker.terminate();
}

function reporter(): Reporter {
  return createReporter({ debug: false, apiKey: undefined });
}

/** Why our debugger can't be used; undefined if it can. */
function whyNot(): string | undefined {
  const { bun, deno } = process.versions;
  if (bun !== undefined || deno !== undefined) return 'only Node has what it needs';
  if (!nodeThreads().isMainThread) {
    return 'it works on the main thread only';
  }
  const inspector = attempt(() => process.getBuiltinModule('node:inspector'));
  if (inspector === undefined) return 'this Node has no inspector';
  return inspector.url() === undefined ? undefined : 'another debugger is attached';
}
