/**
 * What this thread knows of a line of pino, and its text does not say: the scope that it was logged in,
 * and the Error. pino 10 tells of each line that it has made by a tracing channel, so that no option of
 * pino's is touched, and no byte is in any line. Loggers of `withErrsight` tell the same by their hooks, at
 * less cost; see `hooks.ts`, also for older versions.
 */
import { channel } from 'node:diagnostics_channel';
import { findError } from '../../event/error/find.ts';
import {
  destinyOf,
  levelOnScale,
  LEVELS,
  severity,
  type Destiny,
  type Level,
} from '../../event/level.ts';
import { failedRequest, placeholderStatus } from '../../event/make/failed-request.ts';
import { textsOf } from '../../event/make/texts.ts';
import { tellsOfFailure } from '../../event/make/request.ts';
import { attempt, isObject } from '../../lib/safe-read.ts';
import { shared, type Use } from '../../lib/shared-use.ts';
import { keyOf, placed } from '../../notes/key.ts';
import { projectNumber } from '../../lib/project-number.ts';
import { PendingMarks } from '../../notes/pending.ts';
import { NoteWriter } from '../../notes/writer.ts';
import { takenPlaces } from '../../presence.ts';
import { BoundErrors } from './bound.ts';
import { fieldsWithErrors } from './fields.ts';
import {
  errorKeyOf,
  hasTraits,
  hookOf,
  levelNamesOf,
  messageKeyOf,
  placeOf,
  rootOf,
  tellsOfLines,
  threadOf,
  traitsOf,
  type Traits,
} from './instance.ts';
import { Kept } from './kept.ts';
import { Making, textIn } from './making.ts';
import { Expected } from './expected.ts';
import { foreignStackOf, stackOf } from './stacks.ts';
import { thrownOf, type Found } from './thrown.ts';
import { NOWHERE, tellLate } from './late.ts';
import { describe, type ScopeRules } from './scope.ts';
import type { LineNote } from '../../notes/line-note.ts';
import type { Report } from '../reported.ts';
import type { ProcessState } from '../state.ts';
import type { LogRecord } from '../../event/record.ts';
import type { Scope } from '../scope.ts';

/** By what options a logger's lines are looked at. */
export interface LineRules extends ScopeRules {
  readonly minLevel: Level;
  readonly breadcrumbLevel: Level;
  /** See `projectOf`. */
  readonly project: string;
  /** Whether it is certain that the logger writes to a worker of ours. */
  readonly isOurs: boolean;
  /** Is told of each logger that writes an event. */
  readonly onEvent?: (logger: object, scope: Scope) => void;
}

/** What a call was given besides what pino writes. */
export interface Call {
  /** An Error, or the text of a stack. */
  readonly thrown: unknown;
  readonly logger: unknown;
}

type Known = Pick<ProcessState, 'scopes' | 'reported' | 'console'>;

/** pino's end of `asJson`. */
const CHANNEL = 'tracing:pino_asJson:end';

/** What it tells of a line. */
interface Made {
  readonly instance: unknown;
  /** What was logged, the text, the number of the level, the time. */
  readonly arguments: ArrayLike<unknown>;
  readonly result: unknown;
}

/** A line that becomes an event. */
interface Logged {
  readonly logger: object;
  /** What was logged, as it was given. */
  readonly fields: unknown;
  /** Of its level. */
  readonly number: number;
  readonly line?: string;
  /** What it says. */
  readonly said?: (() => string | undefined) | undefined;
}

/** What holds for the lines of a logger. */
interface Seen {
  /** The logger that was seen last. Its children have the same hooks, stream and levels, as a rule. */
  instance: object;
  readonly traits: Traits;
  /** What the workers had said by then of what they make events of. */
  readonly lowest: number | undefined;
  readonly rules: LineRules | undefined;
  /** Where its lines go, if that is known. */
  readonly place: number | undefined;
  readonly marks: PendingMarks;
  /** Whether it is known which of its lines are events. A worker that is starting has not said so yet. */
  readonly isKnown: boolean;
  /** Whether it tells of its lines by a tracing channel, or else by ids in them. */
  readonly tells: boolean;
  readonly destinies: Map<number, Destiny>;
  /** The level that was asked for last. */
  number: number;
  destiny: Destiny;
}

