import { setImmediate } from 'node:timers';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { ends } from '../exit/ends.ts';
import { msOf } from '../lib/ms.ts';
import { shared, type Use } from '../lib/shared-use.ts';
import { isOwnWorker } from '../lib/own-worker.ts';
import { ANSWER, flushAsleep } from './last-flush.ts';
import { loadSignals } from '../late.cts';
import {
  noteFailedEnd,
  startedThreads,
  takeFailedEnds,
  takeLost,
  takenPlaces,
  watchPresence,
  workerOf,
} from '../presence.ts';
import type { NoteWriter } from '../notes/writer.ts';
import { shareSent } from '../sent-elsewhere.ts';
import { findOthers, type Others } from '../threads.ts';
import { outputOf } from './pino/instance.ts';
import { endPino, pinoStarts, pinoWasThere } from './pino/traces.ts';
import { createReporter } from '../lib/report.ts';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { nodeThreads } from '../lib/node-threads.ts';

/** The most ms that a flush takes if no timeout was given: the default of `shutdownTimeout`. */
const PATIENCE = 5_000;
/** ms between two looks at workers that start. */
const LOOK = 10;

/** The pipelines of pino's workers, and of its streams on this thread, as this thread sees them. */
export class Workers {
  #others: Others | undefined;
  /** Whether pino had transports before this thread could see what their workers do. */
  #hasOlder = false;
  #isWatching = false;
  #written = 0;
  readonly #use: Use = shared(() => this.#start());
  /** The longest time in ms that anybody wants to wait. */
  #patience = 0;
  /** Loggers that have written an event, perhaps to a worker that has not started yet. */
  readonly #loggers = new Set<WeakRef<object>>();
  readonly #known = new WeakSet();
  /**
   * pino's streams after a flush that failed. pino terminates the worker of a stream that is
   * collected, and what waits there would not be tried again at the end.
   */
  readonly #kept = new Set<object>();
  /** Whether the application has started threads of its own from here, which may report. */
  #hasThreads = false;
  #endSignals: (() => void) | undefined;
  readonly #notes: NoteWriter;

  constructor(notes: NoteWriter) {
    this.#notes = notes;
  }

