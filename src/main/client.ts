import { watchExit } from '../exit/watch.ts';
import { watchSignals } from './signals.ts';
import { watchUncaught } from './uncaught.ts';
import { Pipeline, type ActiveConfig } from '../pipeline.ts';
import { projectOf } from './reported.ts';
import type { InitConfig } from '../options/options.ts';
import type { ProcessState } from './state.ts';
import { levelOf } from '../event/make/contexts.ts';
import type { Level } from '../event/level.ts';
import type { Scope } from './scope.ts';
import type { Context, LogRecord } from '../event/record.ts';

type ClientConfig = InitConfig & ActiveConfig;

/** A pipeline with the scopes of the main thread, watching the process. */
export class Client {
  readonly pipeline: Pipeline;
  readonly config: ClientConfig;
  readonly #state: ProcessState;
  readonly #stops: readonly (() => void)[];
  readonly #unwatchUncaught: () => void;
  /** See `projectOf`. */
  readonly project: string;
  /** Whether it hears of what nobody catches: no longer while it closes. */
  watchesUncaught: boolean;

  constructor(config: ClientConfig, state: ProcessState) {
    this.config = config;
    this.#state = state;
    this.project = projectOf(config);
    // What it does in the background is no part of any request.
    this.pipeline = state.scopes.mute(() => new Pipeline(config));
    state.clients.add(this);
    state.makers = [...state.makers, this.pipeline];
    this.#stops = [
      state.watches.start(config.track),
      state.workers.use(config.shutdownTimeout),
      watchSignals(),
      watchExit(this.pipeline),
    ];
    this.watchesUncaught = config.captureUncaught;
    this.#unwatchUncaught = config.captureUncaught
      ? watchUncaught((...said) => {
          if (!this.#isReportedByAnother()) this.reportUncaught(...said);
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
    const { sendDefaultPii, request } = this.config;
    const { requestData } = request;
    const known = scope.contexts({ sendDefaultPii, requestData, scrub: this.pipeline.scrub });
    const contexts = said === undefined ? known : [...known, said];
    const { thrown } = record;
    // What a hook captures is refused, and so not reported.
    if (thrown === undefined || this.pipeline.isCapturing) {
      return this.#make(record, contexts, scope);
    }
    const level = levelOf(contexts) ?? record.level;
    const { sighting, report } = this.#state.reported.see(thrown.value, level, this.project);
    if (sighting === 'duplicate') this.pipeline.repeat();
    else report.id = this.#make(record, contexts, scope);
    return report.id;
  }

  /** Reports what nobody has caught. */
  reportUncaught(error: unknown, origin: string, level: Level): void {
    this.#state.reported.begin(error, this.project);
    this.capture(
      { time: Date.now(), level, message: '', thrown: { value: error }, fields: {} },
      // The level is said as well, since the scope's would win over the record's.
      { level, metadata: { mechanism: origin } },
    );
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

  #make(record: LogRecord, contexts: readonly Context[], scope: Scope): string | undefined {
    scope.origin?.told?.(levelOf(contexts) ?? record.level);
    const trail = scope.trail(this.pipeline, this.config.maxBreadcrumbs);
    return this.pipeline.capture(record, contexts, trail);
  }

  /** Of the clients of one project the first reports what nobody catches. */
  #isReportedByAnother(): boolean {
    const clients = [...this.#state.clients];
    return clients.find((each) => each.watchesUncaught && each.project === this.project) !== this;
  }
}
