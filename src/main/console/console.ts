/** Turns what is written to the console into breadcrumbs, and on demand into events. */
import { severity } from '../../event/level.ts';
import { isObject, read } from '../../lib/safe-read.ts';
import { isOfLogger } from '../call-trace.ts';
import { withdraw } from '../steps.ts';
import { consoleRecord, consoleStep, isTrace, LEVELS } from './line.ts';
import { ConsoleWatch } from './watch.ts';
import type { Level } from '../../event/level.ts';
import type { BreadcrumbInput } from '../../event/record.ts';
import type { ConsoleConfig } from '../../options/console.ts';
import type { Client } from '../client.ts';
import type { ProcessState } from '../state.ts';

/**
 * ms within which a text on the console and a line of a logger count as one. A slow transport may
 * print the line later.
 */
const SAME_MOMENT = 100;
/** Characters of a line that are searched for in the printed text. */
const TEXT = 500;

/** A text of this many characters or more is no chance match in another text. */
const TELLING = 4;

/** A line of a logger, as far as its text is concerned. */
export interface Said {
  readonly message?: string | undefined;
  /** Reads the text later; given in place of `message`. */
  said?(): string | undefined;
  /** When it was made, in ms since 1970. */
  readonly timestamp?: unknown;
}

/** What one user of this class wants from the console. */
export interface ConsoleWishes extends ConsoleConfig {
  readonly breadcrumbLevel: Level;
  /** The client that gets the events. */
  readonly client: () => Client | undefined;
}

/**
 * The console of a process. A logger can print its lines there, before or after it hands them to
 * us. Such a line is recognised by its text and recorded once, as the logger's.
 */
export class Console {
  readonly #state: Pick<ProcessState, 'scopes' | 'clients'>;
  readonly #watch = new ConsoleWatch();
  /** The last console call that became a step. */
  #step:
    { readonly input: BreadcrumbInput; readonly text: string; readonly at: number } | undefined;
  /** The last line of a logger. */
  #line: Said | undefined;
  #error: unknown;
  #lineAt: number | undefined;
  /** The current call, and who has taken it already: projects, or the trail. */
  #call: { readonly args: readonly unknown[]; readonly takers: Set<string> } | undefined;
  #users = 0;

  constructor(state: Pick<ProcessState, 'scopes' | 'clients'>) {
    this.#state = state;
  }

  /** Starts what is wanted. Returns a function that ends it. */
  use(wishes: ConsoleWishes): () => void {
    const { steps, events, breadcrumbLevel, client } = wishes;
    if (!steps && events.length === 0) return () => undefined;
    this.#users += 1;
    const stop = this.#watch.use((method, args) => {
      if (this.#isOurs()) return;
      const level = isTrace(method, args) ? 'debug' : LEVELS[method];
      if (events.includes(method) && level !== 'debug' && !isOfLogger()) {
        const taker = client();
        if (taker !== undefined && this.#isFirst(args, taker.project)) {
          taker.capture(consoleRecord(level, args));
        }
      } else if (steps && severity(level) >= severity(breadcrumbLevel)) this.#remember(level, args);
    });
    return () => {
      this.#users -= 1;
      stop();
    };
  }

  /** Whether anybody wants to know of it. */
  get isUsed(): boolean {
    return this.#users > 0;
  }

  /**
   * To be called for each line of a logger that becomes a step or an event. The text is read only
   * if it is needed. So is the time, unless `at` gives it: asking the clock takes as long as
   * keeping a line.
   */
  sawLine(line: Said, at?: number, error?: unknown): void {
    if (this.#users === 0) return;
    this.#line = line;
    this.#lineAt = at;
    this.#error = error;
    const step = this.#step;
    if (step === undefined) return;
    this.#step = undefined;
    // The logger may have printed the line before it handed it to us.
    if (!this.#isNear(step.at)) return;
    if (isIn(step.text, this.#said())) withdraw(step.input);
    else this.#step = step;
  }

  /** Whether the logger's last line was made within `SAME_MOMENT` of this time. */
  #isNear(at: number): boolean {
    return Math.abs(at - Number(this.#lineAt ?? this.#line?.timestamp)) <= SAME_MOMENT;
  }

  /** The text of the last line. If it has none, the message of its error. */
  #said(): string {
    const line = this.#line;
    if (line === undefined) return '';
    const error = this.#error;
    const text = line.said === undefined ? line.message : line.said();
    const said = (text ?? '') === '' && isObject(error) ? read(error, 'message') : text;
    return typeof said === 'string' ? said.slice(0, TEXT) : '';
  }

  /**
   * Whether this taker has not had the call yet. Several clients may watch; they share one trail.
   */
  #isFirst(args: readonly unknown[], taker: string): boolean {
    if (this.#call?.args !== args) this.#call = { args, takers: new Set() };
    const { takers } = this.#call;
    const isFirst = !takers.has(taker);
    takers.add(taker);
    return isFirst;
  }

  #remember(level: Level, args: readonly unknown[]): void {
    if (!this.#isFirst(args, 'the trail')) return;
    const scope = this.#state.scopes.current();
    const input = consoleStep(level, args);
    const { message: text = '' } = input;
    // Hono prints what the request has failed with. The event of that error tells it already.
    if (level === 'error' && args.length === 1 && scope.origin?.boxOf?.(args[0])) return;
    const at = Date.now();
    if (this.#line !== undefined && this.#isNear(at) && isIn(text, this.#said())) return;
    this.#step = { input, text, at };
    scope.record(input);
  }

  /** Whether a hook or our own background work is writing. To record that would never end. */
  #isOurs(): boolean {
    const { scopes, clients } = this.#state;
    return scopes.isMuted || [...clients].some(({ pipeline }) => pipeline.isCapturing);
  }
}

/** Whether the printed text is or contains this line. */
function isIn(printed: string, line: string): boolean {
  return line.length < TELLING ? line !== '' && printed.trim() === line : printed.includes(line);
}
