import { logStep } from '../src/event/make/log-step.ts';
import { traceOfLine } from '../src/main/call-trace.ts';
import { createClient, startClient } from '../src/main/start.ts';
import { processState, type ProcessState } from '../src/main/state.ts';
import { resolveInitOptions, type InitConfig } from '../src/options/options.ts';
import { recorder, RECORDING_KEY } from '../src/recorder.ts';
import { emptyStats, type Stats } from '../src/stats.ts';
import type { Client } from '../src/main/client.ts';
import type { Report } from '../src/main/reported.ts';
import type { Level } from '../src/event/level.ts';
import type { Scope } from '../src/main/scope.ts';
import type { Context, LogRecord } from '../src/event/record.ts';

/** The content of a line. It is only read if the line is needed. */
export interface Line {
  readonly record: LogRecord;
  readonly context: Context | undefined;
}

/** What is known at the place where a line is logged. */
export interface Circumstances {
  readonly scope: Scope;
  /** The clients with a hook that is running. The line may come from that hook. */
  readonly hooked: readonly Client[];
  /** The reports of an uncaught error whose listeners are running. */
  readonly uncaught: readonly Report[];
  /** Whether the caller of the logger is in the stack. It is not if the line is passed on later. */
  readonly isLogging: boolean;
}

export function circumstances(): Circumstances {
  const { scopes, clients, reported } = processState();
  let hooked: Client[] = NONE;
  for (const client of clients) {
    if (client.pipeline.isCapturing) hooked = [...hooked, client];
  }
  return { scope: scopes.current(), hooked, uncaught: reported.uncaught, isLogging: true };
}

const NONE: Client[] = [];

/** A stack that is captured in here ends before this function. */
function within(capture: () => unknown): void {
  capture();
}

/** Lines that are breadcrumbs already. Two transports of a logger get the same line. */
const steps = new WeakSet<object>();

/**
 * The client of a logger on the main thread. With options it has its own. Without options it uses
 * the client of `init`, the one that exists when a line is logged. If `init` was not called before
 * this is made, and the environment has an API key, it starts that client.
 */
export class LoggerClient {
  readonly #state: ProcessState = processState();
  readonly #config: InitConfig;
  readonly #isOwn: boolean;
  /** The name of the logger's entry; see `Pipeline`. */
  readonly #door: string;
  #own: Client | undefined;
  #closed: Promise<boolean> | undefined;

  /** @throws {OptionError} if an option is wrong. The message names it. */
  constructor(options: object, door: string) {
    this.#door = door;
    this.#config = resolveInitOptions(options);
    // An undefined option counts as not given: `{ release: process.env.RELEASE }`.
    this.#isOwn = Object.values(options).some((value) => value !== undefined);
    if (this.#isOwn) this.#own = createClient(this.#config, this.#state, this.#door);
    else if (!this.#state.isDecided && this.#config.apiKey !== undefined) {
      startClient(this.#config, this.#state, this.#door);
    }
  }

  /** The client. Undefined without an API key. */
  get client(): Client | undefined {
    if (!this.#isOwn) return this.#state.client;
    // While events are recorded it needs no key.
    if (this.#own === undefined && this.#closed === undefined && recorder() !== undefined) {
      this.#own = createClient({ ...this.#config, apiKey: RECORDING_KEY }, this.#state, this.#door);
    }
    return this.#own;
  }

  /** The options that apply. */
  get config(): InitConfig {
    return this.client?.config ?? this.#config;
  }

  /** Whether a line of this level becomes an event or a breadcrumb. */
  wants(level: Level): boolean {
    const { client } = this;
    return client !== undefined && client.pipeline.destinyOf(level) !== 'nothing';
  }

  /**
   * Takes a line of this level. `read` is only called if the line is needed. `line` is the same
   * object for all transports that get the line. Default: it is logged now, by the caller.
   */
  log(
    line: object,
    level: Level,
    read: (client: Client) => Line | undefined,
    { scope, hooked, uncaught, isLogging }: Circumstances = circumstances(),
  ): void {
    const { client } = this;
    const destiny = client?.pipeline.destinyOf(level);
    if (client === undefined || destiny === 'nothing') return;
    if (destiny === 'breadcrumb') {
      if (steps.has(line)) return;
      steps.add(line);
    }
    if (hooked.includes(client)) {
      client.pipeline.refuse();
      return;
    }
    const said = read(client);
    if (said === undefined) return;
    const { record, context } = said;
    if (destiny === 'event') {
      if (record.thrown === undefined) client.captureLine(record, context, scope, uncaught);
      else {
        const trace = isLogging ? { trace: () => traceOfLine(within) } : {};
        within(() => client.capture({ ...record, ...trace }, context, scope));
      }
    } else scope.record(logStep(record));
  }

  /**
   * Adds a function that is called before clients send what waits. Returns a function that removes
   * it.
   */
  gather(bring: () => void): () => void {
    const { gatherers } = this.#state;
    gatherers.add(bring);
    return () => void gatherers.delete(bring);
  }

  /** Opens a closed client again. */
  open(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#own = createClient(this.#config, this.#state, this.#door);
  }

  /** Resolves with whether everything that was logged so far has arrived in time. Never rejects. */
  async flush(timeout?: number): Promise<boolean> {
    return (await this.client?.flush(timeout)) ?? true;
  }

  /**
   * Closes the logger's own client. The client of `init` is only flushed. Resolves like `flush`,
   * after `timeout` ms at the latest (default: `shutdownTimeout`). Never rejects.
   */
  close(timeout?: number): Promise<boolean> {
    if (!this.#isOwn) return this.flush(timeout);
    this.#closed ??= this.#own?.close(timeout) ?? Promise.resolve(true);
    return this.#closed;
  }

  stats(): Stats {
    return this.client?.pipeline.stats() ?? emptyStats();
  }
}
