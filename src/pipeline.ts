import { URL } from 'node:url';
import { systemClock } from './lib/clock.ts';
import { Batcher, type FateOf } from './delivery/batcher.ts';
import type { Item, Receipt } from './delivery/item.ts';
import { laneOf } from './delivery/lanes.ts';
import { Ledger } from './delivery/ledger.ts';
import type { Knowledge } from './delivery/policy.ts';
import { Receipts } from './delivery/receipts.ts';
import { createCustomSender } from './delivery/custom.ts';
import { createSender, type Sender } from './delivery/send.ts';
import { rateOf } from './delivery/shared-rate.ts';
import { createSpool, type Spool } from './delivery/spool/spool.ts';
import { spoolHome } from './delivery/spool/home.ts';
import { CrumbCompleter } from './event/make/breadcrumb-completer.ts';
import { complete } from './event/make/complete.ts';
import { createEventBuilder, type EventBuilder } from './event/make/build.ts';
import { createExceptionReader } from './event/error/exception.ts';
import { createProjectFiles } from './event/stack/files.ts';
import { fit, shrink } from './event/wire/fit.ts';
import { createGrouper, type Grouper } from './event/make/group.ts';
import { destinyOf, type Destiny, type Level } from './event/level.ts';
import { withListedUser } from './event/make/log-list.ts';
import { createPathRules } from './event/stack/paths.ts';
import { findProject, surroundings } from './event/stack/project-root.ts';
import { Issues } from './event/make/issues.ts';
import { Approval } from './event/make/approval.ts';
import { refresh } from './event/wire/from-disk.ts';
import { readRelayed } from './event/wire/relayed.ts';
import { createScrubber, type Scrubber } from './event/scrub/scrubber.ts';
import { createSourceReader } from './event/stack/source-lines.ts';
import { createSourceTexts } from './event/stack/source-text.ts';
import { createSourceMapper } from './event/stack/source-map.ts';
import { createVariablesReader } from './event/make/variables.ts';
import { describe } from './event/error/one-line.ts';
import { ownFiles } from './lib/own-files.ts';
import { requireHook } from './options/hooks.ts';
import { RELEASE, type Config } from './options/options.ts';
import { releaseOf } from './options/release.ts';
import type { Named } from './options/platforms.ts';
import { isLoopback } from './lib/proxy.ts';
import { createLru } from './lib/lru.ts';
import { createReporter, type Reporter } from './lib/report.ts';
import { openTally, type Tally } from './presence.ts';
import { recorder } from './recorder.ts';
import type { DropReason, Stats } from './stats.ts';
import type { FrameOptions } from './event/stack/frames.ts';
import type { Breadcrumb, ErrsightEvent } from './event/event.ts';
import type { BreadcrumbInput, Context, EventHint, LogRecord } from './event/record.ts';
import type { Relayed } from './relayed.ts';
import type { Transport } from './transport.ts';

/** Options with which there is something to do. */
export type ActiveConfig = Config & { readonly apiKey: string };

/** What is around a pipeline. */
export interface PipelineSurroundings {
  /** What brings the events here, in words. Default: `errsight`. */
  readonly door?: string | undefined;
  /** Is called before the pipeline looks at what there is to send: some may still wait elsewhere. */
  readonly bring?: () => void;
  /** The same, and also before each request to the server. Must not throw. */
  readonly catchUp?: () => void;
}

/** How an event was put into the queue. */
interface Queued {
  /** See `Batcher.add`. */
  readonly seq: number;
  /** The key of its group. */
  readonly group: string;
  readonly isFirst: boolean;
  readonly carries: number;
}

/** An event as it was before `beforeSend`. */
interface Recent {
  readonly event: ErrsightEvent;
  readonly queued: Queued;
}

/** An event of a text, which may turn out to be about an error that comes behind it. */
export interface Spoken {
  readonly id: string;
  /** Whether the event is now that of the error, with the text as `log_message`: as long as it waits. */
  become(record: LogRecord, contexts: readonly Context[], trail: readonly Breadcrumb[]): boolean;
}