  /**
   * From now on this thread knows the pipelines in workers, whoever starts them. Existing pipelines
   * are asked to answer. If pino has no workers, nothing is opened and no flush waits.
   */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    watchPresence((worker) => {
      // thread-stream says only after the start that it is its own.
      queueMicrotask(() => {
        if (isOwnWorker(worker)) return;
        // The application's threads get no listener: Node's stacks would have another frame.
        if (streamOf(worker) !== undefined) {
          worker.once('exit', () => this.#tellLost());
          return;
        }
        this.#watchEnd();
        if (!nodeThreads().isMainThread) return;
        this.#hasThreads = true;
        this.#onOthers(this.#find(true)?.count ?? 0);
      });
    });
    shareSent();
    this.#hasOlder = pinoStarts() || pinoWasThere();
    if (!this.#hasOlder) return;
    void this.#find(true)?.meet(0);
  }

  /**
   * Looks for pipelines in workers, and lets a signal wait for them for `patience` ms. Returns a
   * function that ends it.
   */
  use(patience: number): () => void {
    this.#patience = Math.max(this.#patience, patience);
    return this.#use();
  }

  /** Whether any are known, or are starting. */
  get isExpected(): boolean {
    const starting = pinoStarts();
    return starting || (this.#find(starting)?.count ?? 0) > 0;
  }

  /** How many events were written to them, as far as `withErrsight` sees it. */
  get written(): number {
    return this.#written;
  }

  /**
   * To be called for a logger that writes an event: a flush has to wait until its lines have left
   * it.
   */
  expect(root: object): void {
    this.#written += 1;
    if (this.#known.has(root)) return;
    this.#known.add(root);
    this.#loggers.add(new WeakRef(root));
  }

  /**
   * Whether what the workers have taken up to now arrives within `timeout` ms. With `news`, only
   * workers that have taken something since their last flush are waited for. Never rejects.
   */
  async flush(
    timeout?: number,
    { news = false }: { readonly news?: boolean } = {},
  ): Promise<boolean> {
    const arrived = await this.#flush(msOf(timeout, this.#patience || PATIENCE), news);
    // Of the application's threads, which have no listener of ours.
    this.#tellLost();
    const hasFailed = takeFailedEnds();
    this.#kept.clear();
    if (arrived && !hasFailed) return true;
    for (const each of this.#streams(startedThreads())) this.#kept.add(each);
    return false;
  }

  async #flush(timeout: number, news: boolean): Promise<boolean> {
    const starting = pinoStarts();
    const others = this.#find(starting);
    if (others === undefined) return true;
    const until = systemClock.now() + timeout;
    const left = (): number => Math.max(0, until - systemClock.now());
    if (starting && !(await started(until))) return false;
    // pino's own flush also waits for the delivery of older events.
    if (!news && !(await this.#drained(left()))) return false;
    // Until it has answered, a busy worker is not known, and nobody can say that everything has
    // arrived.
    if (this.#hasOlder && !(await others.meet(left()))) return false;
    return others.flush(left(), { news });
  }

  /** Prints how many events were lost because their thread has ended. The next flush fails for it. */
  #tellLost(): void {
    const lost = takeLost();
    if (lost === 0) return;
    noteFailedEnd();
    createReporter({ debug: false, apiKey: undefined }).last(
      `${eventsOf(lost)} had not arrived when the thread they were captured in was terminated`,
    );
  }

  /** Undefined if there can be no workers. */
  #find(isExpected: boolean): Others | undefined {
    if (isExpected || takenPlaces().size > 0) {
      this.#others ??= findOthers(systemClock, (count) => this.#onOthers(count));
    }
    return this.#others;
  }

  /**
   * Has a signal wait for what threads of the application hold, also if this one has no client. It
   * does so only while some thread reports: an import alone adds no listener.
   */
  #onOthers(count: number): void {
    if (count > 0 && this.#hasThreads) this.#endSignals ??= loadSignals().watchSignals();
    if (count > 0) return;
    this.#endSignals?.();
    this.#endSignals = undefined;
  }

  #start(): () => void {
    this.watch();
    this.#find(true);
    const unwatch = this.#watchEnd();
    return () => {
      unwatch();
      // Workers that exist are still flushed by `flush()`.
      this.#patience = 0;
    };
  }

  /**
   * Makes the end of the process wait for the application's threads. pino itself waits for its
   * workers at any end but a signal, so for those nothing changes.
   */
  readonly #watchEnd: Use = shared(() => {
    const patience = (): number => this.#patience || PATIENCE;
    this.#notes.watch(true);
    const stop = ends().watch({
      get patience() {
        return patience();
      },
      accepted: () => 0,
      // A worker that is starting has not read the first lines, and can't be asked yet.
      waiting: () =>
        (this.#find(false)?.count ?? 0) + this.#alive().length + (pinoStarts() ? 1 : 0),
      hurry: () => undefined,
      hold: () => undefined,
      flush: (ms) => this.flush(ms),
      isLast: true,
      handOver: (ms, by) => {
        // So that their workers can send while this thread waits for others. pino does it a moment later.
        for (const each of this.#streams(startedThreads())) {
          attempt(() => (each as { flushSync: () => void }).flushSync());
        }
        const until = systemClock.now() + ms;
        return () => {
          // pino listens for `exit` only.
          if (by === 'death') endPino();
          this.#tellUnsent(until - systemClock.now(), { withPino: false });
          this.#tellLost();
        };
      },
      // pino ends no worker before a signal kills the process, so none of them tells its own loss.
      giveUp: () => this.#tellUnsent(ANSWER, { withPino: true }),
    });
    return () => {
      this.#notes.watch(false);
      stop();
    };
  });

  /**
   * Tells the application's threads to send what waits in them, and prints how many events still
   * wait after `ms`. `withPino` says whether pino's workers are meant too.
   */
  #tellUnsent(ms: number, { withPino }: { readonly withPino: boolean }): void {
    if (!nodeThreads().isMainThread) return;
    const { unsent, why } = flushAsleep((thread) => {
      const worker = workerOf(thread);
      if (worker === 'ended') return false;
      return withPino || worker === undefined || streamOf(worker) === undefined;
    }, ms);
    if (unsent === 0) return;
    const because = why === undefined ? '' : `: ${why}`;
    createReporter({ debug: false, apiKey: undefined }).last(
      `${eventsOf(unsent)} of other threads had not arrived at the end of the process${because}`,
    );
  }

  /** Whether the workers have read the lines of all loggers. They have to start for that. */
  async #drained(timeout: number): Promise<boolean> {
    const streams = new Set([
      ...this.#alive().map(outputOf),
      ...this.#streams(this.#others?.threads() ?? []),
    ]);
    if (streams.size === 0) return true;
    const drained = await new Promise<boolean>((resolve) => {
      const timer = systemClock.setTimer(
        () => {
          // pino keeps the process alive until it has an answer, which may wait for ErrSight.
          for (const each of streams) attempt(() => (each as { worker: Worker }).worker.unref());
          resolve(false);
        },
        timeout,
        { ref: true },
      );
      void Promise.all([...streams].map(drain)).then(() => {
        systemClock.clearTimer(timer);
        resolve(true);
      });
    });
    // A worker's first message has come to this thread, but its listener has not run yet.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    return drained;
  }

