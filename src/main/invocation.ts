import { canReport, handlerReporters } from './lambda-client.ts';
import { isAlone } from './reporters.ts';
import type { DropReason, Stats } from '../stats.ts';
import type { Scope } from './scope.ts';
import type { ProcessState } from './state.ts';

const MECHANISM = 'lambda';

/** Events that were dropped for these reasons were never sent, so there is nothing to wait for. */
const NEVER_SENT: readonly DropReason[] = [
  'before_send',
  'sampled',
  'ignored',
  'duplicate',
  'invalid',
  'internal_error',
];

/** Invocations that have begun and not ended, in this copy of the package. */
const running = new Set<Invocation>();

/**
 * A piece of work that waits at its end for its own events and for no others. Its own events are
 * those that were captured or logged in its async context. If no other invocation ran at the same
 * time, they are all events taken meanwhile, since an HTTP server in the process has contexts of
 * its own.
 */
export class Invocation {
  readonly #state: ProcessState;
  readonly #takers = new Set<object>();
  readonly #before: ReadonlyMap<object, number>;
  /** Whether no other has run at the same time. */
  #isSingle: boolean;

  constructor(state: ProcessState) {
    this.#state = state;
    this.#before = countsOf(state);
    this.#isSingle = running.size === 0;
    for (const other of running) other.#isSingle = false;
    running.add(this);
  }

  /** Whether there is no client to report to and nothing to wait for. */
  get isAlone(): boolean {
    return isAlone(this.#state) && !canReport(this.#state);
  }

  /** To be called with the client or the workers that took an event of this invocation. */
  note(taker: object): void {
    this.#takers.add(taker);
  }

  /**
   * Reports the error that it failed with, once to each project that has a logger or a client here.
   */
  report(error: unknown, scope: Scope): void {
    for (const client of handlerReporters(this.#state)) {
      client.capture(
        {
          time: Date.now(),
          level: 'error',
          message: '',
          thrown: { value: error },
          mechanism: MECHANISM,
          handled: false,
          fields: {},
        },
        { metadata: { mechanism: MECHANISM } },
        // The callback may be called from another async context.
        scope,
      );
    }
  }

  /**
   * Warns that the time limit is near, and begins to send what there is: Lambda may kill the
   * process before the end.
   */
  runsOut(message: string, scope: Scope, timeout: number): void {
    for (const client of handlerReporters(this.#state)) {
      client.capture(
        { time: Date.now(), level: 'warning', message, fields: {} },
        { level: 'warning', metadata: { mechanism: 'lambda' } },
        scope,
      );
    }
    void this.#flush(timeout);
  }

  /** Says that it has ended, without a wait for its events. */
  over(): void {
    running.delete(this);
  }

  /** Waits for its events, for `timeout` ms at most. Never rejects. */
  async end(timeout: number): Promise<void> {
    this.over();
    if (!this.isAlone) await this.#flush(timeout);
  }

  async #flush(timeout: number): Promise<void> {
    const { clients, workers, standby } = this.#state;
    if (this.#isSingle) {
      for (const [taker, count] of countsOf(this.#state)) {
        if (count !== (this.#before.get(taker) ?? 0)) this.#takers.add(taker);
      }
    }
    const waits: Promise<unknown>[] = [...clients]
      .filter((client) => this.#takers.has(client))
      .map((client) => client.pipeline.flush(timeout));
    if (this.#takers.has(workers)) waits.push(workers.flush(timeout));
    // If pino has only the bare target, only its worker sees the lines.
    else if (standby === undefined) waits.push(workers.flush(timeout, { news: true }));
    await Promise.all(waits);
  }
}

/** For each client, and the workers: how many events it has taken that are to be sent. */
function countsOf({ clients, workers }: ProcessState): ReadonlyMap<object, number> {
  const counts = new Map<object, number>([[workers, workers.written]]);
  for (const client of clients) counts.set(client, sent(client.pipeline.stats()));
  return counts;
}

function sent({ accepted, dropped }: Stats): number {
  return NEVER_SENT.reduce((left, reason) => left - dropped[reason], accepted);
}
