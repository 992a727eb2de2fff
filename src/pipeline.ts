import { systemClock } from './lib/clock.ts';
import type { FateOf } from './delivery/backlog.ts';
import { Batcher } from './delivery/batcher.ts';
import { LANE_ERROR, LANE_FIRST, LANE_REST, LANE_URGENT } from './delivery/queue.ts';
import type { Item, Lane, Receipt } from './delivery/queue.ts';
import { Receipts } from './delivery/receipts.ts';
import { createCustomSender } from './delivery/custom.ts';
import { createSender, type Sender } from './delivery/send.ts';
import { createSpool, type Spool } from './delivery/spool/spool.ts';
import { spoolFolder } from './delivery/spool/home.ts';
import { answerOf } from './event/make/hook-answer.ts';
import { CrumbCompleter } from './event/make/breadcrumb-completer.ts';
import { createEventBuilder, type EventBuilder } from './event/make/build.ts';
import { createExceptionReader } from './event/error/exception.ts';
import { createProjectFiles } from './event/stack/files.ts';
import { fit, shrink } from './event/wire/fit.ts';
import { createGrouper, type Grouper } from './event/make/group.ts';
import { destinyOf, type Destiny, type Level } from './event/level.ts';
import { createPathRules, defaultProjectRoot } from './event/stack/paths.ts';
import { rebuild } from './event/make/after-hook.ts';
import { refresh } from './event/wire/from-disk.ts';
import { readRelayed } from './event/wire/relayed.ts';
import { createScrubber, type Scrubber } from './event/scrub/scrubber.ts';
import { createSourceReader } from './event/stack/source-lines.ts';
import { createSourceMapper } from './event/stack/source-map.ts';
import { describe } from './event/error/one-line.ts';
import { here } from './here.cts';
import { requireHook } from './options/hooks.ts';
import { isLoopback } from './lib/proxy.ts';
import { createReporter, type Reporter } from './lib/report.ts';
import { Counters, type DropReason, type Stats } from './stats.ts';
import type { Breadcrumb, ErrsightEvent } from './event/event.ts';
import type { BreadcrumbInput, Context, LogRecord } from './event/record.ts';
import type { Config } from './options/options.ts';
import type { Relayed } from './relayed.ts';
import type { Transport } from './transport.ts';

/** Options with which there is something to do. */
export type ActiveConfig = Config & { readonly apiKey: string };

