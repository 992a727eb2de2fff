import { listenFirst } from '../exit/listeners.ts';
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
import { levelOf } from '../event/make/contexts.ts';
import { textsOf } from '../event/make/texts.ts';
import { tellsOfFailure } from '../event/make/request.ts';
import { severity, type Level } from '../event/level.ts';
import { isObject } from '../lib/safe-read.ts';
import { answerFlushes } from '../threads.ts';
import type { LineRules } from './pino/rules.ts';
import type { Scope } from './scope.ts';
import type { Breadcrumb } from '../event/event.ts';
import type { Context, LogRecord, Span } from '../event/record.ts';

type ClientConfig = InitConfig & ActiveConfig;

/** A pipeline with the scopes of the main thread, watching the process. */
export class Client {
  readonly pipeline: Pipeline;
  readonly config: ClientConfig;
  readonly #state: ProcessState;
  readonly #stops: readonly (() => void)[];
  /** For lines of pino, of which a worker makes events. */
  readonly #lineRules: LineRules;
  readonly #unwatchUncaught: () => void;
  /** See `projectOf`. */
  readonly project: string;
  /** Whether it takes anything: no longer while it closes. */
  isOpen = true;
  /** Whether it hears of what nobody catches: no longer while it closes. */
  watchesUncaught: boolean;

