import { logStep } from '../src/event/make/log-step.ts';
import { traceOfLine } from '../src/main/call-trace.ts';
import { createClient, startClient } from '../src/main/start.ts';
import { currentSpan } from '../src/main/span.ts';
import { processState, type ProcessState } from '../src/main/state.ts';
import { resolveInitOptions, type InitConfig } from '../src/options/options.ts';
import { recorder, RECORDING_KEY } from '../src/recorder.ts';
import { emptyStats, type Stats } from '../src/stats.ts';
import type { Client } from '../src/main/client.ts';
import type { Report } from '../src/main/reported.ts';
import type { Level } from '../src/event/level.ts';
import type { Scope } from '../src/main/scope.ts';
import type { Context, LogRecord, Span } from '../src/event/record.ts';

/** What a line says, once it is known that it is wanted. */
export interface Line {
  readonly record: LogRecord;
  readonly context: Context | undefined;
}

/** What holds where a line is logged. */
export interface Circumstances {
  readonly scope: Scope;
  readonly span: Span | undefined;
  /** The clients of which a hook is at work: the line can be that hook's. */
  readonly hooked: readonly Client[];
  /** What was reported of an uncaught error whose listeners are being called. */
  readonly uncaught: readonly Report[];
  /** Whether the caller is in the stack: a line can be handed over later. */
  readonly isLogging: boolean;
}

export function circumstances(): Circumstances {
  const { scopes, clients, reported } = processState();
  let hooked: Client[] = NONE;
  for (const client of clients) {
    if (client.pipeline.isCapturing) hooked = [...hooked, client];
  }
  return {
    scope: scopes.current(),
    span: currentSpan(),
    hooked,
    uncaught: reported.uncaught,
    isLogging: true,
  };
}

const NONE: Client[] = [];

/** Of a stack that is taken in here, what was called from here on is left out. */
function within(capture: () => unknown): void {
  capture();
}

/** What has become a step of a trail: of two transports of a logger each gets the same. */
const steps = new WeakSet<object>();

/**
 * The client behind a logger on the main thread. With options of its own it has its own; without, it
 * uses the process-wide one, whichever that is when something is logged. Where nobody has called
 * `init` by the time it is made, and the environment has an API key, it starts that one.
 */
export class LoggerClient {
  readonly #state: ProcessState = processState();
  readonly #config: InitConfig;
  readonly #isOwn: boolean;
  /** The logger's name, see `Pipeline`. */
  readonly #door: string;
  #own: Client | undefined;
  #closed: Promise<boolean> | undefined;

  /** @throws {OptionError} for an option that cannot work, naming it. */
  constructor(options: object, door: string) {
    this.#door = door;
    this.#config = resolveInitOptions(options);
    // An option that is undefined is none: `{ release: process.env.RELEASE }`.
    this.#isOwn = Object.values(options).some((value) => value !== undefined);
    if (this.#isOwn) this.#own = createClient(this.#config, this.#state, this.#door);
    else if (!this.#state.isDecided && this.#config.apiKey !== undefined) {
      startClient(this.#config, this.#state, this.#door);
    }
  }

  /** Without an API key there is none. */
  get client(): Client | undefined {
    if (!this.#isOwn) return this.#state.client;
    // One without a key records as well.
    if (this.#own === undefined && this.#closed === undefined && recorder() !== undefined) {
      this.#own = createClient({ ...this.#config, apiKey: RECORDING_KEY }, this.#state, this.#door);
    }
    return this.#own;
  }

  /** The options that hold for it. */
  get config(): InitConfig {
    return this.client?.config ?? this.#config;
  }

  /** Whether a line of this level becomes anything. */
  wants(level: Level): boolean {
    const { client } = this;
    return client !== undefined && client.pipeline.destinyOf(level) !== 'nothing';
  }

  /**
   * Takes a line of this level; `read` is not called where nobody wants it. `line` is what all that
   * take the same line are given. By default it is logged here and now.
   */
  log(
    line: object,
    level: Level,
    read: (client: Client) => Line | undefined,
    { scope, span, hooked, uncaught, isLogging }: Circumstances = circumstances(),
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
    this.#state.console.sawLine(record.message, record.thrown?.value);
    if (destiny === 'event') {
      const isTraced = isLogging && (record.thrown !== undefined || client.config.attachStacktrace);
      const trace = isTraced ? { trace: () => traceOfLine(within) } : {};
      const whole = { ...record, ...trace, span };
      within(() =>
        record.thrown === undefined
          ? client.captureLine(whole, context, scope, uncaught)
          : client.capture(whole, context, scope),
      );
    } else scope.record(logStep(record));
  }

  /** Has something done before clients look at what there is to send. Returns what ends it. */
  gather(bring: () => void): () => void {
    const { gatherers } = this.#state;
    gatherers.add(bring);
    return () => void gatherers.delete(bring);
  }

  /** Opens again what was closed. */
  open(): void {
    if (this.#closed === undefined) return;
    this.#closed = undefined;
    this.#own = createClient(this.#config, this.#state, this.#door);
  }

  /** Whether everything logged up to now arrived in time. Never rejects. */
  async flush(timeout?: number): Promise<boolean> {
    return (await this.client?.flush(timeout)) ?? true;
  }

  /**
   * The same, for good, where the client is its own; the process-wide one goes on. Takes `timeout` ms
   * at most, by default `shutdownTimeout`, and never rejects.
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
