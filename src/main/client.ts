import { listenFirst } from '../exit/listeners.ts';
import { joinRelative, relativeOf } from './counterpart.ts';
import { watchExit } from '../exit/watch.ts';
import { watchSignals } from './signals.ts';
import { watchUncaught, type Uncaught } from './uncaught.ts';
import { watchesOf } from './watch/watches.ts';
import { Pipeline } from '../pipeline.ts';
import type { ActiveConfig } from '../options/config.ts';
import { projectOf } from '../options/project.ts';
import type { Report } from './reported.ts';
import type { InitConfig } from '../options/config.ts';
import { linesOf, localsOf, type ProcessState } from './state.ts';
import { isErrorInstance } from '../event/error/class.ts';
import { levelOf } from '../event/make/contexts.ts';
import { textsOf } from '../event/make/texts.ts';
import { severity, type Level } from '../event/level.ts';
import { msOf } from '../lib/ms.ts';
import { isObject } from '../lib/safe-read.ts';
import { nodeThreads } from '../lib/node-threads.ts';
import { answerFlushes } from '../threads.ts';
import type { LineRules } from './pino/rules.ts';
import type { Scope } from './scope.ts';
import type { Kin, SaidLine } from './origin.ts';
import type { Breadcrumb } from '../event/event.ts';
import type { Context, LogRecord, Span } from '../event/record.ts';

type ClientConfig = InitConfig & ActiveConfig;

/** A pipeline with the scopes of the main thread, watching the process. */
export class Client {
  readonly pipeline: Pipeline;
  readonly config: ClientConfig;
  readonly #state: ProcessState;
  readonly #stops: readonly (() => void)[];
  /** For the lines of pino, which a worker turns into events. */
  readonly #lineRules: LineRules;
  readonly #unwatchUncaught: () => void;
  /** See `projectOf`. */
  readonly project: string;
  /** Whether it takes events. False from the moment it begins to close. */
  isOpen = true;
  /** Whether it reports what nobody catches. False from the moment it begins to close. */
  watchesUncaught: boolean;

