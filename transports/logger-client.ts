import { logStep } from '../src/event/make/log-step.ts';
import { traceOfLine } from '../src/main/call-trace.ts';
import { createClient, startClient } from '../src/main/start.ts';
import { currentSpan } from '../src/main/span.ts';
import { processState, type ProcessState } from '../src/main/state.ts';
import { resolveInitOptions } from '../src/options/resolve.ts';
import type { InitConfig } from '../src/options/config.ts';
import { recorder, RECORDING_KEY } from '../src/recorder.ts';
import { Given } from '../src/lib/given.ts';
import { emptyStats, type Stats } from '../src/stats.ts';
import type { LineStep } from '../src/event/make/line-step.ts';
import type { Client } from '../src/main/client.ts';
import type { Report } from '../src/main/reported.ts';
import type { Destiny, Level } from '../src/event/level.ts';
import type { Scope } from '../src/main/scope.ts';
import type { Context, LogRecord, Span } from '../src/event/record.ts';

/** The content of a line. It is only read if the line is needed. */
export interface Line {
  readonly record: LogRecord;
  readonly context: Context | undefined;
}

/** The scope, the span and the rest that surrounds a line when it is logged. */
export class Circumstances {
  readonly scope: Scope;
  readonly span: Span | undefined;
  /** The clients with a hook that is running. The line may come from that hook. */
  readonly hooked: readonly Client[];
  /** The reports of an uncaught error whose listeners are running. */
  readonly uncaught: readonly Report[];
  /** Whether the stack still has the code that logs the line. It has not if the line is handed over later. */
  isLogging = true;
  /** Whether the line is a step of a trail already: two transports of a logger get the same line. */
  isTaken = false;

  /** Reads the circumstances of the moment. */
  constructor({ scopes, clients, reported }: ProcessState = processState()) {
    let hooked = NONE;
    for (const client of clients) {
      if (client.pipeline.isCapturing) hooked = [...hooked, client];
    }
    this.scope = scopes.current();
    this.span = currentSpan();
    this.hooked = hooked;
    this.uncaught = reported.uncaught;
  }
}

const NONE: readonly Client[] = [];

/** Calls `capture`. A stack that is captured in it leaves out this function and what it calls. */
function within(capture: () => unknown): void {
  capture();
}

/** Marks lines that are steps of a trail with a private field. */
class Taken extends Given {
  readonly #isTaken = true;

  /** Marks a line. Returns whether it was not marked yet. */
  static add(line: object): boolean {
    if ((#isTaken in line && line.#isTaken) || others.has(line)) return false;
    try {
      // oxlint-disable-next-line no-new -- the field is on the line from here on
      new Taken(line);
    } catch {
      others.add(line);
    }
    return true;
  }
}

/** The marked lines that take no private field; see `reported.ts`. */
const others = new WeakSet<object>();

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
   * What becomes of a line of this level. `line` is the object that all transports get for one line. It is
   * only needed if they don't share the same `around`.
   */
  accept(level: Level, around: Circumstances, line?: object): Destiny {
    const { client } = this;
    if (client === undefined) return 'nothing';
    const destiny = client.pipeline.destinyOf(level);
    if (destiny === 'nothing') return destiny;
    if (destiny === 'breadcrumb') {
      if (line === undefined ? around.isTaken : !Taken.add(line)) return 'nothing';
      around.isTaken = true;
    }
    if (around.hooked.length === 0 || !around.hooked.includes(client)) return destiny;
    client.pipeline.refuse();
    return 'nothing';
  }

  /** Takes a line that was accepted. `hasCaller`: the stack has the code that logs it. */
  take(
    destiny: Destiny,
    { record, context }: Line,
    { scope, span, uncaught, isLogging }: Circumstances,
    hasCaller: boolean = isLogging,
  ): void {
    const { client } = this;
    if (client === undefined || destiny === 'nothing') return;
    this.#state.console.sawLine(record, Date.now(), record.thrown?.value);
    if (destiny === 'breadcrumb') {
      scope.record(logStep(record));
      return;
    }
    const isTraced = hasCaller && (record.thrown !== undefined || client.config.attachStacktrace);
    const trace = isTraced ? { trace: () => traceOfLine(within) } : {};
    const whole = { ...record, ...trace, span };
    within(() =>
      record.thrown === undefined
        ? client.captureLine(whole, context, scope, uncaught)
        : client.capture(whole, context, scope),
    );
  }

  /** Raises the level of the uncaught errors whose listeners are running. */
  raiseUncaught(level: Level, { scope, uncaught }: Circumstances): void {
    this.client?.raiseUncaught(level, scope, uncaught);
  }

  /** Takes a line that was accepted as a breadcrumb. It is read only if an event needs it. */
  record(step: LineStep, { scope }: Circumstances): void {
    this.#state.console.sawLine(step, Date.now());
    scope.record(step);
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
