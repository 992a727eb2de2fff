import { severity, type Level } from '../../event/level.ts';
import { projectNumber } from '../../lib/project-number.ts';
import { isObject } from '../../lib/safe-read.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { LogRecord } from '../../event/record.ts';
import type { Report, Reported } from '../reported.ts';
import type { Scope } from '../scope.ts';
import type { Logged } from './note.ts';
import { hasReader } from './readers.ts';
import type { LineRules } from './rules.ts';

/** Knows who was told of the error of a line. */
export class ToldProjects {
  readonly #reported: Reported;
  readonly #writer: NoteWriter;

  constructor(reported: Reported, writer: NoteWriter) {
    this.#reported = reported;
    this.#writer = writer;
  }

  /** The projects that were told of an error already; from now on that of the logger knows it, too. */
  of(
    { logger, said }: Pick<Logged, 'logger' | 'said'>,
    error: unknown,
    level: Level,
    rules: LineRules,
    scope: Scope,
  ): readonly number[] {
    const reported = this.#reported;
    const { project } = rules;
    const isTaken = rules.isOurs || hasReader(this.#writer, logger, project);
    const isLogged = isTaken && scope.origin?.isLogged?.(error, project) === true;
    if (isTaken) scope.origin?.told?.(level, error === undefined ? undefined : { error, project });
    const record = (): LogRecord => ({
      time: Date.now(),
      level,
      message: said?.() ?? '',
      fields: {},
    });
    const complete = ({ id, pipeline }: Report, more: () => LogRecord = record): boolean =>
      id !== undefined && pipeline?.amend(id, more(), scope.contexts(rules), scope) === true;
    const logged = isLogged ? [projectNumber(project)] : [];
    if (!isObject(error)) {
      // While the listeners of what nobody catches are called an error line is about that.
      const isAbout = severity(level) >= severity('error');
      const told = isAbout ? reported.toldOfUncaught(level, (report) => complete(report)) : [];
      return [...told.map(projectNumber), ...logged];
    }
    const whole = (): LogRecord => ({ ...record(), thrown: { value: error } });
    reported.meet(error, project);
    const told = reported
      .toldOf(error, level, (report) => complete(report, whole))
      .map(projectNumber);
    if (isTaken) reported.see(error, level, project);
    if (!isTaken || told.length > 0) return [...told, ...logged];
    // Of who logs an error as a text, and then as itself, the first event becomes the error's.
    const line = scope.origin?.lineAbout?.(error, project);
    const isTold = line?.become(whole(), scope.contexts(rules), []) === true;
    return isTold ? [projectNumber(project)] : logged;
  }
}
