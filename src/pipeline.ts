import { inspect } from 'node:util';
import { systemClock } from './clock.ts';
import { Batcher } from './delivery/batcher.ts';
import { LANE_ERROR, LANE_REST, LANE_URGENT, type Lane } from './delivery/queue.ts';
import { createSender } from './delivery/send.ts';
import { makeBreadcrumb } from './event/breadcrumbs.ts';
import { createEventBuilder, rebuild, type EventBuilder } from './event/build.ts';
import { createExceptionReader } from './event/exception.ts';
import { fit, shrink } from './event/fit.ts';
import { isObject } from './event/guarded.ts';
import { severity, type Level } from './event/level.ts';
import { createPathRules, defaultProjectRoot } from './event/paths.ts';
import { createScrubber, type Scrubber } from './event/scrub.ts';
import { createSourceReader } from './event/source.ts';
import { here } from './here.cts';
import { createReporter, type Reporter } from './report.ts';
import { Counters, type DropReason, type Stats } from './stats.ts';
import type { Remaining } from './delivery/batcher.ts';
import type { Breadcrumb, ErrsightEvent } from './event/event.ts';
import type { BreadcrumbInput, Context, LogRecord } from './event/record.ts';
import type { Config } from './options.ts';

/** Options with which there is something to do. */
export type ActiveConfig = Config & { readonly apiKey: string };

/**
 * The way of one record, the same in pino's worker and on the main thread:
 *
 *   record ─► event ─► beforeSend ─► fit ─► bytes  │  queue ─► batch ─► server
 *   └──────────── event/, synchronous ──────────┘  │  └── delivery/, bytes ─┘
 *
 * Everything before the queue happens within `capture`: what a caller changes afterwards changes
 * nothing, and a crash finds the event already made.
 */
export class Pipeline {
  readonly config: ActiveConfig;
  readonly #scrub: Scrubber;
  readonly #build: EventBuilder;
  readonly #counters = new Counters();
  readonly #batcher: Batcher;
  readonly #reporter: Reporter;
  #capturing = false;

