/**
 * What this thread knows of a line of pino and the line's text does not say: the scope that it was
 * logged in, and the Error. pino 10 publishes each line that it has made on a tracing channel. So
 * no option of pino changes, and nothing is added to a line. The hooks of `withErrsight` tell the
 * same at less cost, and in older versions too: see `hooks.ts`.
 */
import { shared, type Use } from '../../lib/shared-use.ts';
import { keyOf, placed } from '../../notes/key.ts';
import { BoundErrors } from './bound.ts';
import { Calls } from './calls.ts';
import { listenToLines } from './channel.ts';
import { IN_LINE, PinoStep, saysTime } from './line-step.ts';
import { Making } from './making.ts';
import { Marks } from './marks.ts';
import { NoteMaker, type Logged, type MadeNote } from './note.ts';
import { NumberedLines } from './numbered.ts';
import { LoggerRules, type LineRules } from './rules.ts';
import { SeenLoggers, type Seen } from './seen.ts';
import { ToldProjects } from './told.ts';
import type { Level } from '../../event/level.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { Scope } from '../scope.ts';
import type { ProcessState } from '../state.ts';

type Known = Pick<ProcessState, 'scopes' | 'reported' | 'console' | 'notes'>;

export class PinoLines {
  readonly #state: Known;
  readonly writer: NoteWriter;
  readonly bound: BoundErrors = new BoundErrors();
  readonly making: Making = new Making();
  readonly calls: Calls = new Calls();
  readonly #rules = new LoggerRules();
  readonly #marks: Marks;
  readonly #seen: SeenLoggers;
  readonly #numbered: NumberedLines;
  readonly #notes: NoteMaker;
  readonly #watch: Use = shared(() =>
    listenToLines(this.making, (step, fields) => {
      const seen = this.#seen.of(step.logger);
      // If a hook of the user changes the line, its final text is not known here.
      if (!seen.isRewritten) this.#made(seen, step, fields, step.line);
    }),
  );

  constructor(state: Known) {
    this.#state = state;
    this.writer = state.notes;
    this.#marks = new Marks(this.writer);
    this.#seen = new SeenLoggers(this.writer, this.#rules, this.#marks);
    this.#numbered = new NumberedLines(this.writer);
    this.#notes = new NoteMaker({
      writer: this.writer,
      bound: this.bound,
      calls: this.calls,
      numbered: this.#numbered,
      told: new ToldProjects(state.reported, this.writer, this.#numbered),
    });
  }

  /**
   * Watches lines, and uses these rules for loggers without rules of their own. Returns a function
   * that ends it.
   */
  use(rules: () => LineRules | undefined): () => void {
    const remove = this.#rules.add(rules);
    this.#seen.forget();
    const stop = this.#watch();
    return () => {
      remove();
      this.#seen.forget();
      stop();
    };
  }

  /** Uses these rules for the loggers with this hook. */
  give(logMethod: object, rules: LineRules): void {
    this.#rules.give(logMethod, rules);
    this.#seen.forget();
  }

  /**
   * The hook with which loggers of `withErrsight` write. It calls the user's own hook, which
   * changes the text. `take` gets each line after its note is written.
   */
  writing(
    theirs: ((line: string) => string) | undefined,
    take?: (line: string) => void,
  ): (line: string) => string {
    return (line) => {
      const { logger, fields, number } = this.making;
      this.making.logger = undefined;
      const text = theirs === undefined ? line : theirs(line);
      if (typeof text === 'string') {
        if (logger !== undefined) this.#written(logger, fields, number, text);
        take?.(text);
      }
      return text;
    };
  }

  /**
   * A logger of `withErrsight` begins to make a line. Returns whether the line needs no id. Nothing
   * is remembered if the line becomes neither an event nor a breadcrumb.
   */
  begin(logger: object, number: number): boolean {
    const seen = this.#seen.of(logger);
    if (!seen.tells) return false;
    const destiny = this.#seen.destinyOf(seen, number);
    if (destiny !== 'nothing') this.making.begin(logger, number);
    else this.making.logger = undefined;
    return true;
  }

  #written(logger: object, fields: unknown, number: number, text: string): void {
    try {
      this.#made(this.#seen.of(logger), new PinoStep(logger, number, text, IN_LINE), fields, text);
    } catch {
      // The line is written all the same.
    }
  }

  /** The note of a line that becomes an event. Undefined if there is nothing to say. */
  noteOf(logged: Logged, rules: LineRules, scope: Scope): MadeNote | undefined {
    return this.#notes.of(logged, rules, scope);
  }

  /** To be called when a line is made. It is written as `text`. */
  #made(seen: Seen, step: PinoStep, fields: unknown, text: string): void {
    const { rules, place } = seen;
    const destiny = this.#seen.destinyOf(seen, step.number);
    if (rules === undefined || destiny === 'nothing') return;
    seen.saysTime ??= saysTime(step.line);
    if (!seen.saysTime) step.at = Date.now();
    this.#state.console.sawLine(step, step.at);
    const scope = this.#state.scopes.current();
    if (destiny === 'breadcrumb') {
      const id = scope.origin?.id;
      if (id !== undefined) this.#marks.add(seen, text, id);
      scope.recordLine(step);
      return;
    }
    this.#marks.flush(place);
    const made = this.noteOf(loggedIn(step, fields), rules, scope);
    // Without one, a stream on this thread would find the note of another logger's line.
    if (made === undefined && !seen.hasStreams) return;
    this.writer.note(placed(keyOf(text), place), made?.json ?? '', made);
  }

  /** See `NumberedLines.reported`. */
  reported(error: unknown, project: string): ReturnType<NumberedLines['reported']> {
    return this.#numbered.reported(error, project);
  }

  /**
   * Says that one of two errors caused the other, so that both count as the error of the same line.
   */
  join(error: object, other: object): void {
    this.#numbered.join(error, other);
  }

  /** See `NumberedLines.fold`. */
  fold(error: object, other: object, project: string): void {
    this.#numbered.fold(error, other, project);
  }

  /** Tells pino's worker what a later sighting adds to an error of one of its lines. */
  complete(
    error: unknown,
    record: LogRecord,
    contexts: readonly Context[],
    project: string,
    isAround: boolean,
  ): void {
    this.#numbered.complete(error, record, contexts, project, isAround);
  }

  /** Whether the worker that was starting when the error was logged takes it. */
  takes(error: unknown, level: Level, project: string): boolean {
    return this.#numbered.takes(error, level, project);
  }
}

/**
 * The closure is made in a function of its own. Otherwise each call of the function that makes it
 * would keep its variables alive.
 */
function loggedIn(step: PinoStep, fields: unknown): Logged {
  const { logger, number, line } = step;
  return { logger, fields, number, line, said: () => step.said() };
}
