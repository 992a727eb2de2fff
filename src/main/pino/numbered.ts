import { severity, type Level } from '../../event/level.ts';
import { isObject } from '../../lib/safe-read.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { Scope } from '../scope.ts';
import { Expected } from './expected.ts';
import { NOWHERE, tellLate, tellMore } from './late.ts';
import { hasReader } from './readers.ts';
import type { LineRules } from './rules.ts';
import { foreignStackOf, stackOf } from './stacks.ts';

/** Lines with a number in their notes, by which more may be told of them later. */
export class NumberedLines {
  readonly #writer: NoteWriter;
  /** Errors in lines that nobody has taken for certain. */
  readonly #expected = new Expected();

  constructor(writer: NoteWriter) {
    this.#writer = writer;
  }

  /** A number for a line at `error` that may tell an error which its request is yet to come upon. */
  ofText(
    logger: object,
    text: string | undefined,
    { project, isOurs }: LineRules,
    { origin }: Scope,
  ): number | undefined {
    if (text === undefined || origin?.said === undefined) return undefined;
    const number = this.#expected.next();
    origin.said({
      text,
      project,
      made: NOWHERE,
      become: (record, contexts) => {
        if (isOurs || hasReader(this.#writer, logger, project)) {
          return tellLate(this.#writer, { logger, number, project }, record, contexts);
        }
        // It is starting yet, and has read nothing.
        this.#writer.retract(number, project);
        return false;
      },
    });
    return number;
  }

  /**
   * A number for an error in a line of which it is not known whether a worker will take it, since that is
   * starting yet: when the error is reported by this thread before, the worker is told so by that number.
   */
  ofError(error: unknown, logger: object, level: Level): number | undefined {
    const stack = foreignStackOf(error);
    const known = this.#expected.find(error, stack ?? stackOf(error));
    if (known !== undefined) {
      if (severity(level) > severity(known.level)) known.level = level;
      return known.number;
    }
    if (!isObject(error) && stack === undefined) return undefined;
    return this.#expected.add(error, stack, logger, level);
  }

  /** The number of the line that an error itself was in before. */
  numberOf(error: unknown): number | undefined {
    return this.#expected.get(error)?.number;
  }

  /** An error has the number of one that led to it, or came of it. */
  join(error: object, other: object): void {
    this.#expected.join(error, other);
  }

  /** Tells the worker what a further sighting says of such an error, or of one around it. */
  complete(
    record: LogRecord,
    contexts: readonly Context[],
    project: string,
    isAround: boolean,
  ): void {
    const known = this.#expected.get(record.thrown?.value);
    const logger = known?.logger.deref();
    if (known === undefined || logger === undefined) return;
    tellMore(this.#writer, { logger, number: known.number, project }, record, contexts, isAround);
  }

  /** Is told of each error that this thread reports itself. */
  reported(error: unknown, project: string): void {
    const known = this.#expected.find(error, stackOf(error));
    if (known !== undefined) this.#writer.retract(known.number, project);
  }

  /** Whether a worker that was starting when an error was logged takes it, as is known by now. */
  takes(error: unknown, level: Level, project: string): boolean {
    const known = this.#expected.find(error, stackOf(error));
    const logger = known?.logger.deref();
    if (known === undefined || logger === undefined) return false;
    return severity(level) <= severity(known.level) && hasReader(this.#writer, logger, project);
  }
}