  constructor(config: ActiveConfig) {
    this.config = config;
    this.#reporter = createReporter(config.debug);
    this.#scrub = createScrubber(config);
    const projectRoot = config.projectRoot ?? defaultProjectRoot(here);
    const paths = createPathRules({ ...config, projectRoot });
    this.#build = createEventBuilder({
      environment: config.environment,
      release: config.release,
      scrub: this.#scrub,
      readException: createExceptionReader({
        paths,
        ...(config.sourceContext && { source: createSourceReader({ projectRoot }) }),
      }),
    });
    this.#batcher = new Batcher({
      ...config,
      sender: createSender(config),
      clock: systemClock,
      counters: this.#counters,
      shrink,
      report: (message) => this.#reporter.warn(message),
    });
    if (!config.allowInsecureTransport && isCleartext(config.host)) {
      this.#reporter.warn(
        `\`host\` is a cleartext http: address; events and the API key can be read on their way ` +
          `(\`allowInsecureTransport: true\` silences this)`,
      );
    }
  }

  /** What a log line of this level becomes. */
  destinyOf(level: Level): 'event' | 'breadcrumb' | 'nothing' {
    const grave = severity(level);
    if (grave >= severity(this.config.minLevel)) return 'event';
    return grave >= severity(this.config.breadcrumbLevel) ? 'breadcrumb' : 'nothing';
  }

  /**
   * Makes the event of a record and puts it in the queue. Returns the event's id, or undefined when
   * it will not be sent; `stats` then says why. Never throws.
   */
  capture(
    record: LogRecord,
    contexts: readonly Context[] = [],
    trail: readonly Breadcrumb[] = [],
  ): string | undefined {
    this.#counters.accepted += 1;
    // A hook that logs an error would otherwise call itself for ever.
    if (this.#capturing) return this.#drop('before_send');
    this.#capturing = true;
    try {
      const { sampleRate, maxBreadcrumbs } = this.config;
      if (sampleRate < 1 && Math.random() >= sampleRate) return this.#drop('sampled');
      const recent = maxBreadcrumbs > 0 ? trail.slice(-maxBreadcrumbs) : [];
      const event = this.#build(record, contexts, recent);
      if (this.#isIgnored(event)) return this.#drop('ignored');
      const approved = this.#approve(event);
      if (approved === undefined) return this.#drop('before_send');
      this.#batcher.add(fit(approved), laneOf(approved.level));
      return approved.ingestion_id;
    } catch (error) {
      this.#reporter.debug(`an event could not be made: ${inspect(error)}`);
      return this.#drop('internal_error');
    } finally {
      this.#capturing = false;
    }
  }

  /** Completes a breadcrumb; undefined when `beforeBreadcrumb` does not want it. Never throws. */
  breadcrumb(input: BreadcrumbInput, now?: number): Breadcrumb | undefined {
    const crumb = makeBreadcrumb(input, this.#scrub, now);
    if (this.config.beforeBreadcrumb === undefined) return crumb;
    try {
      const changed = this.config.beforeBreadcrumb(crumb);
      return changed === null ? undefined : makeBreadcrumb(changed, this.#scrub, now);
    } catch (error) {
      this.#reporter.debug(`beforeBreadcrumb threw: ${inspect(error)}`);
      return undefined;
    }
  }

  /** Whether everything captured up to now arrived within `timeout` ms. Never rejects. */
  flush(timeout: number): Promise<boolean> {
    return this.#batcher.flush(timeout);
  }

  /** The same, for good: what has not arrived by then is dropped as `shutdown`. Never rejects. */
  async close(timeout: number): Promise<boolean> {
    const arrived = await this.#batcher.close(timeout);
    const lost = this.#counters.dropped.shutdown;
    if (lost > 0)
      this.#reporter.warn(`${lost} events had not arrived when the time to close was over`);
    this.#reporter.debug(`closed: ${JSON.stringify(this.stats())}`);
    return arrived;
  }

  /** Takes all that has not arrived out of the queue, as bodies of requests, and closes. */
  takeRemaining(): Remaining[] {
    return this.#batcher.takeRemaining();
  }

  /** Says what became of what `takeRemaining` took. */
  settleRemaining(delivered: number, lost: number): void {
    this.#counters.delivered += delivered;
    this.#counters.drop('shutdown', lost);
    if (lost > 0) this.#reporter.warn(`${lost} events had not arrived when the process ended`);
  }

  stats(): Stats {
    const { accepted, delivered, requests, dropped } = this.#counters;
    const { queued, inFlight } = this.#batcher;
    return { accepted, queued, inFlight, delivered, dropped: { ...dropped }, requests };
  }

  #drop(reason: DropReason): undefined {
    this.#counters.drop(reason);
    return undefined;
  }

  #isIgnored(event: ErrsightEvent): boolean {
    const { ignoreErrors } = this.config;
    if (ignoreErrors.length === 0) return false;
    const name = event.metadata.exception_class;
    const title = name === undefined ? event.message : `${name}: ${event.message}`;
    return ignoreErrors.some((pattern) =>
      typeof pattern === 'string' ? title.includes(pattern) : title.search(pattern) !== -1,
    );
  }

  /** What `beforeSend` leaves of an event. */
  #approve(event: ErrsightEvent): ErrsightEvent | undefined {
    const { beforeSend, beforeSendFailOpen } = this.config;
    if (beforeSend === undefined) return event;
    // The hook may change what it is given, and then throw: with `beforeSendFailOpen` the event as
    // it was is sent.
    const untouched = beforeSendFailOpen ? structuredClone(event) : event;
    try {
      const changed = beforeSend(event);
      return isObject(changed) ? rebuild(changed, untouched, this.#scrub) : undefined;
    } catch (error) {
      this.#reporter.warn(`beforeSend threw: ${inspect(error)}`);
      return beforeSendFailOpen ? untouched : undefined;
    }
  }
}

function laneOf(level: Level): Lane {
  if (level === 'fatal') return LANE_URGENT;
  return level === 'error' ? LANE_ERROR : LANE_REST;
}

function isCleartext(host: string): boolean {
  const { protocol, hostname } = new URL(host);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