  /** The streams to these threads, if they are pino's and can be seen. */
  #streams(threads: Iterable<number>): object[] {
    return [...threads].flatMap((thread) => {
      const worker = workerOf(thread);
      const held = isObject(worker) ? streamOf(worker) : undefined;
      const deref = isObject(held) ? read(held, 'deref') : undefined;
      const stream =
        typeof deref === 'function'
          ? attempt<unknown>(() => Reflect.apply(deref, held, []))
          : undefined;
      return isObject(stream) && read(stream, 'destroyed') !== true ? [stream] : [];
    });
  }

  #alive(): object[] {
    const alive: object[] = [];
    for (const each of this.#loggers) {
      const logger = each.deref();
      if (logger === undefined) this.#loggers.delete(each);
      else alive.push(logger);
    }
    return alive;
  }
}

/** The stream of a worker. pino sets this property for its own use in the worker's events. */
function streamOf(worker: Worker): unknown {
  return read(worker, 'stream');
}

function eventsOf(count: number): string {
  return count === 1 ? '1 event' : `${count} events`;
}

/** Whether the starting workers have started in time. From then on they can be seen. */
async function started(until: number): Promise<boolean> {
  while (pinoStarts()) {
    const left = until - systemClock.now();
    if (left <= 0) return false;
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, Math.min(LOOK, left), { ref: true });
    });
  }
  // A worker's first message has come to this thread, but its listener has not run yet.
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  return true;
}

/** Whether it has a `flush` that calls back. */
function asks(flushed: unknown, done: () => void): boolean {
  const flush = isObject(flushed) ? read(flushed, 'flush') : undefined;
  if (typeof flush !== 'function' || flush.length === 0) return false;
  Reflect.apply(flush, flushed, [() => done()]);
  return true;
}

/**
 * Waits for pino's flush, which calls back when a worker has read all lines, or when a stream of
 * another kind is done.
 */
function drain(stream: unknown): Promise<void> {
  return new Promise((resolve) => {
    // A stream that has ended may throw.
    if (attempt(() => asks(stream, resolve)) !== true) resolve();
  });
}
