import type { Batcher } from './delivery/batcher.ts';
import type { FateOf } from './delivery/leftovers.ts';
import type { Item } from './delivery/item.ts';
import { Ledger } from './delivery/ledger.ts';
import type { Knowledge } from './delivery/policy.ts';
import { describe } from './event/error/one-line.ts';
import { destinyOf, type Destiny, type Level } from './event/level.ts';
import { Approval } from './event/make/approval.ts';
import { CrumbCompleter } from './event/make/breadcrumb-completer.ts';
import type { EventBuilder } from './event/make/build.ts';
import { lateBuilder } from './event/make/late-builder.ts';
import { lateScrubber } from './event/scrub/late-scrubber.ts';
import type { Scrubber } from './event/scrub/scrubber.ts';
import { findProject, surroundings } from './event/stack/project-root.ts';
import { systemClock } from './lib/clock.ts';
import { ownFiles } from './lib/own-files.ts';
import { createReporter, type Reporter } from './lib/report.ts';
import { Gatherer } from './pipeline/gatherer.ts';
import { openBatcher } from './pipeline/outlet.ts';
import { EventQueue } from './pipeline/queue.ts';
import { RecentEvents, type About, type Recent, type Spoken } from './pipeline/recent.ts';
import { Relay } from './pipeline/relay.ts';
import { Remaining, type Said } from './pipeline/remaining.ts';
import { RepeatCounter } from './pipeline/repeats.ts';
import { describeStart, releaseIn, warnOfTheWay } from './pipeline/start.ts';
import { Turn } from './pipeline/turn.ts';
import { openTally } from './presence.ts';
import type { Breadcrumb } from './event/event.ts';
import type { BreadcrumbInput, Context, EventHint, LogRecord } from './event/record.ts';
import type { ActiveConfig } from './options/config.ts';
import type { Relayed } from './relayed.ts';
import type { DropReason, Stats } from './stats.ts';

/** What a pipeline needs besides its options. */
export interface PipelineSurroundings {
  /** The name, in words, of what brings the events here. Default: `errsight`. */
  readonly door?: string | undefined;
  /**
   * Called before the pipeline looks at what there is to send, since some may still wait elsewhere.
   */
  readonly bring?: () => void;
  /** Called then too, and before each request to the server. Must not throw. */
  readonly catchUp?: () => void;
}

/**
 * The way of one record, the same in pino's worker and on the main thread:
 *
 *   record ─► event ─► beforeSend ─► fit ─► bytes  │  queue ─► batch ─► server
 *   └──────────── event/, synchronous ──────────┘  │  └── delivery/, bytes ─┘
 *
 * Everything before the queue happens within `capture`. So an event does not see what a caller
 * changes afterwards, and at a crash the event is already made.
 */
export class Pipeline {
  readonly config: ActiveConfig;
  readonly scrub: Scrubber;
  readonly #build: EventBuilder;
  readonly #approval: Approval;
  readonly #ledger: Ledger;
  readonly #batcher: Batcher;
  readonly #queue: EventQueue;
  readonly #reporter: Reporter;
  readonly #completer: CrumbCompleter;
  readonly #turn: Turn = new Turn();
  readonly #recent: RecentEvents;
  readonly #repeats: RepeatCounter;
  readonly #relay: Relay;
  readonly #remaining: Remaining;
  readonly #gatherer: Gatherer;

