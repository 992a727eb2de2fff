import { ends } from '../exit/ends.ts';
import { watchExit } from '../exit/watch.ts';
import { watchSignals } from './signals.ts';
import { watchUncaught } from './uncaught.ts';
import { ScopeStorage } from './scope.ts';
import { Pipeline, type ActiveConfig } from '../pipeline.ts';
import { findOthers, type Others } from '../threads.ts';
import type { Level } from '../event/level.ts';
import type { InitConfig } from '../options.ts';
import type { Context, LogRecord } from '../event/record.ts';

/** What `init` starts: a pipeline with the scopes of the main thread, watching the process. */
export class Client {
  readonly pipeline: Pipeline;
  readonly config: InitConfig;
  readonly #scopes: ScopeStorage;
  readonly #others: Others = findOthers();
  readonly #unwatchExit: () => void;
  readonly #unwatchOthers: () => void;
  readonly #unwatchSignals: () => void;
  readonly #unwatchUncaught: () => void;

  constructor(config: InitConfig & ActiveConfig, scopes: ScopeStorage) {
    this.config = config;
    this.pipeline = new Pipeline(config);
    this.#scopes = scopes;
    this.#unwatchExit = watchExit(this.pipeline);
    this.#unwatchOthers = watchOthers(this.#others, config.shutdownTimeout);
    this.#unwatchSignals = watchSignals();
    this.#unwatchUncaught = config.captureUncaught
      ? watchUncaught(this.#uncaught.bind(this))
      : () => undefined;
  }

  /** Captures with the current scope; what the call says wins over it. */
  capture(record: LogRecord, said?: Context): string | undefined {
    const scope = this.#scopes.current();
    const contexts = said === undefined ? [scope.context()] : [scope.context(), said];
    return this.pipeline.capture(record, contexts, scope.trail());
  }

  /** Whether everything up to now arrives in time, from the other threads' pipelines as well. */
  async flush(timeout: number = this.config.shutdownTimeout): Promise<boolean> {
    const both = [this.pipeline.flush(timeout), this.#others.flush(timeout)];
    return (await Promise.all(both)).every(Boolean);
  }

  /** Ends the watch over the process and closes the pipeline; those of other threads are flushed. */
  async close(timeout: number = this.config.shutdownTimeout): Promise<boolean> {
    this.#unwatchUncaught();
    try {
      const both = [this.pipeline.close(timeout), this.#others.flush(timeout)];
      return (await Promise.all(both)).every(Boolean);
    } finally {
      // Not earlier: the process can end while the pipeline still delivers.
      this.#unwatchOthers();
      this.#others.close();
      this.#unwatchSignals();
      this.#unwatchExit();
    }
  }

  #uncaught(error: unknown, origin: string, level: Level): void {
    this.capture(
      { time: Date.now(), level, message: '', thrown: { value: error }, fields: {} },
      // The level is said as well, since the scope's would win over the record's.
      { level, metadata: { mechanism: origin } },
    );
  }
}

/**
 * Has a signal wait for pipelines in pino's workers as well. At any other end pino itself waits for
 * its workers, so for those nothing is new, and nothing handed over.
 */
function watchOthers(others: Others, patience: number): () => void {
  return ends().watch({
    patience,
    accepted: () => 0,
    waiting: () => others.count,
    hurry: () => undefined,
    flush: (ms) => others.flush(ms),
    handOver: () => () => undefined,
    giveUp: () => undefined,
  });
}

/** What exists once per process, however often this package was loaded. */
export interface ProcessState {
  readonly scopes: ScopeStorage;
  client: Client | undefined;
  /** Those that were closed or replaced, and still deliver. */
  readonly retired: Set<Client>;
}

const KEY = Symbol.for('errsight.process');

/**
 * The state behind the public API. On globalThis, since an application can load this package twice:
 * as a module and as CommonJS, or from two folders.
 */
export function processState(): ProcessState {
  const host = globalThis as { [KEY]?: ProcessState };
  host[KEY] ??= { scopes: new ScopeStorage(), client: undefined, retired: new Set() };
  return host[KEY];
}
