/** What becomes of what is written to the console: steps of the trail, and on demand events. */
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

/** ms in which a text on the console and a line of a logger are one: a slow transport may print it later. */
const SAME_MOMENT = 100;
/** Characters of a line that are looked for. */
const TEXT = 500;

/** Characters from which on a text is in another one by no chance. */
const TELLING = 4;

/** A line of a logger, as far as its text is concerned. */
export interface Said {
  readonly message?: string | undefined;
  /** Where that is yet to be read, in place of it. */
  said?(): string | undefined;
  /** When it was made, in ms since 1970. */
  readonly timestamp?: unknown;
}

/** What somebody wants of the console. */
export interface ConsoleWishes extends ConsoleConfig {
  readonly breadcrumbLevel: Level;
  /** Whose the events are. */
  readonly client: () => Client | undefined;
}

/**
 * The console of a process. A logger can print its lines there, before it hands them to us or after that; the
 * line is then known by its text, and is told once, as the logger's.
 */
export class Console {
  readonly #state: Pick<ProcessState, 'scopes' | 'clients'>;
  readonly #watch = new ConsoleWatch();
  /** The last call of the console, for which there is a step. */
  #step:
    { readonly input: BreadcrumbInput; readonly text: string; readonly at: number } | undefined;
  /** The last line of a logger. */
  #line: Said | undefined;
  #error: unknown;
  #lineAt: number | undefined;
  /** The call that is being looked at, and who has had it: each project, and the trail. */
  #call: { readonly args: readonly unknown[]; readonly takers: Set<string> } | undefined;
  #users = 0;

  constructor(state: Pick<ProcessState, 'scopes' | 'clients'>) {
    this.#state = state;
  }

  /** Starts what is wanted. Returns what ends it. */
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
   * Is told of each line of a logger that becomes a step or an event. Its text is read if need be, and so is the
   * time, where that is not told: to ask the clock takes as long as to keep a line.
   */
  sawLine(line: Said, at?: number, error?: unknown): void {
    if (this.#users === 0) return;
    this.#line = line;
    this.#lineAt = at;
    this.#error = error;
    const step = this.#step;
    if (step === undefined) return;
    this.#step = undefined;
    // It was printed before it was handed to us.
    if (!this.#isNear(step.at)) return;
    if (isIn(step.text, this.#said())) withdraw(step.input);
    else this.#step = step;
  }

  /** Whether the last line was made at about this time. */
  #isNear(at: number): boolean {
    return Math.abs(at - Number(this.#lineAt ?? this.#line?.timestamp)) <= SAME_MOMENT;
  }

  /** The text of the last line, or without one its error's. */
  #said(): string {
    const line = this.#line;
    if (line === undefined) return '';
    const error = this.#error;
    const text = line.said === undefined ? line.message : line.said();
    const said = (text ?? '') === '' && isObject(error) ? read(error, 'message') : text;
    return typeof said === 'string' ? said.slice(0, TEXT) : '';
  }

  /** Several may want it; the trail is that of all of them. */
  #isFirst(args: readonly unknown[], taker: string): boolean {
    if (this.#call?.args !== args) this.#call = { args, takers: new Set() };
    const { takers } = this.#call;
    const isFirst = !takers.has(taker);
    takers.add(taker);
    return isFirst;
  }

  #remember(level: Level, args: readonly unknown[]): void {
    if (!this.#isFirst(args, 'the trail')) return;
    const input = consoleStep(level, args);
    const { message: text = '' } = input;
    const at = Date.now();
    if (this.#line !== undefined && this.#isNear(at) && isIn(text, this.#said())) return;
    this.#step = { input, text, at };
    this.#state.scopes.current().record(input);
  }

  /** Whether it is written by a hook, or by what we do in the background: that would never end. */
  #isOurs(): boolean {
    const { scopes, clients } = this.#state;
    return scopes.isMuted || [...clients].some(({ pipeline }) => pipeline.isCapturing);
  }
}

/** Whether what is printed is a line with this text. */
function isIn(printed: string, line: string): boolean {
  return line.length < TELLING ? line !== '' && printed.trim() === line : printed.includes(line);
}