export class PinoLines {
  readonly #state: Known;
  readonly writer: NoteWriter = new NoteWriter();
  readonly bound: BoundErrors = new BoundErrors();
  readonly making: Making = new Making();
  /** The marks of each place that are not written yet. */
  readonly #marks = new Map<number | undefined, PendingMarks>();
  /** The rules of loggers that were made with `withErrsight`, by the hook that they have of it. */
  readonly #rules = new WeakMap<object, LineRules>();
  /** Those of all others. */
  readonly #others = new Set<() => LineRules | undefined>();
  /** What the call that is being made was given. */
  #call: Call | undefined;
  #isDescribing = false;
  #seen: Seen | undefined;
  readonly #kept = new Kept();
  #looks = 0;
  /** Errors in lines that nobody has taken for certain. */
  readonly #expected = new Expected();
  /** The scope that was named last, and its number. */
  #lastId = '';
  #lastNumber = 0;
  readonly #watch: Use = shared(() => {
    const end = channel(CHANNEL);
    const listener = (message: unknown): void => {
      try {
        this.#ended(message);
      } catch {
        // Of what no logger of pino's is there is nothing to tell.
      }
    };
    end.subscribe(listener);
    return () => {
      end.unsubscribe(listener);
    };
  });

  constructor(state: Known) {
    this.#state = state;
  }

  /** Looks at lines by the rules that are found for loggers without any. Returns what ends it. */
  use(rules: () => LineRules | undefined): () => void {
    this.#others.add(rules);
    this.#seen = undefined;
    const stop = this.#watch();
    return () => {
      this.#others.delete(rules);
      this.#seen = undefined;
      stop();
    };
  }

  /** Has the loggers with this hook looked at by these rules. */
  give(logMethod: object, rules: LineRules): void {
    this.#rules.set(logMethod, rules);
    this.#seen = undefined;
  }

  rulesOf(logger: object): LineRules | undefined {
    const hook = hookOf(logger, 'logMethod');
    const own = isObject(hook) ? this.#rules.get(hook) : undefined;
    if (own !== undefined) return own;
    for (const find of this.#others) {
      const rules = find();
      if (rules !== undefined) return rules;
    }
    return undefined;
  }

  /** Calls a method of a logger that was given an error which pino does not write. */
  during<T>(call: Call | undefined, action: () => T): T {
    const before = this.#call;
    if (before === undefined && call === undefined) return action();
    this.#call = call;
    try {
      return action();
    } finally {
      this.#call = before;
    }
  }

  /** Whether a call is being made that was given what pino drops. */
  get isCalling(): boolean {
    return this.#call !== undefined;
  }

  /** The logger of the call that is being made, where pino drops what it was given. */
  get calling(): object | undefined {
    const logger = this.#call?.logger;
    return isObject(logger) ? logger : undefined;
  }

  /**
   * The hook by which loggers of `withErrsight` write, around the user's own that changes the text. `take`
   * gets each line, once what is to be said of it is said.
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
        if (logger !== undefined) this.#written(logger, fields, number, line, text);
        take?.(text);
      }
      return text;
    };
  }

  /**
   * A logger of `withErrsight` begins to make a line. Returns whether that needs no id in it. Where nothing
   * is to be said of a line nothing is remembered: of most lines below the threshold outside of scopes.
   */
  begin(logger: object, number: number): boolean {
    const seen = this.#see(logger);
    if (!seen.tells) return false;
    const destiny = this.#destinyOf(seen, number);
    const isSaid =
      destiny === 'event' ||
      (destiny === 'breadcrumb' && this.#state.scopes.current().origin !== undefined);
    if (isSaid) this.making.begin(logger, number);
    else this.making.logger = undefined;
    return true;
  }

  #written(logger: object, fields: unknown, number: number, line: string, text: string): void {
    try {
      const said = (): string | undefined => textIn(line, messageKeyOf(logger));
      this.#made({ logger, fields, number, line, said }, text);
    } catch {
      // The line is written all the same.
    }
  }

  /** The note of a line that becomes an event, as JSON; undefined if nothing is to be said. */
  noteOf(
    { logger, fields, number, line, said }: Logged,
    rules: LineRules,
    scope: Scope,
  ): string | undefined {
    // What is asked for an event can log by itself: a hook, a getter.
    if (this.#isDescribing) return undefined;
    this.#isDescribing = true;
    try {
      this.#kept.keep(rootOf(logger) ?? logger);
      rules.onEvent?.(logger, scope);
      const level = levelOnScale(number, levelNamesOf(logger));
      const errorKey = errorKeyOf(logger);
      const found = findError(fields, errorKey);
      const logged = found ?? this.#dropped(logger) ?? this.bound.find(logger);
      const words = logged ? undefined : wordsOf(scope, level, said, line);
      const inText =
        words === undefined ? undefined : scope.origin?.failureIn?.(words, rules.project);
      const given = logged ?? (inText && { error: inText.error, path: [] });
      const status = placeholderStatus(given?.error);
      const isNothingNew =
        given === undefined
          ? isOfFailure(scope, fields, said, level)
          : inText?.isKnown === true || (status !== undefined && scope.origin?.isReported === true);
      const told = isNothingNew
        ? [projectNumber(rules.project)]
        : this.#tell({ logger, said }, given?.error, level, rules, scope);
      const isCertain = rules.isOurs || told.length > 0 || threadOf(logger) === undefined;
      const error =
        given === undefined && !isNothingNew && told.length === 0
          ? this.#say(logger, words, rules, scope)
          : isCertain
            ? undefined
            : this.#expect(given?.error, logger, level);
      const what = status === undefined ? undefined : scope.origin?.what?.();
      const failed =
        status === undefined || what === undefined ? undefined : failedRequest(what, status);
      const thrown = given && thrownOf(logger, given, errorKey);
      const others = found && fieldsWithErrors(logger, fields, found);
      const messageKey = messageKeyOf(logger);
      const isUsual = messageKey === 'msg' && errorKey === 'err';
      const isPlain = line === undefined || /^\{"level":-?\d/.test(line);
      // Assigned one by one: see `describe`.
      const note: { -readonly [Key in keyof LineNote]: LineNote[Key] } = {};
      if (!isUsual || !isPlain) {
        note.level = level;
        note.keys = { messageKey, errorKey };
      }
      const { scope: field, crumbs } = describe(scope, rules, this.writer);
      if (field !== undefined) note.scope = field;
      if (crumbs !== undefined) note.crumbs = crumbs;
      if (thrown !== undefined) note.thrown = thrown;
      if (others !== undefined) note.fields = others;
      if (failed !== undefined) note.failed = failed;
      if (error !== undefined) note.error = error;
      if (told.length > 0) note.told = told;
      return Object.keys(note).length > 0 ? JSON.stringify(note) : undefined;
    } catch {
      // The line is an event all the same.
      return undefined;
    } finally {
      this.#isDescribing = false;
    }
  }

  #ended(message: unknown): void {
    const { instance, arguments: given, result } = message as Partial<Made>;
    if (typeof result !== 'string' || !isObject(instance)) return;
    const number = given?.[2];
    // Of one of `withErrsight` its hook tells.
    if (typeof number !== 'number' || this.making.logger === instance) return;
    // What a hook of the user's makes of the line is not known.
    if (hookOf(instance, 'streamWrite') !== undefined) return;
    const text = given?.[1];
    const said = (): string | undefined => (typeof text === 'string' ? text : undefined);
    this.#made({ logger: instance, fields: given?.[0], number, line: result, said }, result);
  }

  /** A line is made, and is written as `text`. */
  #made(logged: Logged & { readonly line: string }, text: string): void {
    const seen = this.#see(logged.logger);
    const { rules } = seen;
    const destiny = this.#destinyOf(seen, logged.number);
    if (rules === undefined || destiny === 'nothing') return;
    if (logged.said !== undefined) this.#state.console.sawLine(logged.said);
    const scope = this.#state.scopes.current();
    if (destiny === 'breadcrumb') {
      const id = scope.origin?.id;
      if (id === undefined) return;
      const number = this.#numberOf(id);
      if (seen.isKnown) seen.marks.push(text, number);
      else this.writer.mark(placed(keyOf(text), seen.place), number);
      return;
    }
    this.#mark(seen.place);
    const json = this.noteOf(logged, rules, scope);
    if (json !== undefined) this.writer.note(placed(keyOf(text), seen.place), json);
  }

  #marksOf(place: number | undefined): PendingMarks {
    let marks = this.#marks.get(place);
    if (marks === undefined) {
      marks = new PendingMarks();
      this.#marks.set(place, marks);
    }
    return marks;
  }

  /** Marks the lines behind which there is an event, for whoever reads what goes to a place. */
  #mark(place: number | undefined): void {
    for (const [where, marks] of this.#marks) {
      if (place !== undefined && where !== undefined && where !== place) continue;
      marks.flush((line, scope) => this.writer.mark(placed(keyOf(line), where), scope));
    }
  }

  /** What holds for a logger. Most lines are of the same one as the line before. */
  #see(instance: object): Seen {
    const { lowest } = this.writer;
    const known = this.#seen;
    if (known?.isKnown === false && (this.#looks += 1) % LOOKS === 0) this.#seen = undefined;
    else if (known !== undefined && known.lowest === lowest) {
      if (known.instance === instance) return known;
      if (hasTraits(instance, known.traits)) {
        known.instance = instance;
        return known;
      }
    }
    const place = placeOf(instance);
    const rules = this.rulesOf(instance);
    const isKnown = rules?.isOurs === true || (lowest !== undefined && isRead(place));
    const seen: Seen = {
      instance,
      traits: traitsOf(instance),
      lowest,
      rules,
      isKnown,
      place,
      marks: this.#marksOf(place),
      tells: tellsOfLines(instance),
      destinies: new Map(),
      number: NaN,
      destiny: 'nothing',
    };
    this.#seen = seen;
    return seen;
  }

  #destinyOf(seen: Seen, number: number): Destiny {
    if (number === seen.number) return seen.destiny;
    const { instance, rules, lowest, destinies } = seen;
    let destiny = destinies.get(number) ?? 'nothing';
    if (rules !== undefined && !destinies.has(number)) {
      const { minLevel, breadcrumbLevel, isOurs } = rules;
      const said = isOurs || lowest === undefined ? undefined : LEVELS[lowest];
      const level = levelOnScale(number, levelNamesOf(instance));
      destiny = destinyOf(level, { minLevel: said ?? minLevel, breadcrumbLevel });
    }
    destinies.set(number, destiny);
    seen.number = number;
    seen.destiny = destiny;
    return destiny;
  }

  #numberOf(id: string): number {
    if (id !== this.#lastId) {
      this.#lastId = id;
      this.#lastNumber = Number.parseInt(id, 36) | 0;
    }
    return this.#lastNumber;
  }

  /** What the call was given that makes this line, and pino does not write. */
  #dropped(logger: object): Found | undefined {
    const call = this.#call;
    return call?.logger === logger ? { error: call.thrown, path: [] } : undefined;
  }

  /** The projects that were told of an error already; from now on that of the logger knows it, too. */
  #tell(
    { logger, said }: Pick<Logged, 'logger' | 'said'>,
    error: unknown,
    level: Level,
    rules: LineRules,
    scope: Scope,
  ): readonly number[] {
    const { reported } = this.#state;
    const { project } = rules;
    const isTaken = rules.isOurs || this.#isTaken(logger, project);
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

  /** A number for a line at `error` that may tell an error which its request is yet to come upon. */
  #say(
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
        if (isOurs || this.#isTaken(logger, project)) {
          return tellLate(this.writer, { logger, number, project }, record, contexts);
        }
        // It is starting yet, and has read nothing.
        this.writer.retract(number, project);
        return false;
      },
    });
    return number;
  }

  /**
   * A number for an error in a line of which it is not known whether a worker will take it, since that is
   * starting yet: when the error is reported by this thread before, the worker is told so by that number.
   */
  #expect(error: unknown, logger: object, level: Level): number | undefined {
    const stack = foreignStackOf(error);
    const known = this.#expected.find(error, stack ?? stackOf(error));
    if (known !== undefined) return known.number;
    if (!isObject(error) && stack === undefined) return undefined;
    return this.#expected.add(error, stack, logger, level);
  }

  /** Is told of each error that this thread reports itself. */
  reported(error: unknown, project: string): void {
    const known = this.#expected.find(error, stackOf(error));
    if (known !== undefined) this.writer.retract(known.number, project);
  }

  /** Whether a worker that was starting when an error was logged takes it, as is known by now. */
  takes(error: unknown, level: Level, project: string): boolean {
    const known = this.#expected.find(error, stackOf(error));
    const logger = known?.logger.deref();
    if (known === undefined || logger === undefined) return false;
    return severity(level) <= severity(known.level) && this.#isTaken(logger, project);
  }

  /** Whether a worker that reports to this project is what reads the logger's lines. */
  #isTaken(logger: object, project: string): boolean {
    const thread = threadOf(logger);
    return thread !== undefined && this.writer.reportsTo(project) && isRead(thread);
  }
}