  constructor(config: ClientConfig, state: ProcessState, door?: string) {
    this.config = config;
    this.#state = state;
    this.project = projectOf(config);
    // Its background work belongs to no request.
    this.pipeline = state.scopes.mute(
      () =>
        new Pipeline(config, {
          door,
          bring: () => {
            for (const each of state.gatherers) each();
          },
        }),
    );
    const { minLevel, breadcrumbLevel, maxBreadcrumbs, sendDefaultPii, defaultTags, request } =
      config;
    this.#lineRules = {
      minLevel,
      breadcrumbLevel,
      maxBreadcrumbs,
      sendDefaultPii,
      defaultTags,
      requestData: request.requestData,
      scrub: this.pipeline.scrub,
      maker: this.pipeline,
      project: this.project,
      isOurs: false,
    };
    state.clients.add(this);
    state.reported.share();
    state.makers = [...state.makers, this.pipeline];
    this.#stops = [
      watchesOf(state).start(config.track),
      state.console.use({ ...config.console, breadcrumbLevel, client: () => this }),
      state.workers.use(config.shutdownTimeout),
      linesOf(state).use(() => (state.client === this ? this.#lineRules : undefined)),
      watchSignals(),
      isMainThread()
        ? () => undefined
        : listenFirst('exit', () => state.reported.endThread(config.shutdownTimeout)),
      watchExit(this.pipeline),
      this.#answerThreads(),
      config.localVariables.length > 0 ? localsOf(state).use() : () => undefined,
    ];
    this.watchesUncaught = config.captureUncaught;
    this.#unwatchUncaught = config.captureUncaught
      ? watchUncaught((uncaught) => {
          if (!this.#isReportedByAnother()) this.reportUncaught(uncaught);
        })
      : () => undefined;
  }

  /**
   * Captures with a scope. What the call says wins over the scope. Returns the event's id. If the
   * Error was reported already and is no graver now, this is the id of the first event.
   */
  capture(
    record: LogRecord,
    said?: Context,
    scope: Scope = this.#state.scopes.current(),
  ): string | undefined {
    const contexts = this.#contexts(said, scope, record.span);
    const { thrown } = record;
    const isGrave = severity(levelOf(contexts) ?? record.level) >= severity('error');
    // The pipeline refuses what a hook captures, so this must not count as reported.
    if (thrown === undefined || this.pipeline.isCapturing) {
      return this.#make(record, contexts, scope);
    }
    const original = originalOf(thrown.value, scope);
    if (original !== undefined) {
      return this.capture({ ...record, thrown: { value: original.error } }, said, scope);
    }
    const box = scope.origin?.boxOf?.(thrown.value);
    const isValue = !isErrorInstance(thrown.value);
    if (isValue && box !== undefined && thrown.wasThrown !== true) {
      // Where it was logged says nothing of a thrown value.
      const { trace: _trace, ...rest } = record;
      return this.capture({ ...rest, thrown: { ...thrown, wasThrown: true } }, said, scope);
    }
    if (isGrave && box === undefined && this.#canBeThrown(thrown.value, scope)) {
      const fields = { ...record.fields, err: thrown.value };
      const line = { text: record.message, fields, isAnswer: false };
      return this.#speak(record, line, contexts, scope);
    }
    const kin = this.#joinKin(thrown.value, scope, box);
    const words = kin?.words;
    if (words !== undefined && !record.message.endsWith(words)) {
      const message = words.endsWith(record.message) ? words : `${record.message}\n${words}`;
      return this.capture({ ...record, message }, said, scope);
    }
    const isAround = kin?.isCause ?? (isValue && box !== undefined);
    const level = levelOf(contexts) ?? record.level;
    const key = box ?? thrown.value;
    const isTaken = this.#state.lines?.takes(key, level, this.project) === true;
    const { sighting, report } = this.#state.reported.see(thrown.value, level, this.project, box);
    // pino has waited for its worker in the meantime, as it does after a fatal line.
    if (sighting === 'new' && isTaken) {
      this.#state.lines?.complete(key, record, contexts, this.project, isAround);
      this.pipeline.repeat();
      return undefined;
    }
    if (
      sighting === 'new' ||
      (!this.#completes(report, record, contexts, scope, isAround) && sighting === 'graver')
    ) {
      const made = this.#makeOfError(record, thrown.value, contexts, scope);
      Object.assign(report, made);
      // If pino's worker has the event, it must not take it back.
      if (made.pipeline !== undefined) {
        for (const line of this.#state.lines?.reported(key, this.project) ?? []) {
          const more = { ...line.record, thrown };
          const of = line.scope ?? scope;
          this.#completes(report, more, this.#contexts(line.context, of), of);
        }
      }
    } else {
      // The event is in pino's worker.
      if (report.pipeline === undefined) {
        this.#state.lines?.complete(key, record, contexts, this.project, isAround);
      }
      this.pipeline.repeat();
    }
    return report.id;
  }

  /** Whether a request may still fail with this value, which has no identity. */
  #canBeThrown(value: unknown, { origin }: Scope): boolean {
    return (
      !isObject(value) && origin?.said !== undefined && this.#state.reported.uncaught.length === 0
    );
  }

  /**
   * An error and the error that wraps it are one failure of a request. So are an error and a
   * logger's copy of it. Only the first of the two to come becomes an event. Returns the other one of
   * the two.
   */
  #joinKin(thrown: unknown, { origin }: Scope, box?: object): Kin | undefined {
    const kin = relativeOf(this.#state.reported, thrown, box, this.project, origin);
    if (kin !== undefined) joinRelative(this.#state, box ?? (thrown as object), kin, this.project);
    return kin;
  }

  /**
   * Captures a line of a logger without an error.
   *
   * While the listeners of an uncaught error are called, a line at `error` is about that error. It
   * becomes a part of that event if the event still waits. If the request has met an error, a line
   * with the message or the stack of it is about that error. A line that only says how the request
   * was answered (`isAnswer`) says nothing new then.
   */
  captureLine(
    record: LogRecord,
    said: Context | undefined,
    scope: Scope,
    uncaught: readonly Report[],
    isAnswer: boolean = scope.origin?.tellsOfAnswer?.(record) === true,
  ): void {
    const report = uncaught.find((each) => each.project === this.project);
    const contexts = this.#contexts(said, scope, record.span);
    const isAbout = isAnswer || severity(levelOf(contexts) ?? record.level) >= severity('error');
    if (report !== undefined && isAbout && this.#completes(report, record, contexts, scope)) {
      this.pipeline.repeat();
      return;
    }
    const { origin } = scope;
    const { fields } = record;
    const text = isAbout && origin !== undefined ? textsOf(record.message, fields) : '';
    const told = isAbout ? origin?.failureIn?.(text, fields) : undefined;
    if (told !== undefined) {
      const message = told.isStack ? '' : record.message;
      this.capture({ ...record, message, thrown: { value: told.error } }, said, scope);
    } else if (isAnswer && origin?.hasFailed === true) {
      this.pipeline.repeat();
    } else if (!isAbout || origin?.said === undefined || this.pipeline.isCapturing) {
      this.capture(record, said, scope);
    } else this.#speak(record, { text, fields, isAnswer }, contexts, scope);
  }

  /** Reports an error that nobody has caught. */
  reportUncaught({ value, origin, level, wrapper, isAgain }: Uncaught): void {
    this.#joinKin(value, this.#state.scopes.current());
    if (!isAgain) this.#state.reported.begin(value, this.project, wrapper);
    // A pipeline that was made just now for this error does not hold yet.
    this.pipeline.holdForCrash();
    this.capture(
      {
        time: Date.now(),
        level,
        message: '',
        thrown: { value },
        mechanism: origin,
        handled: false,
        paused: this.#state.locals?.of(value),
        fields: {},
      },
      // The level is given here too, since the scope's level would win over the record's.
      { level, metadata: { mechanism: origin } },
    );
  }

  /**
   * Raises the uncaught error that listeners are being told of to this level, if its event still
   * waits.
   */
  raiseUncaught(level: Level, scope: Scope, uncaught: readonly Report[]): void {
    const report = uncaught.find((each) => each.project === this.project);
    const record = { time: Date.now(), level, message: '', fields: {} };
    if (report !== undefined)
      this.#completes(report, record, this.#contexts({ level }, scope), scope);
  }

  /** Whether everything captured up to now arrives in time, also from pino's workers. */
  async flush(timeout?: number): Promise<boolean> {
    const ms = msOf(timeout, this.config.shutdownTimeout);
    const both = [this.pipeline.flush(ms), this.#state.workers.flush(ms)];
    return (await Promise.all(both)).every(Boolean);
  }

  /** Ends the watch over the process and closes the pipeline; pino's workers are flushed. */
  async close(timeout?: number): Promise<boolean> {
    const ms = msOf(timeout, this.config.shutdownTimeout);
    this.#unwatchUncaught();
    this.watchesUncaught = false;
    this.isOpen = false;
    try {
      const both = [this.pipeline.close(ms), this.#state.workers.flush(ms)];
      return (await Promise.all(both)).every(Boolean);
    } finally {
      // Not earlier: the process can end while the pipeline still delivers.
      for (const stop of this.#stops) stop();
      this.#state.clients.delete(this);
      this.#state.makers = this.#state.makers.filter((maker) => maker !== this.pipeline);
    }
  }

  /**
   * Tells other threads what waits in this one. The main thread does not, since the others can't
   * outlive it.
   */
  #answerThreads(): () => void {
    if (nodeThreads().isMainThread) return () => undefined;
    const { pipeline } = this;
    const end = answerFlushes({
      flush: (ms) => pipeline.flush(ms),
      taken: () => pipeline.stats().accepted,
      get trouble() {
        return pipeline.trouble;
      },
    });
    return () => end(pipeline.stats().dropped.shutdown === 0);
  }

  /** What the scope says, followed by what the call says. */
  #contexts(said: Context | undefined, scope: Scope, span?: Span): readonly Context[] {
    const { sendDefaultPii, defaultTags, request } = this.config;
    const { scrub } = this.pipeline;
    const { requestData } = request;
    const known = scope.contexts({ sendDefaultPii, defaultTags, requestData, scrub }, span);
    return said === undefined ? known : [...known, said];
  }

  /** Adds to the event that the report stands for. Returns whether that was still possible. */
  #completes(
    { id, pipeline }: Pick<Report, 'id' | 'pipeline'>,
    record: LogRecord,
    contexts: readonly Context[],
    scope: Scope,
    isAround = false,
  ): boolean {
    if (id === undefined || pipeline === undefined) return false;
    if (!isAround) return pipeline.amend(id, record, contexts, scope);
    return pipeline.become(id, [record, contexts, this.#trailOf(scope)], scope);
  }

  #make(record: LogRecord, contexts: readonly Context[], scope: Scope): string | undefined {
    const level = levelOf(contexts) ?? record.level;
    const { project } = this;
    scope.origin?.told?.(level, record.thrown && { error: record.thrown.value, project });
    if (this.pipeline.count(record, contexts, level)) return undefined;
    const id = this.pipeline.capture(
      this.#withRepeated(record),
      contexts,
      this.#trailOf(scope),
      scope,
    );
    if (id === undefined) return undefined;
    scope.origin?.onEvent?.(this);
    this.#awaitAnswer({ id, pipeline: this.pipeline }, record, level, scope);
    return id;
  }

  #withRepeated(record: LogRecord): LogRecord {
    const { thrown, paused } = record;
    const isWanted = this.config.localVariables.includes('repeats');
    if (!isWanted || thrown === undefined || paused !== undefined) return record;
    return { ...record, paused: this.#state.locals?.ofRepeated(thrown.value) };
  }

  /**
   * If the error was logged as a text before it was thrown, the event of that text becomes the
   * error's event. Otherwise makes a new one.
   */
  #makeOfError(
    record: LogRecord,
    error: unknown,
    contexts: readonly Context[],
    scope: Scope,
  ): Pick<Report, 'id' | 'pipeline'> {
    const line = scope.origin?.lineAbout?.(error, this.project);
    if (line?.become(record, contexts, this.#trailOf(scope)) === true) {
      scope.origin?.told?.(record.level, { error, project: this.project });
      this.pipeline.repeat();
      return line.made;
    }
    return { id: this.#make(record, contexts, scope), pipeline: this.pipeline };
  }

  /** Captures a line at `error` in a request. The error that it is about may come later. */
  #speak(
    record: LogRecord,
    line: Pick<SaidLine, 'text' | 'fields' | 'isAnswer'>,
    contexts: readonly Context[],
    scope: Scope,
  ): string | undefined {
    const { origin } = scope;
    const level = levelOf(contexts) ?? record.level;
    origin?.told?.(level);
    const { pipeline, project } = this;
    const spoken = pipeline.speak(record, contexts, this.#trailOf(scope), scope);
    if (spoken === undefined) return undefined;
    origin?.onEvent?.(this);
    const made = { id: spoken.id, pipeline };
    origin?.said?.({ ...spoken, ...line, project, made });
    this.#awaitAnswer(made, record, level, scope);
    return spoken.id;
  }

  /** Adds to an event how its request was answered, if that is known while the event waits. */
  #awaitAnswer(
    made: Pick<Report, 'id' | 'pipeline'>,
    { trace: _trace, paused: _paused, ...record }: LogRecord,
    level: Level,
    scope: Scope,
  ): void {
    const more = { ...record, message: '', fields: {} };
    scope.origin?.onAnswer?.(
      () => this.#completes(made, more, this.#contexts({ level }, scope, record.span), scope),
      record.thrown?.value,
    );
  }

  #trailOf(scope: Scope): readonly Breadcrumb[] {
    return scope.trail(this.pipeline, this.config.maxBreadcrumbs);
  }

  /** Only the first client of a project reports what nobody catches. */
  #isReportedByAnother(): boolean {
    const clients = [...this.#state.clients];
    return clients.find((each) => each.watchesUncaught && each.project === this.project) !== this;
  }
}

function isMainThread(): boolean {
  return nodeThreads().isMainThread;
}

/** The error that the request met, if this is another copy of it. */
function originalOf(thrown: unknown, { origin }: Scope): { readonly error: unknown } | undefined {
  return isObject(thrown) ? origin?.failureLike?.(thrown) : undefined;
}