/** What a spool may take of a disk. */
const SPOOL_BYTES = 64 * 1024 * 1024;
/** ms that an event may lie there: ErrSight keeps events for 30 days by default. */
const SPOOL_AGE = 30 * 86_400_000;

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
  readonly scrub: Scrubber;
  readonly #build: EventBuilder;
  readonly #groupOf: Grouper = createGrouper();
  readonly #counters = new Counters();
  readonly #batcher: Batcher;
  readonly #reporter: Reporter;
  readonly #completer: CrumbCompleter;
  #capturing = false;
  #late: ((event: Item) => void) | undefined;

  constructor(config: ActiveConfig) {
    this.config = config;
    this.#reporter = createReporter(config);
    this.scrub = createScrubber(config);
    this.#completer = new CrumbCompleter({
      scrub: this.scrub,
      beforeBreadcrumb: config.beforeBreadcrumb,
      report: (message) => this.#reporter.warn(message),
    });
    const projectRoot = config.projectRoot ?? defaultProjectRoot(here);
    const paths = createPathRules({ ...config, projectRoot });
    const files = createProjectFiles(projectRoot);
    this.#build = createEventBuilder({
      environment: config.environment,
      release: config.release,
      maxBreadcrumbs: config.maxBreadcrumbs,
      scrub: this.scrub,
      readException: createExceptionReader({
        paths,
        files,
        scrub: this.scrub,
        ...(config.sourceContext && { source: createSourceReader(files) }),
        ...(config.sourceMaps && { sourceMap: createSourceMapper({ projectRoot, files }) }),
      }),
    });
    this.#batcher = new Batcher({
      ...config,
      sender: this.#openSender(config),
      clock: systemClock,
      counters: this.#counters,
      spool: this.#openSpool(config),
      refresh,
      shrink,
      report: (message) => this.#reporter.warn(message),
    });
    if (config.proxyFault !== undefined) {
      this.#reporter.warn(
        `${config.proxyFault}; events are held, since nothing is sent past a proxy ` +
          `(the option \`proxy\` names another one, or false for none)`,
      );
    }
    if (!config.allowInsecureTransport && isCleartext(config.host)) {
      this.#reporter.warn(
        `\`host\` is a cleartext http: address; events and the API key can be read on their way ` +
          `(\`allowInsecureTransport: true\` silences this)`,
      );
    }
  }

  /** What a log line of this level becomes. */
  destinyOf(level: Level): Destiny {
    return destinyOf(level, this.config);
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
    if (this.#capturing) return this.refuse();
    this.#capturing = true;
    try {
      const { sampleRate } = this.config;
      if (sampleRate < 1 && Math.random() >= sampleRate) return this.#drop('sampled');
      const event = this.#build(record, contexts, trail);
      if (this.#isIgnored(event)) return this.#drop('ignored');
      const approved = this.#approve(event);
      if (approved === undefined) return this.#drop('before_send');
      this.#enqueue(approved);
      return approved.ingestion_id;
    } catch (error) {
      this.#reporter.debug(`an event could not be made: ${describe(error)}`);
      return this.#drop('internal_error');
    } finally {
      this.#capturing = false;
    }
  }

  /** Whether it makes an event just now: what is logged meanwhile comes from a hook. */
  get isCapturing(): boolean {
    return this.#capturing;
  }

  /** Counts what a hook logs, and no more: the hook would call itself for ever. */
  refuse(): undefined {
    return this.#drop('before_send');
  }

  /** Counts one more sighting of an error that was reported. */
  repeat(): undefined {
    return this.#drop('duplicate');
  }

  /**
   * Takes events that were made elsewhere, by whomever. Resolves with what became of them, after
   * `timeout` ms at the latest. Never rejects.
   */
  async relay(given: unknown, timeout: number): Promise<Relayed> {
    const { environment } = this.config;
    const { events: relayed, invalid } = readRelayed(given, { environment, scrub: this.scrub });
    this.#counters.accepted += invalid;
    this.#counters.drop('invalid', invalid);
    const receipts = new Receipts(systemClock);
    if (invalid > 0) receipts.next()('lost');
    for (const event of relayed) {
      const receipt = receipts.next();
      try {
        this.#enqueue(event, receipt);
      } catch (error) {
        this.#reporter.debug(`an event could not be relayed: ${describe(error)}`);
        this.#drop('internal_error');
        receipt('lost');
      }
    }
    // Somebody waits: for no others to come.
    this.#batcher.hurry();
    return receipts.settled(timeout);
  }

  /** Completes a breadcrumb; undefined when `beforeBreadcrumb` does not want it. Never throws. */
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined {
    return this.#completer.breadcrumb(input);
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
      this.#reporter.warn(`${events(lost)} not arrived when the time to close was over`);
    this.#reporter.debug(`closed: ${JSON.stringify(this.stats())}`);
    return arrived;
  }

  /** Sends what waits in the background. */
  hurry(): void {
    this.#batcher.hurry();
  }

  /** Says what is lost by an end of the process that only a signal tells of. */
  giveUp(): void {
    const { queued, inFlight } = this.#batcher;
    // What lies on the disk is there for a later process.
    if (queued + inFlight > 0 && this.config.spool === false) this.#warnLost(queued + inFlight);
  }

  /**
   * Takes all that has not arrived out of the queue, the most important first, and closes. What is
   * captured from then on goes to `late`, which has to settle it before it returns.
   */
  takeRemaining(late?: (event: Item) => void): readonly Item[] {
    this.#late = late;
    return this.#batcher.takeRemaining();
  }

  /** Says what became of what `takeRemaining` took; of nothing it is not known, or not yet. */
  settleRemaining(taken: readonly Item[], fateOf: FateOf): void {
    const lost = this.#batcher.settleRemaining(taken, fateOf);
    if (lost > 0) this.#warnLost(lost);
  }

  #warnLost(lost: number): void {
    this.#reporter.warn(`${events(lost)} not arrived when the process ended`);
  }

  stats(): Stats {
    const { accepted, delivered, requests, dropped } = this.#counters;
    const { queued, inFlight, spooled } = this.#batcher;
    return { accepted, queued, inFlight, delivered, spooled, dropped: { ...dropped }, requests };
  }

  #openSender(config: ActiveConfig): Sender {
    const transport = requireHook('transport', config.transport) as Transport | undefined;
    return transport === undefined
      ? createSender(config)
      : createCustomSender(transport, config.timeout);
  }

  #openSpool(config: ActiveConfig): Spool | undefined {
    const { spool: chosen } = config;
    if (chosen === false) return undefined;
    return createSpool({
      folder: spoolFolder(chosen, config),
      maxBytes: SPOOL_BYTES,
      maxAge: SPOOL_AGE,
      clock: systemClock,
      report: (message) => this.#reporter.warn(message),
    });
  }

  /** Puts an event in the queue; throws only where it cannot be written as JSON. */
  #enqueue(event: ErrsightEvent, receipt?: Receipt): void {
    const { group, isFirst } = this.#groupOf(event);
    const carries = group.lost;
    const bytes = fit(carries === 0 ? event : withRepeats(event, carries));
    group.lost = 0;
    // Not earlier: hooks and getters may look at `stats`, which have to add up at any time.
    this.#counters.accepted += 1;
    const lane = laneOf(event.level, isFirst);
    if (this.#late !== undefined) {
      this.#late({ bytes: Buffer.from(bytes), lane, seq: 0, at: 0 });
    } else this.#batcher.add(bytes, { lane, repeats: group, carries, receipt });
  }

  #drop(reason: DropReason): undefined {
    this.#counters.accepted += 1;
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
    try {
      // A copy, since the hook may change anything of what it is given, and then throw: the event as
      // it was may still be sent, and what it shares with other events is theirs.
      const changed = answerOf(beforeSend(structuredClone(event)));
      return changed === null ? undefined : rebuild(changed, event, this.scrub);
    } catch (error) {
      const fate = beforeSendFailOpen ? 'sent unchanged' : 'dropped';
      this.#reporter.warn(`beforeSend failed, the event is ${fate}: ${describe(error)}`);
      return beforeSendFailOpen ? event : undefined;
    }
  }
}

/** First among the metadata, of which ErrSight keeps 50 keys. */
function withRepeats(event: ErrsightEvent, count: number): ErrsightEvent {
  return { ...event, metadata: { errsight_repeats_lost: count, ...event.metadata } };
}

function laneOf(level: Level, isFirst: boolean): Lane {
  if (level === 'fatal') return LANE_URGENT;
  if (isFirst) return LANE_FIRST;
  return level === 'error' ? LANE_ERROR : LANE_REST;
}

function isCleartext(host: string): boolean {
  const url = new URL(host);
  return url.protocol === 'http:' && !isLoopback(url);
}

function events(count: number): string {
  return count === 1 ? '1 event had' : `${count} events had`;
}