/** Events that are kept to be completed. */
const RECENT = 20;

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
  readonly #approval: Approval;
  readonly #groups: Grouper = createGrouper();
  readonly #issues: Issues = new Issues(this.#groups);
  readonly #ledger: Ledger;
  readonly #batcher: Batcher;
  readonly #reporter: Reporter;
  readonly #completer: CrumbCompleter;
  /** By their ids, the last events of errors, of which more may be said. */
  readonly #recent = createLru<Recent>({ maxEntries: RECENT });
  readonly #bring: () => void;
  #bringing = false;
  #capturing = false;
  /** What a spool keeps is not lost with its thread. */
  readonly #tally: Tally;
  #lostAtEnd = 0;
  #toldAtEnd = 0;
  #late: ((event: Item) => void) | undefined;

  constructor(
    config: ActiveConfig,
    { door = 'errsight', bring, catchUp }: PipelineSurroundings = {},
  ) {
    this.config = config;
    this.#bring = bring ?? catchUp ?? (() => undefined);
    this.#reporter = createReporter(config);
    this.#tally = config.spool === false ? openTally() : () => undefined;
    this.#ledger = new Ledger({
      clock: systemClock,
      report: (message) => this.#reporter.warn(message),
      onSettled: (items, fate) => {
        this.#tally(-items.length);
        if (fate === 'delivered') this.#reporter.debug(`delivered: ${items.length}`);
      },
    });
    this.scrub = createScrubber(config);
    this.#approval = new Approval(config, this.scrub, this.#reporter);
    this.#completer = new CrumbCompleter({
      scrub: this.scrub,
      beforeBreadcrumb: config.beforeBreadcrumb,
      report: (message) => this.#reporter.warn(message),
    });
    const project = findProject(surroundings(ownFiles().file));
    const projectRoot = config.projectRoot ?? project.root;
    const release = releaseIn(config, project.package);
    this.#reporter.debug(describeStart(config, door, release));
    const paths = createPathRules({ ...config, projectRoot, packageRoot: project.package });
    const files = createProjectFiles(projectRoot);
    const texts = createSourceTexts(files);
    const stacks: FrameOptions & { readonly scrub: Scrubber } = {
      paths,
      files,
      scrub: this.scrub,
      texts,
      ownFolders: ownFiles().folders,
      ...(config.sourceContext && { source: createSourceReader(texts) }),
      ...(config.sourceMaps && { sourceMap: createSourceMapper({ projectRoot, files }) }),
    };
    this.#build = createEventBuilder({
      environment: config.environment,
      release: release?.value,
      maxBreadcrumbs: config.maxBreadcrumbs,
      defaultTags: config.defaultTags,
      scrub: this.scrub,
      readException: createExceptionReader(stacks),
      readVariables: createVariablesReader(stacks),
    });
    this.#batcher = new Batcher({
      ...config,
      sender: this.#openSender(config),
      clock: systemClock,
      ledger: this.#ledger,
      spool: this.#openSpool(config, projectRoot),
      // A function of the user's may lead anywhere.
      ...(config.transport === undefined && { rate: rateOf(config.host, config.apiKey) }),
      refresh,
      catchUp,
      shrink,
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
    scope?: EventHint['scope'],
  ): string | undefined {
    const made = this.#capture(record, contexts, trail, scope);
    if (made === undefined) return undefined;
    const { id, recent } = made;
    if (record.thrown !== undefined) this.#recent.set(id, recent);
    return id;
  }

  /** The same for a text of which it is not known yet whether it is about an error. */
  speak(
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
    scope?: EventHint['scope'],
  ): Spoken | undefined {
    const made = this.#capture(record, contexts, trail, scope);
    if (made === undefined) return undefined;
    const { id, recent } = made;
    this.#batcher.hold();
    return {
      id,
      become: (about, ...given) => {
        const hint = { error: about.thrown?.value, record: about, scope };
        return this.#change(id, recent, hint, () => {
          const event = complete(this.#build(about, ...given), recent.event);
          return { ...event, ingestion_id: recent.event.ingestion_id };
        });
      },
    };
  }

  #capture(
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
    scope: EventHint['scope'],
  ): { readonly id: string; readonly recent: Recent } | undefined {
    if (this.#capturing) return this.refuse();
    this.#capturing = true;
    try {
      // What is not chosen need not be made.
      if (this.#approval.isLeftOut()) return this.#drop('sampled');
      const event = this.#build(record, contexts, trail);
      const approved = this.#approval.of(event, { error: record.thrown?.value, record, scope });
      if (typeof approved === 'string') return this.#drop(approved);
      const queued = this.#enqueue(approved);
      if (this.#canCount) this.#issues.learn(record, event, queued.group);
      return { id: approved.ingestion_id, recent: { event, queued } };
    } catch (error) {
      this.#reporter.debug(`an event could not be made: ${describe(error, this.scrub)}`);
      return this.#drop('internal_error');
    } finally {
      this.#capturing = false;
    }
  }

  /**
   * Completes the event of an error with what a further sighting of it says, as long as it waits; then
   * `beforeSend` sees it once more. Returns whether the event says it now. Never throws.
   */
  amend(
    id: string,
    record: LogRecord,
    contexts: readonly Context[],
    scope?: EventHint['scope'],
  ): boolean {
    const recent = this.#recent.get(id);
    if (recent === undefined) return false;
    const hint = { error: record.thrown?.value, record, scope };
    return this.#change(id, recent, hint, () =>
      complete(recent.event, this.#build(record, contexts, [])),
    );
  }

  /** Puts another event in the place of one that waits. */
  #change(id: string, { queued }: Recent, hint: EventHint, make: () => ErrsightEvent): boolean {
    const isOpen = !this.#capturing && this.#late === undefined;
    if (!isOpen || !this.#batcher.canReplace(queued.seq)) return false;
    this.#capturing = true;
    try {
      const event = make();
      const approved = this.#approval.approve(event, hint);
      // A hook may have flushed, or captured.
      if (approved === undefined || !this.#batcher.canReplace(queued.seq)) return false;
      const { isFirst, carries } = queued;
      const bytes = fit(withListedUser(withRepeats(approved, carries), this.scrub));
      tellRecorder(bytes);
      this.#batcher.replace(queued.seq, bytes, laneOf(approved.level, isFirst));
      this.#recent.set(id, { event, queued });
      return true;
    } catch (error) {
      this.#reporter.debug(`an event could not be completed: ${describe(error, this.scrub)}`);
      return false;
    } finally {
      this.#capturing = false;
    }
  }

  /**
   * Counts an error, and makes no event of it, where that would only push out an older one of the same issue:
   * of 100,000 repeats 10,000 wait, and the next event of the issue tells how many others there were. Returns
   * whether it did. `level` is that of the event.
   */
  count(record: LogRecord, contexts: readonly Context[], level: Level): boolean {
    if (!this.#canCount || this.#capturing || !this.#batcher.isFull) return false;
    const repeats = this.#issues.groupOf(record, contexts);
    if (repeats === undefined) return false;
    const kind = { lane: laneOf(level, false), repeats };
    if (!this.#batcher.wouldReplaceOwn(kind)) return false;
    this.#tally(1);
    this.#batcher.giveWay(kind);
    return true;
  }

  /** Whether nobody has to see an event before it is known whether it is sent. */
  get #canCount(): boolean {
    const { beforeSend, sampleRate, ignoreErrors, spool } = this.config;
    const isOpen = beforeSend === undefined && sampleRate === 1 && ignoreErrors.length === 0;
    return isOpen && spool === false && this.#late === undefined && recorder() === undefined;
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
    this.#ledger.refuse('invalid', invalid);
    const receipts = new Receipts(systemClock);
    if (invalid > 0) receipts.next()('lost');
    for (const event of relayed) {
      const receipt = receipts.next();
      try {
        this.#enqueue(event, receipt);
      } catch (error) {
        this.#reporter.debug(`an event could not be relayed: ${describe(error, this.scrub)}`);
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

  /** Takes what was logged, and waits elsewhere yet. Never throws. */
  gather(): void {
    if (this.#bringing || this.#capturing) return;
    this.#bringing = true;
    try {
      this.#bring();
    } catch (error) {
      this.#reporter.debug(
        `what waits in a logger could not be taken: ${describe(error, this.scrub)}`,
      );
    } finally {
      this.#bringing = false;
    }
  }

  /** Whether everything captured up to now arrived within `timeout` ms. Never rejects. */
  flush(timeout: number): Promise<boolean> {
    this.gather();
    return this.#batcher.flush(timeout);
  }

  /** The same, for good: what has not arrived by then is dropped as `shutdown`. Never rejects. */
  async close(timeout: number): Promise<boolean> {
    this.gather();
    const arrived = await this.#batcher.close(timeout);
    const lost = this.#ledger.dropped.shutdown;
    if (lost > 0)
      this.#reporter.last(`${events(lost)} not arrived when the time to close was over`);
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
    this.gather();
    const isRecording = recorder() !== undefined;
    this.#late = late;
    if (isRecording) this.#late = (event) => this.settleRemaining([event], () => 'delivered');
    const remaining = this.#batcher.takeRemaining();
    if (!isRecording) return remaining;
    this.settleRemaining(remaining, () => 'delivered');
    return [];
  }

  /** Says what became of what `takeRemaining` took; of nothing it is not known, or not yet. */
  settleRemaining(taken: readonly Item[], fateOf: FateOf): void {
    const lost = this.#batcher.settleRemaining(taken, fateOf);
    if (lost > 0) this.#warnLost(lost);
  }

  #warnLost(lost: number): void {
    this.#lostAtEnd += lost;
    // Those of `exit` listeners come one by one, and this is no line for each.
    if (this.#lostAtEnd < 2 * this.#toldAtEnd) return;
    // Further ones may be captured, and be lost, before the next line.
    const soFar = this.#toldAtEnd === 0 ? '' : ', so far';
    this.#toldAtEnd = this.#lostAtEnd;
    this.#reporter.last(`${events(this.#lostAtEnd)} not arrived when the process ended${soFar}`);
  }

  /** What is known of the server, for another sender of this process. */
  get knowledge(): Knowledge {
    return this.#batcher.knowledge;
  }

  stats(): Stats {
    const { accepted, delivered, requests, dropped } = this.#ledger;
    const { queued, inFlight, spooled } = this.#batcher;
    return { accepted, queued, inFlight, delivered, spooled, dropped: { ...dropped }, requests };
  }

  #openSender(config: ActiveConfig): Sender {
    const transport = requireHook('transport', config.transport) as Transport | undefined;
    const sender =
      transport === undefined
        ? createSender(config)
        : createCustomSender(transport, config.timeout);
    return {
      send: (...given) =>
        recorder() === undefined ? sender.send(...given) : Promise.resolve({ kind: 'accepted' }),
      close: () => sender.close(),
    };
  }

  #openSpool(config: ActiveConfig, application: string): Spool | undefined {
    const { spool: chosen } = config;
    if (chosen === false || recorder() !== undefined) return undefined;
    const { folder, why, siblings } = spoolHome(chosen, { host: config.host, application });
    this.#reporter.debug(`the spool lies in ${folder}: ${why}`);
    return createSpool({
      folder,
      siblings,
      maxBytes: SPOOL_BYTES,
      maxAge: SPOOL_AGE,
      clock: systemClock,
      report: (message) => this.#reporter.warn(message),
    });
  }

  /** Puts an event in the queue; throws only where it cannot be written as JSON. */
  #enqueue(event: ErrsightEvent, receipt?: Receipt): Queued {
    const { group, key, isFirst } = this.#groups.of(event);
    const carries = group.lost;
    const bytes = fit(withListedUser(withRepeats(event, carries), this.scrub));
    tellRecorder(bytes);
    group.lost = 0;
    const kind = { lane: laneOf(event.level, isFirst), repeats: group, carries, receipt };
    this.#tally(1);
    if (this.#late === undefined) {
      return { seq: this.#batcher.add(bytes, kind), group: key, isFirst, carries };
    }
    const item = this.#batcher.addRemaining(Buffer.from(bytes), kind);
    this.#late(item);
    return { seq: item.seq, group: key, isFirst, carries };
  }

  #drop(reason: DropReason): undefined {
    this.#ledger.refuse(reason);
    return undefined;
  }
}

/** Where events are recorded, there they are known as soon as they are made. */
function tellRecorder(bytes: Buffer): void {
  recorder()?.put(JSON.parse(bytes.toString()) as ErrsightEvent);
}

/** First among the metadata, of which ErrSight keeps 50 keys. */
function withRepeats(event: ErrsightEvent, count: number): ErrsightEvent {
  if (count === 0) return event;
  return { ...event, metadata: { errsight_repeats_lost: count, ...event.metadata } };
}

/** What is said of the release, else what the files of the project say. */
function releaseIn({ release, releaseBy = '' }: Config, folder: string): Named | undefined {
  if (release === false) return undefined;
  return release === undefined ? releaseOf(folder, RELEASE) : { value: release, by: releaseBy };
}

/** What is configured, for whoever looks why nothing arrives. Of the key only its end. */
function describeStart(config: ActiveConfig, door: string, release: Named | undefined): string {
  const { host, apiKey, environment, environmentBy, minLevel, spool } = config;
  const kept = spool === false ? 'no spool' : 'a spool';
  const version = release === undefined ? 'none' : `${release.value} (by ${release.by})`;
  return (
    `${door} reports to ${new URL(host).origin} with the key that ends in ${apiKey.slice(-4)}; ` +
    `release: ${version}; environment: ${environment} (by ${environmentBy}); from level ${minLevel}; ${kept}`
  );
}

function isCleartext(host: string): boolean {
  const url = new URL(host);
  return url.protocol === 'http:' && !isLoopback(url);
}

function events(count: number): string {
  return count === 1 ? '1 event had' : `${count} events had`;
}