  constructor(
    config: ActiveConfig,
    { door = 'errsight', bring, catchUp }: PipelineSurroundings = {},
  ) {
    this.config = config;
    this.#reporter = createReporter(config);
    // What a spool keeps is not lost if the thread ends.
    const tally = config.spool === false ? openTally() : () => undefined;
    this.#ledger = new Ledger({
      clock: systemClock,
      report: (message) => this.#reporter.warn(message),
      onSettled: (items, fate) => {
        tally(-items.length);
        if (fate === 'delivered') this.#reporter.debug(`delivered: ${items.length}`);
      },
    });
    this.scrub = lateScrubber(config);
    this.#gatherer = new Gatherer(
      bring ?? catchUp ?? (() => undefined),
      this.scrub,
      this.#reporter,
    );
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
    this.#build = lateBuilder(
      config,
      { projectRoot, packageRoot: project.package, release: release?.value },
      this.scrub,
    );
    this.#batcher = openBatcher(config, {
      ledger: this.#ledger,
      reporter: this.#reporter,
      application: projectRoot,
      catchUp,
    });
    this.#queue = new EventQueue(this.#batcher, this.scrub, tally);
    this.#repeats = new RepeatCounter(config, this.#queue);
    this.#recent = new RecentEvents({
      build: this.#build,
      approval: this.#approval,
      queue: this.#queue,
      turn: this.#turn,
      scrub: this.scrub,
      reporter: this.#reporter,
    });
    this.#relay = new Relay({
      environment: config.environment,
      scrub: this.scrub,
      ledger: this.#ledger,
      queue: this.#queue,
      batcher: this.#batcher,
      reporter: this.#reporter,
    });
    this.#remaining = new Remaining(this.#batcher, this.#ledger, this.#queue, this.#reporter);
    warnOfTheWay(this.#reporter, config);
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
    return this.#capture(record, contexts, trail, scope)?.id;
  }

  /** The same for a text that may turn out to be about an error. */
  speak(
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
    scope?: EventHint['scope'],
  ): Spoken | undefined {
    const made = this.#capture(record, contexts, trail, scope);
    if (made === undefined) return undefined;
    this.#batcher.hold();
    return this.#recent.spoken(made, scope);
  }

  #capture(
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
    scope: EventHint['scope'],
  ): Recent | undefined {
    if (this.#turn.isTaken) return this.refuse();
    return this.#turn.take<Recent | undefined>(
      () => {
        // An event that `sampleRate` leaves out need not be made.
        if (this.#approval.isLeftOut()) return this.#drop('sampled');
        const event = this.#build(record, contexts, trail);
        const approved = this.#approval.of(event, { error: record.thrown?.value, record, scope });
        if (typeof approved === 'string') return this.#drop(approved);
        const queued = this.#queue.add(approved);
        this.#repeats.learn(record, event, queued.group);
        const made = { id: approved.ingestion_id, event, queued };
        this.#recent.keep(made);
        return made;
      },
      (error) => {
        this.#reporter.debug(`an event could not be made: ${describe(error, this.scrub)}`);
        return this.#drop('internal_error');
      },
    );
  }

  /**
   * Adds what a further sighting of an error says to its event, as long as the event waits.
   * `beforeSend` then sees it once more. Returns whether the event says it now. Never throws.
   */
  amend(
    id: string,
    record: LogRecord,
    contexts: readonly Context[],
    scope?: EventHint['scope'],
  ): boolean {
    return this.#recent.amend(id, record, contexts, scope);
  }

  /**
   * Makes the event of an error tell of an error around it, as long as the event waits. What it said stays beside
   * that. Returns whether it did. Never throws.
   */
  become(id: string, about: About, scope?: EventHint['scope']): boolean {
    return this.#recent.become(id, about, scope);
  }

  /** Adds an event to another one and takes it back, if both still wait. Returns whether it did. */
  fold(id: string, into: string): boolean {
    return this.#recent.fold(id, into);
  }

  /**
   * Takes back the event of an error if a graver event replaces it, as long as it waits. Returns
   * whether it did.
   */
  withdraw(id: string): boolean {
    return this.#recent.withdraw(id);
  }

  /**
   * Counts an error instead of making an event, if the event would only push out an older one of
   * the same issue. Of 100,000 repeats 10,000 wait, and the next event of the issue says how many
   * others there were. Returns whether it did. `level` is the level of the event.
   */
  count(record: LogRecord, contexts: readonly Context[], level: Level): boolean {
    return !this.#turn.isTaken && this.#repeats.count(record, contexts, level);
  }

  /** Whether an event is being made just now. What is logged meanwhile comes from a hook. */
  get isCapturing(): boolean {
    return this.#turn.isTaken;
  }

  /**
   * Counts what a hook logs, and makes no event of it. Otherwise the hook would call itself for
   * ever.
   */
  refuse(): undefined {
    return this.#drop('before_send');
  }

  /** Counts one more sighting of an error that was reported before. */
  repeat(): undefined {
    return this.#drop('duplicate');
  }

  /**
   * Takes events that were made elsewhere. Resolves with what became of them, after `timeout` ms at
   * the latest. Never rejects.
   */
  relay(given: unknown, timeout: number): Promise<Relayed> {
    return this.#relay.take(given, timeout);
  }

  /**
   * Completes a breadcrumb. Returns undefined if `beforeBreadcrumb` does not want it. Never throws.
   */
  breadcrumb(input: BreadcrumbInput): Breadcrumb | undefined {
    return this.#completer.breadcrumb(input);
  }

  /** Takes what was logged and still waits elsewhere. Never throws. */
  gather(): void {
    if (!this.#turn.isTaken) this.#gatherer.gather();
  }

  /**
   * Resolves with whether everything captured so far has arrived within `timeout` ms. Never
   * rejects.
   */
  flush(timeout: number): Promise<boolean> {
    this.gather();
    return this.#batcher.flush(timeout);
  }

  /**
   * Does the same, and ends the pipeline. What has not arrived by then is dropped as `shutdown`.
   * Never rejects.
   */
  async close(timeout: number): Promise<boolean> {
    this.gather();
    const arrived = await this.#batcher.close(timeout);
    this.#remaining.closed();
    this.#reporter.debug(`closed: ${JSON.stringify(this.stats())}`);
    return arrived;
  }

  /** Sends nothing for a moment, unless somebody asks for it: the process may end because of an error. */
  holdForCrash(): void {
    this.#batcher.holdForCrash();
  }

  /** Sends what waits in the background. */
  hurry(): void {
    this.#batcher.hurry();
  }

  /** Says on stderr what is lost when a signal ends the process. */
  giveUp(): void {
    const { queued, inFlight } = this.#batcher;
    // A later process sends what lies on the disk.
    const isLost = this.config.spool === false;
    this.#remaining.giveUp(isLost ? queued : 0, isLost ? inFlight : 0);
  }

  /** Says on stderr how many events the end of the process has cost, if no line has yet. */
  tellLost(): void {
    this.#remaining.tellLost();
  }

  /**
   * Takes all that has not arrived out of the queue, the most important first, and closes. Later
   * events go to `late`, which has to see to it that they are settled.
   */
  takeRemaining(late?: (event: Item) => void): readonly Item[] {
    this.gather();
    return this.#remaining.take(late);
  }

  /**
   * Says what became of the events that `takeRemaining` took. If nothing is said of an event, it has
   * not arrived. `tellLost` prints how many those are.
   */
  settleRemaining(taken: readonly Item[], fateOf: FateOf, said?: Said): void {
    this.#remaining.settle(taken, fateOf, said);
  }

  /**
   * Takes what waits, for a thread that sends it while this one can only wait. `takeBack` has to get
   * all of it at once.
   */
  lend(): readonly Item[] {
    return this.#batcher.lend();
  }

  /** Says what became of the events that `lend` has lent. The others wait again. */
  takeBack(lent: readonly Item[], fateOf: FateOf, { rejected }: Said = {}): void {
    this.#batcher.takeBack(lent, fateOf, rejected);
  }

  /** Why events have not arrived, if any have not. */
  get trouble(): string | undefined {
    return this.#batcher.trouble;
  }

  /** What is known of the server. Another sender of this process takes it over. */
  get knowledge(): Knowledge {
    return this.#batcher.knowledge;
  }

  stats(): Stats {
    const { accepted, delivered, requests, dropped } = this.#ledger;
    const { queued, inFlight, spooled } = this.#batcher;
    return { accepted, queued, inFlight, delivered, spooled, dropped: { ...dropped }, requests };
  }

  #drop(reason: DropReason): undefined {
    this.#ledger.refuse(reason);
    return undefined;
  }
}
