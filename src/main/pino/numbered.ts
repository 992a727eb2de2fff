import { severity, type Level } from '../../event/level.ts';
import { levelOf } from '../../event/make/contexts.ts';
import { isObject } from '../../lib/safe-read.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { Scope } from '../scope.ts';
import type { SaidLine } from '../origin.ts';
import { Expected, type ExpectedError } from './expected.ts';
import { NOWHERE, tellLate, tellMore } from './late.ts';
import { hasReader } from './readers.ts';
import type { Logged } from './note.ts';
import type { LineRules } from './rules.ts';
import { wholeOf, type Whole } from './whole.ts';

/** The most lines that are kept of an error. */
const LINES = 5;

/** A line with an error. */
interface ErrorLine extends Pick<Logged, 'logger' | 'line'> {
  readonly path: readonly string[] | undefined;
  readonly scope: Scope;
}

/** What an event takes over from a line, and the scope of the line, if that still exists. */
interface Earlier extends Whole {
  readonly scope: Scope | undefined;
}

/** Gives lines a number in their notes, by which more can be told of them later. */
export class NumberedLines {
  readonly #writer: NoteWriter;
  /** Errors in lines that a worker may or may not take. */
  readonly #expected = new Expected();

  constructor(writer: NoteWriter) {
    this.#writer = writer;
  }

  /** A number for a line at `error` that may be about an error which the request meets later. */
  ofText(
    { logger, fields, isAnswer }: Pick<Logged, 'logger' | 'fields'> & Pick<SaidLine, 'isAnswer'>,
    text: string | undefined,
    { project, isOurs }: LineRules,
    { origin }: Scope,
  ): number | undefined {
    if ((text === undefined && !isAnswer) || origin?.said === undefined) return undefined;
    const number = this.#expected.next();
    origin.said({
      text: text ?? '',
      fields,
      isAnswer,
      project,
      made: NOWHERE,
      become: (record, contexts) => {
        if (isOurs || hasReader(this.#writer, logger, project)) {
          // The event is the error's from here on.
          const value = record.thrown?.value;
          const level = levelOf(contexts) ?? record.level;
          const key = origin.boxOf?.(value) ?? value;
          if (isObject(key)) this.#expected.put(key, { number, level, logger });
          return tellLate(this.#writer, { logger, number, project }, record, contexts);
        }
        // The worker is still starting, and has read nothing.
        this.#writer.retract(number, project);
        return false;
      },
    });
    return number;
  }

  /**
   * A number for an error in a line whose worker is still starting, so that it may not take the
   * line. If this thread reports the error first, it tells the worker so by that number.
   */
  ofError(error: unknown, line: ErrorLine, level: Level): number | undefined {
    const known = this.#expected.get(error);
    if (known !== undefined) {
      if (severity(level) > severity(known.level)) known.level = level;
      return known.number;
    }
    if (!isObject(error)) return undefined;
    const number = this.#expected.next();
    const { logger } = line;
    keepLine(this.#expected.put(error, { number, level, logger }), line, level);
    return number;
  }

  /** The number of the earlier line that had the error itself. */
  numberOf(error: unknown, line: ErrorLine, level: Level): number | undefined {
    const known = this.#expected.get(error);
    if (known !== undefined) keepLine(known, line, level);
    return known?.number;
  }

  /** Gives an error the number of its cause, or of the error that it caused. */
  join(error: object, other: object): void {
    this.#expected.join(error, other);
  }

  /** Makes the lines of an error parts of the event of another one, in place of an event of their own. */
  fold(error: object, other: object, project: string): void {
    if (this.#expected.get(error) === this.#expected.get(other)) return;
    for (const { record, context } of this.reported(error, project)) {
      this.complete(other, record, context ? [context] : [], project, false);
    }
    this.#expected.move(error, other);
  }

  /**
   * Tells the worker what a later sighting adds to such an error. `isAround` means that the
   * sighting is of an error around it.
   */
  complete(
    error: unknown,
    record: LogRecord,
    contexts: readonly Context[],
    project: string,
    isAround: boolean,
  ): void {
    const known = this.#expected.get(error);
    const logger = known?.logger.deref();
    if (known === undefined || logger === undefined) return;
    tellMore(this.#writer, { logger, number: known.number, project }, record, contexts, isAround);
  }

  /**
   * To be called for each error that this thread reports itself. Returns what its earlier lines
   * say, since no worker reports them then.
   */
  reported(error: unknown, project: string): readonly Earlier[] {
    const known = this.#expected.get(error);
    if (known === undefined) return [];
    this.#writer.retract(known.number, project);
    const logger = known.logger.deref();
    if (logger === undefined) return [];
    return known.lines.map(({ line, level, path, scope }) => ({
      ...wholeOf({ logger, line }, level, path),
      scope: scope.deref(),
    }));
  }

  /** Whether the worker that was starting when the error was logged takes it. */
  takes(error: unknown, level: Level, project: string): boolean {
    const known = this.#expected.get(error);
    const logger = known?.logger.deref();
    if (known === undefined || logger === undefined) return false;
    return severity(level) <= severity(known.level) && hasReader(this.#writer, logger, project);
  }
}

function keepLine({ lines }: ExpectedError, { line, path, scope }: ErrorLine, level: Level): void {
  if (line === undefined || lines.length >= LINES) return;
  lines.push({ line, level, path, scope: new WeakRef(scope) });
}
