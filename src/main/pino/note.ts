import { findError } from '../../event/error/find.ts';
import { levelOnScale } from '../../event/level.ts';
import {
  failedRequest,
  placeholderStatus,
  refusedStatus,
} from '../../event/make/failed-request.ts';
import { isObject } from '../../lib/safe-read.ts';
import { projectNumber } from '../../lib/project-number.ts';
import type { LineNote } from '../../notes/line-note.ts';
import type { NoteWriter } from '../../notes/writer.ts';
import type { Scope } from '../scope.ts';
import type { BoundErrors } from './bound.ts';
import { stackIn, type Calls } from './calls.ts';
import { wholeFields } from './fields.ts';
import { errorKeyOf, levelNamesOf, messageKeyOf, rootOf, threadOf } from './instance.ts';
import { Kept } from './kept.ts';
import { tellMore } from './late.ts';
import type { NumberedLines } from './numbered.ts';
import type { LineRules } from './rules.ts';
import { isOfAnswer, wordsOf } from './said.ts';
import { ScopeNotes } from './scope-notes.ts';
import { thrownOf } from './thrown.ts';
import type { ToldProjects } from './told.ts';

/** The note of a line. */
export interface MadeNote {
  /** A `LineNote` without what the other two say. Empty if that is all. */
  readonly json: string;
  /** The place of what is told of the scope. */
  readonly scope: number | undefined;
  /** See `LineNote.error`. */
  readonly error: number | undefined;
}

/** A line that becomes an event. */
export interface Logged {
  readonly logger: object;
  /** The object that was logged, as it was given. */
  readonly fields: unknown;
  /** The number of its level. */
  readonly number: number;
  readonly line?: string | undefined;
  /** Reads its text. */
  readonly said?: (() => string | undefined) | undefined;
}

interface Parts {
  readonly writer: NoteWriter;
  readonly bound: BoundErrors;
  readonly calls: Calls;
  readonly numbered: NumberedLines;
  readonly told: ToldProjects;
}

/** Makes the notes of lines: what their text does not say. */
export class NoteMaker {
  readonly #bound: BoundErrors;
  readonly #calls: Calls;
  readonly #numbered: NumberedLines;
  readonly #told: ToldProjects;
  readonly #kept = new Kept();
  readonly #writer: NoteWriter;
  readonly #scopes: ScopeNotes;
  #isDescribing = false;

  constructor({ writer, bound, calls, numbered, told }: Parts) {
    this.#scopes = new ScopeNotes(writer);
    this.#writer = writer;
    this.#bound = bound;
    this.#calls = calls;
    this.#numbered = numbered;
    this.#told = told;
  }

