import { severity, type Level } from '../../event/level.ts';
import { projectNumber } from '../../lib/project-number.ts';
import { isErrorInstance } from '../../event/error/class.ts';
import { isObject } from '../../lib/safe-read.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { Context, LogRecord } from '../../event/record.ts';
import { joinRelative, relativeOf } from '../counterpart.ts';
import type { Report, Reported } from '../reported.ts';
import type { Scope } from '../scope.ts';
import type { Logged } from './note.ts';
import type { NumberedLines } from './numbered.ts';
import { hasReader } from './readers.ts';
import type { LineRules } from './rules.ts';
import { wholeOf } from './whole.ts';

const NONE: readonly never[] = [];
const NOBODY = { told: NONE, isAround: false };

/** Knows which projects were told of the error of a line. */
export class ToldProjects {
  readonly #reported: Reported;
  readonly #writer: NoteWriter;
  readonly #numbered: NumberedLines;

  constructor(reported: Reported, writer: NoteWriter, numbered: NumberedLines) {
    this.#reported = reported;
    this.#numbered = numbered;
    this.#writer = writer;
  }

  /** The uncaught error that a line of this level is about, while the error's listeners are called. */
  uncaught(level: Level): unknown {
    return severity(level) >= severity('error') ? this.#reported.thrown : undefined;
  }

  /**
   * The projects that were told of an error already. `isAround` says that they were told of its
   * cause. From now on the logger's project counts as told, too.
   */
  of(
    line: Pick<Logged, 'logger' | 'line' | 'said'>,
    about: { readonly error: unknown; readonly path?: readonly string[] } | undefined,
    level: Level,
    rules: LineRules,
    scope: Scope,
  ): { readonly told: readonly number[]; readonly isAround: boolean } {
    const reported = this.#reported;
    const { logger } = line;
    const { project } = rules;
    const error = about?.error;
    const isTaken = rules.isOurs || hasReader(this.#writer, logger, project);
    const isLogged =
      isTaken && about !== undefined && scope.origin?.isLogged?.(error, level, project) === true;
    const box = about && scope.origin?.boxOf?.(error);
    /** A thrown value that is no Error. It says more than an earlier line about it. */
    const wasThrown = box !== undefined && !isErrorInstance(error);
    const key = box ?? error;
    const kin = relativeOf(reported, error, box, project, scope.origin);
    if (kin !== undefined)
      joinRelative({ reported, lines: this.#numbered }, key as object, kin, project);
    const isAround = kin?.isCause ?? wasThrown;
    const logged = about && { error, project, isStarting: !isTaken };
    if (isTaken || logged !== undefined) scope.origin?.told?.(level, logged);
    // While the listeners of an uncaught error are called, a line at `error` is about that error.
    const isUncaught = reported.uncaught.length > 0 && severity(level) >= severity('error');
    // Most lines.
    if (key === undefined && !isUncaught && !isLogged) return NOBODY;
    const words = kin?.words;
    if (words !== undefined) {
      const more = { time: Date.now(), level, message: words, fields: {} };
      this.#numbered.complete(key, more, NONE, project, false);
    }
    const whole = (thrown?: LogRecord['thrown']): readonly [LogRecord, readonly Context[]] => {
      const { record, context } = wholeOf(line, level, about?.path);
      const message = [record.message, words].filter(Boolean).join('\n');
      const known = scope.contexts(rules);
      return [
        { ...record, message, ...(thrown && { thrown }) },
        context ? [...known, context] : known,
      ];
    };
    const complete = ({ id, pipeline }: Report, thrown?: LogRecord['thrown']): boolean =>
      id !== undefined &&
      (isAround
        ? pipeline?.become(id, [...whole(thrown), []], scope)
        : pipeline?.amend(id, ...whole(thrown), scope)) === true;
    const inOtherWords = isLogged ? [projectNumber(project)] : NONE;
    if (!isObject(key)) {
      const told = isUncaught ? reported.toldOfUncaught(level, (report) => complete(report)) : NONE;
      return { told: [...told.map(projectNumber), ...inOtherWords], isAround };
    }
    const thrown = { value: error, wasThrown };
    reported.meet(error, project);
    const told = reported
      .toldOf(key, level, (report) => complete(report, thrown))
      .map(projectNumber);
    if (isTaken) reported.see(error, level, project, box);
    if (!isTaken || told.length > 0) return { told: [...told, ...inOtherWords], isAround };
    // If the error was logged as a text before, the event of that text becomes the error's event.
    const text = scope.origin?.lineAbout?.(error, project);
    const isTold = text?.become(...whole(thrown), []) === true;
    return { told: isTold ? [projectNumber(project)] : inOtherWords, isAround };
  }
}
