import { watchExit } from '../exit/watch.ts';
import { watchSignals } from './signals.ts';
import { watchUncaught } from './uncaught.ts';
import { Pipeline, type ActiveConfig } from '../pipeline.ts';
import { Reported } from './reported.ts';
import type { InitConfig } from '../options/options.ts';
import type { ProcessState } from './state.ts';
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
  readonly reported: Reported = new Reported();
  /** Whether it hears of what nobody catches: no longer while it closes. */
  watchesUncaught: boolean;

  constructor(config: ClientConfig, state: ProcessState) {
    this.config = config;
    this.#state = state;
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
      ? watchUncaught((...said) => this.#onUncaught(...said))
      : () => undefined;
  }

  /** Captures with a scope; what the call says wins over it. Returns the event's id. */
  capture(
    record: LogRecord,
    said?: Context,
    scope: Scope = this.#state.scopes.current(),
  ): string | undefined {
    const { sendDefaultPii, request } = this.config;
    const { requestData } = request;
    const known = scope.contexts({ sendDefaultPii, requestData, scrub: this.pipeline.scrub });
    const contexts = said === undefined ? known : [...known, said];
    const trail = scope.trail(this.pipeline, this.config.maxBreadcrumbs);
    return this.pipeline.capture(record, contexts, trail);
  }

  /**
   * Whether this was reported to the project as uncaught, so that what a logger says of it is no
   * news.
   */
  hasReported(thrown: unknown): boolean {
    // Asked of every line, of which next to none was: no list is made for it.
    for (const client of this.#state.clients) {
      if (client.reported.has(thrown) && this.#isOfProject(client)) return true;
    }
    return false;
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

  #onUncaught(error: unknown, origin: string, level: Level): void {
    this.reported.add(error);
    if (this.#isReportedByAnother()) return;
    this.capture(
      { time: Date.now(), level, message: '', thrown: { value: error }, fields: {} },
      // The level is said as well, since the scope's would win over the record's.
      { level, metadata: { mechanism: origin } },
    );
  }

  /** Of the clients of one project the first reports what nobody catches. */
  #isReportedByAnother(): boolean {
    return this.#ofProject().find((client) => client.watchesUncaught) !== this;
  }

  /** All clients of the same project, this one too, the oldest first. */
  #ofProject(): Client[] {
    return [...this.#state.clients].filter((client) => this.#isOfProject(client));
  }

  #isOfProject({ config }: Client): boolean {
    return config.host === this.config.host && config.apiKey === this.config.apiKey;
  }
}