  /** The note of a line that becomes an event. Undefined if there is nothing to say. */
  of(
    { logger, fields, number, line, said }: Logged,
    rules: LineRules,
    scope: Scope,
  ): MadeNote | undefined {
    // Making a note can call code that logs, such as a hook or a getter.
    if (this.#isDescribing) return undefined;
    this.#isDescribing = true;
    try {
      const root = rootOf(logger) ?? logger;
      this.#kept.keep(root);
      rules.onEvent?.(root, scope);
      const level = levelOnScale(number, levelNamesOf(logger));
      const errorKey = errorKeyOf(logger);
      const found = findError(fields, errorKey);
      const logged = found ?? this.#calls.droppedBy(logger) ?? this.#bound.find(logger, errorKey);
      /** pino-http has made its error of the status. */
      const made = placeholderStatus(logged?.error);
      const own = made === undefined ? logged : undefined;
      const isAnswer = own === undefined && isOfAnswer(scope, fields, { logger, line, said });
      const words = own
        ? undefined
        : wordsOf(scope, level, { logger, line, said }, this.#calls.textsOf(logger));
      const inText = words === undefined ? undefined : scope.origin?.failureIn?.(words, fields);
      const given = own ?? inText;
      const twin = isObject(given?.error) ? scope.origin?.failureLike?.(given.error) : undefined;
      /** The error that the event is about. */
      // The text of a stack gets an object that stands for it, as the copy of an error.
      const isIn = typeof given?.error === 'string' || (given === undefined && words === undefined);
      const stack = isIn ? stackIn(given?.error ?? fields) : undefined;
      const about = twin ?? (stack === undefined ? given : { error: { stack } });
      const box = about && scope.origin?.boxOf?.(about.error);
      const key = box ?? about?.error;
      const isRequest = given === undefined && scope.origin?.what !== undefined;
      const status = made ?? (isRequest ? refusedStatus(fields, said) : undefined);
      const isNothingNew =
        (given === undefined && isAnswer && scope.origin?.hasFailed === true) ||
        (status !== undefined && scope.origin?.isReported === true);
      const written = { logger, line, path: found?.path, scope };
      const { told, isAround } = isNothingNew
        ? { told: [projectNumber(rules.project)], isAround: false }
        : this.#told.of({ logger, line, said }, about, level, rules, scope);
      const one = key ?? this.#told.uncaught(level);
      const known = isNothingNew ? undefined : this.#numbered.numberOf(one, written, level);
      // If our worker has the error, this thread may still report it as graver. Then the note needs
      // a number.
      const isCertain = told.length > 0 || (!rules.isOurs && threadOf(logger) === undefined);
      const error =
        (known ?? about) === undefined && !isNothingNew && told.length === 0
          ? this.#numbered.ofText({ logger, fields, isAnswer }, words, rules, scope)
          : isCertain
            ? known
            : this.#numbered.ofError(one, written, level);
      const what = status === undefined ? undefined : scope.origin?.what?.();
      const failed =
        status === undefined || what === undefined ? undefined : failedRequest(what, status);
      // A hook of the user may hide in the text what was logged.
      const isRewritten = rules.isRewritten === true;
      const way = { isRewritten, wasThrown: box !== undefined };
      // A logger's copy lacks the class and the causes.
      const shown = given ? { ...given, ...twin } : logged;
      const thrown = shown && thrownOf(logger, shown, errorKey, way);
      const others = isRewritten ? undefined : wholeFields(logger, fields, found);
      const messageKey = messageKeyOf(logger);
      const isUsual = messageKey === 'msg' && errorKey === 'err';
      const isPlain = line === undefined || /^\{"level":-?\d/.test(line);
      // Assigned one by one, which is faster: see `describe`.
      const note: { -readonly [Key in keyof LineNote]: LineNote[Key] } = {};
      if (!isUsual || !isPlain) {
        note.level = level;
        note.keys = { messageKey, errorKey };
      }
      if (error !== undefined && told.length === 0) {
        const more = { time: Date.now(), level, message: '', fields: {} };
        scope.origin?.onAnswer?.(
          () =>
            tellMore(
              this.#writer,
              { logger, number: error, project: rules.project },
              more,
              scope.contexts(rules),
              false,
            ),
          key,
        );
      }
      const noted = this.#scopes.of(scope, rules);
      const place = 'place' in noted ? noted.place : undefined;
      if ('scope' in noted) note.scope = noted.scope;
      if ('crumbs' in noted) note.crumbs = noted.crumbs;
      if (thrown !== undefined) note.thrown = thrown;
      if (others !== undefined) note.fields = others;
      if (failed !== undefined) note.failed = failed;
      if (known !== undefined) note.more = isAround ? 'around' : 'same';
      if (told.length > 0) note.told = told;
      const json = isEmpty(note) ? '' : JSON.stringify(note);
      if (json === '' && place === undefined && error === undefined) return undefined;
      return { json, scope: place, error };
    } catch {
      // The line becomes an event without the note.
      return undefined;
    } finally {
      this.#isDescribing = false;
    }
  }
}

function isEmpty(note: object): boolean {
  for (const key in note) if (Object.hasOwn(note, key)) return false;
  return true;
}