/** Lines after which it is looked again whether a worker has started. */
const LOOKS = 1_000;

/** Whether what reads the lines of a place is there, and has said which it makes events of. */
function isRead(place: number | undefined): boolean {
  if (place === undefined) return false;
  // A stream on this thread is there before its logger.
  return place < 0 || [...takenPlaces().values()].includes(place);
}

/** What a line at `error` of a request says in words: they may tell an error of that. */
function wordsOf(
  { origin }: Scope,
  level: Level,
  said: Logged['said'],
  line: string | undefined,
): string | undefined {
  if (origin?.failureIn === undefined || severity(level) < severity('error')) return undefined;
  // What a child has bound is only there.
  const fields = line === undefined || line.length > LONG_LINE ? undefined : parsed(line);
  const text = said?.();
  return text === undefined && fields === undefined ? undefined : textsOf(text ?? '', fields);
}

function parsed(line: string): unknown {
  return attempt(() => JSON.parse(line) as unknown);
}

/** UTF-16 units from which on a line is not parsed on the thread that logs. */
const LONG_LINE = 65_536;

/** Whether a line only says of a request that it has failed, of whose error somebody else tells. */
function isOfFailure(
  { origin }: Scope,
  fields: unknown,
  said: Logged['said'],
  level: Level,
): boolean {
  if (origin?.hasFailed !== true || severity(level) < severity('error')) return false;
  if (!isObject(fields)) return false;
  return tellsOfFailure({ fields: fields as LogRecord['fields'], message: said?.() ?? '' });
}