  constructor(config: ClientConfig, state: ProcessState, door?: string) {
    this.config = config;
    this.#state = state;
    this.project = projectOf(config);
    // What it does in the background is no part of any request.
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
   * Captures with a scope; what the call says wins over it. Returns the event's id; of an Error that was
   * reported already, and is no graver now, that of its event.
   */
  capture(
    record: LogRecord,
    said?: Context,
    scope: Scope = this.#state.scopes.current(),
  ): string | undefined {
    const contexts = this.#contexts(said, scope, record.span);
    const { thrown } = record;
    // What a hook captures is refused, and so not reported.
    if (thrown === undefined || this.pipeline.isCapturing) {
      return this.#make(record, contexts, scope);
    }
    const original = originalOf(thrown.value, scope);
    if (original !== undefined) {
      return this.capture({ ...record, thrown: { value: original.error } }, said, scope);
    }
    const isAround = this.#joinKin(thrown.value, scope);
    const level = levelOf(contexts) ?? record.level;
    const isTaken = this.#state.lines?.takes(thrown.value, level, this.project) === true;
    const box = scope.origin?.boxOf?.(thrown.value);
    const { sighting, report } = this.#state.reported.see(thrown.value, level, this.project, box);
    // pino has waited for the worker in between, as it does behind a fatal line.
    if (sighting === 'new' && isTaken) {
      this.#state.lines?.complete(record, contexts, this.project, isAround);
      this.pipeline.repeat();
      return undefined;
    }
    if (
      sighting === 'new' ||
      (!this.#completes(report, record, contexts, scope, isAround) && sighting === 'graver')
    ) {
      Object.assign(report, this.#makeOfError(record, thrown.value, contexts, scope));
      this.#state.lines?.reported(thrown.value, this.project);
    } else {
      // pino's worker has its event.
      if (report.pipeline === undefined) {
        this.#state.lines?.complete(record, contexts, this.project, isAround);
      }
      this.pipeline.repeat();
    }
    return report.id;
  }

  /**
   * An error and the one around it are one failure of a request, of which the first to come was told. Returns
   * whether this is the one around.
   */
  #joinKin(thrown: unknown, { origin }: Scope): boolean {
    const kin = isObject(thrown) ? origin?.kinOf?.(thrown, this.project) : undefined;
    if (kin === undefined) return false;
    this.#state.reported.join(thrown as object, kin.error);
    this.#state.lines?.join(thrown as object, kin.error);
    return kin.isCause;
  }

  /**
   * Captures what a logger says without an error. While the listeners of an uncaught error are called,
   * an error line is about that: it becomes a part of its event, if that still waits. In a request that
   * has come upon an error it is about that where it has its message or its stack; and what only says
   * that the request has failed says nothing new.
   */
  captureLine(
    record: LogRecord,
    said: Context | undefined,
    scope: Scope,
    uncaught: readonly Report[],
  ): void {
    const report = uncaught.find((each) => each.project === this.project);
    const contexts = this.#contexts(said, scope, record.span);
    const isAbout = severity(levelOf(contexts) ?? record.level) >= severity('error');
    if (report !== undefined && isAbout && this.#completes(report, record, contexts, scope)) {
      this.pipeline.repeat();
      return;
    }
    const { origin } = scope;
    const text = isAbout && origin !== undefined ? textsOf(record.message, record.fields) : '';
    const told = isAbout ? origin?.failureIn?.(text) : undefined;
    if (told !== undefined) {
      const message = told.isStack ? '' : record.message;
      this.capture({ ...record, message, thrown: { value: told.error } }, said, scope);
    } else if (isAbout && origin?.hasFailed === true && tellsOfFailure(record)) {
      this.pipeline.repeat();
    } else if (!isAbout || origin?.said === undefined || this.pipeline.isCapturing) {
      this.capture(record, said, scope);
    } else this.#speak(record, text, contexts, scope);
  }

  /** Reports what nobody has caught. */
  reportUncaught({ value, origin, level, wrapper, isAgain }: Uncaught): void {
    this.#joinKin(value, this.#state.scopes.current());
    if (!isAgain) this.#state.reported.begin(value, this.project, wrapper);
    // One that is made for it just now has not heard of it.
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
      // The level is said as well, since the scope's would win over the record's.
      { level, metadata: { mechanism: origin } },
    );
  }

  /** What nobody has caught, and listeners are being told of, is as grave as this, if its event still waits. */
  raiseUncaught(level: Level, scope: Scope, uncaught: readonly Report[]): void {
    const report = uncaught.find((each) => each.project === this.project);
    const record = { time: Date.now(), level, message: '', fields: {} };
    if (report !== undefined)
      this.#completes(report, record, this.#contexts({ level }, scope), scope);
  }

  /** Whether everything up to now arrives in time, from pino's workers as well. */
  async flush(timeout: number = this.config.shutdownTimeout): Promise<boolean> {
    const both = [this.pipeline.flush(timeout), this.#state.workers.flush(timeout)];
    return (await Promise.all(both)).every(Boolean);
  }

  /** Ends the watch over the process and closes the pipeline; pino's workers are flushed. */
  async close(timeout: number = this.config.shutdownTimeout): Promise<boolean> {
    this.#unwatchUncaught();
    this.watchesUncaught = false;
    this.isOpen = false;
    try {
      const both = [this.pipeline.close(timeout), this.#state.workers.flush(timeout)];
      return (await Promise.all(both)).every(Boolean);
    } finally {
      // Not earlier: the process can end while the pipeline still delivers.
      for (const stop of this.#stops) stop();
      this.#state.clients.delete(this);
      this.#state.makers = this.#state.makers.filter((maker) => maker !== this.pipeline);
    }
  }

  /** Has other threads know of what waits in this one, if it is none that they can leave behind. */
  #answerThreads(): () => void {
    if (process.getBuiltinModule('node:worker_threads').isMainThread) return () => undefined;
    const { pipeline } = this;
    const end = answerFlushes({
      flush: (ms) => pipeline.flush(ms),
      taken: () => pipeline.stats().accepted,
    });
    return () => end(pipeline.stats().dropped.shutdown === 0);
  }

  /** What a scope says, and then the call. */
  #contexts(said: Context | undefined, scope: Scope, span?: Span): readonly Context[] {
    const { sendDefaultPii, defaultTags, request } = this.config;
    const { scrub } = this.pipeline;
    const { requestData } = request;
    const known = scope.contexts({ sendDefaultPii, defaultTags, requestData, scrub }, span);
    return said === undefined ? known : [...known, said];
  }

  /** Whether the event that stands for it says it now. */
  #completes(
    { id, pipeline }: Report,
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
    if (id !== undefined) scope.origin?.onEvent?.(this);
    return id;
  }

  #withRepeated(record: LogRecord): LogRecord {
    const { thrown, paused } = record;
    const isWanted = this.config.localVariables.includes('repeats');
    if (!isWanted || thrown === undefined || paused !== undefined) return record;
    return { ...record, paused: this.#state.locals?.ofRepeated(thrown.value) };
  }

  /** Of who logs an error as a text, and throws it then, the text's event becomes the error's. */
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

  /** Captures an error line of a request, which may yet come upon the error. */
  #speak(record: LogRecord, text: string, contexts: readonly Context[], scope: Scope): void {
    const { origin } = scope;
    origin?.told?.(levelOf(contexts) ?? record.level);
    const { pipeline, project } = this;
    const spoken = pipeline.speak(record, contexts, this.#trailOf(scope), scope);
    if (spoken === undefined) return;
    origin?.onEvent?.(this);
    const made = { id: spoken.id, pipeline };
    origin?.said?.({ ...spoken, text, project, made });
  }

  #trailOf(scope: Scope): readonly Breadcrumb[] {
    return scope.trail(this.pipeline, this.config.maxBreadcrumbs);
  }

  /** Of the clients of one project the first reports what nobody catches. */
  #isReportedByAnother(): boolean {
    const clients = [...this.#state.clients];
    return clients.find((each) => each.watchesUncaught && each.project === this.project) !== this;
  }
}

function isMainThread(): boolean {
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** The error that a request came upon, for which this stands. */
function originalOf(thrown: unknown, { origin }: Scope): { readonly error: unknown } | undefined {
  return isObject(thrown) ? origin?.failureLike?.(thrown) : undefined;
}
