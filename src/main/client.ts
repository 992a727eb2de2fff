import { watchExit } from '../exit/watch.ts';
import { watchSignals } from './signals.ts';
import { watchUncaught } from './uncaught.ts';
import { ScopeStorage } from './scope.ts';
import { Pipeline, type ActiveConfig } from '../pipeline.ts';
import type { Level } from '../event/level.ts';
import type { InitConfig } from '../options.ts';
import type { Context, LogRecord } from '../event/record.ts';

/** What `init` starts: a pipeline with the scopes of the main thread, watching the process. */
export class Client {
  readonly pipeline: Pipeline;
  readonly config: InitConfig;
  readonly #scopes: ScopeStorage;
  readonly #unwatchExit: () => void;
  readonly #unwatchSignals: () => void;
  readonly #unwatchUncaught: () => void;

  constructor(config: InitConfig & ActiveConfig, scopes: ScopeStorage) {
    this.config = config;
    this.pipeline = new Pipeline(config);
    this.#scopes = scopes;
    this.#unwatchExit = watchExit(this.pipeline);
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

  /** Ends the watch over the process and closes the pipeline. */
  async close(timeout: number): Promise<boolean> {
    this.#unwatchUncaught();
    try {
      return await this.pipeline.close(timeout);
    } finally {
      // Not earlier: the process can end while the pipeline still delivers.
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
