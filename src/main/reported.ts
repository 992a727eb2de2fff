import { Crossing } from './crossing.ts';
import { isErrorInstance } from '../event/error/class.ts';
import { severity, type Level } from '../event/level.ts';
import { Given } from '../lib/given.ts';
import { isObject, read } from '../lib/safe-read.ts';

import type { Pipeline } from '../pipeline.ts';

/** What a sighting of something thrown is to a project that may have been told of it. */
export type Sighting = 'new' | 'graver' | 'duplicate';

/** That a project was told of something thrown. */
export interface Report {
  readonly project: string;
  /** The gravest level at which it was reported. */
  level: Level;
  /** The event's id; undefined where it was sampled out, ignored, or dropped by a hook. */
  id: string | undefined;
  /** Where the event was made. */
  pipeline: Pipeline | undefined;
}

/** What a sighting is, and the report that stands for it from now on. */
export interface Sighted {
  readonly sighting: Sighting;
  readonly report: Report;
}

/**
 * What was reported on this thread, by whichever door: an Error is one event of a project. Its identity
 * is the object. So two errors thrown at the same line are two, a wrapper with a reported cause is
 * another error where they are not of one request, and an object that is thrown once more, however much later, is still the same.
 *
 * Of what is no object, and of what a logger's serializer made of one, nothing can be told but while
 * the listeners of an uncaught error are called: then it is that one.
 */
export class Reported {
  readonly #crossing = new Crossing();
  /** What the listeners are being told of, and what Node may have made of that. */
  #now:
    | {
        readonly value: unknown;
        readonly shown: unknown;
        readonly stack: string;
        readonly reports: Report[];
      }
    | undefined;

  /**
   * Says what a sighting at this level is, and remembers it. `box` is what a request knows something by that
   * is no object.
   */
  see(thrown: unknown, level: Level, project: string, box?: object): Sighted {
    const others = this.#reportsOf(thrown);
    if (box !== undefined && others !== undefined) remember(box, others);
    const identity = box ?? thrown;
    const known = this.#reportOf(identity, project) ?? this.meet(thrown, project);
    if (known !== undefined) {
      if (severity(level) <= severity(known.level)) return { sighting: 'duplicate', report: known };
      known.level = level;
      return { sighting: 'graver', report: known };
    }
    const report: Report = { project, level, id: undefined, pipeline: undefined };
    this.#keep(identity, report);
    return { sighting: 'new', report };
  }

  /**
   * The report of what another thread has ended by, and said so to this project, if this is Node's copy of it.
   */
  meet(thrown: unknown, project: string): Report | undefined {
    if (this.has(thrown, project) || !this.#crossing.take(thrown, project)) return undefined;
    const report: Report = { project, level: 'fatal', id: undefined, pipeline: undefined };
    this.#keep(thrown, report);
    return report;
  }

  /** Whoever starts a thread is to know what that ends by. */
  share(): void {
    this.#crossing.share();
  }

  /** This thread ends, within so many ms: perhaps by what its listeners are being told of. */
  endThread(ms: number): void {
    if (this.#now === undefined) return;
    const { shown, reports } = this.#now;
    for (const { project } of reports) this.#crossing.tell(shown, project, ms);
  }

  /** What projects were told of what listeners are being told of; nothing where none are. */
  get uncaught(): readonly Report[] {
    return this.#now?.reports ?? NONE;
  }

  /**
   * That it is logged as an error says nothing new from now on, although it was reported as less: a job
   * failed that will be tried again, and its queue says so to its listeners.
   */
  settle(thrown: unknown, project: string): void {
    const report = this.#reportOf(thrown, project);
    if (report === undefined || severity(report.level) >= severity('error')) return;
    report.level = 'error';
    // Its event stays as it is.
    report.id = undefined;
  }

  /** The same object is another failure from now on. */
  forget(thrown: unknown, project: string): void {
    const reports = this.#reportsOf(thrown);
    const index = reports?.findIndex((each) => each.project === project) ?? -1;
    if (index !== -1) reports?.splice(index, 1);
  }

  /**
   * An error that nobody was told of is one with another from now on, of which somebody was: it led to that,
   * or came of it, in one request.
   */
  join(thrown: object, other: object): void {
    const reports = recall(other);
    if (reports !== undefined) remember(thrown, reports);
  }

  /** Whether a project was told of it, at whatever level. */
  has(thrown: unknown, project: string): boolean {
    return this.#reportOf(thrown, project) !== undefined;
  }

  /**
   * The projects that were told of it, and need no event of what says it once more. `complete` has that
   * become a part of their event, if it still waits: of what is graver there is another one else.
   */
  toldOf(thrown: unknown, level: Level, complete: (report: Report) => boolean): readonly string[] {
    return (this.#reportsOf(thrown) ?? NONE)
      .filter((report) => {
        const isGraver = severity(level) > severity(report.level);
        const isComplete = complete(report);
        if (isComplete && isGraver) report.level = level;
        return isComplete || !isGraver;
      })
      .map((report) => report.project);
  }

  /**
   * The projects whose event of what listeners are being told of says now, by `complete`, what a line of
   * theirs says.
   */
  toldOfUncaught(level: Level, complete: (report: Report) => boolean): readonly string[] {
    const completed = this.uncaught.filter(complete);
    for (const report of completed) {
      if (severity(level) > severity(report.level)) report.level = level;
    }
    return completed.map((report) => report.project);
  }

  /**
   * Call it with what is uncaught, before a project is told of it: its listeners are called next. They
   * may be given a `wrapper` of it.
   */
  begin(thrown: unknown, project: string, wrapper?: object): void {
    const around = this.#now;
    // Told to one project after the other. A text that is thrown twice is told to one twice.
    const isSame =
      around !== undefined &&
      Object.is(around.value, thrown) &&
      !around.reports.some((each) => each.project === project);
    if (isSame) return;
    const reports = recall(thrown) ?? [];
    if (isObject(thrown)) remember(thrown, reports);
    if (wrapper !== undefined) remember(wrapper, reports);
    const now = { value: thrown, shown: wrapper ?? thrown, stack: stackOf(thrown), reports };
    this.#now = now;
    // By then the listeners are through.
    process.nextTick(() => {
      if (this.#now === now) this.#now = undefined;
    });
  }

  #keep(thrown: unknown, report: Report): void {
    const reports = this.#reportsOf(thrown);
    if (reports !== undefined) reports.push(report);
    else if (isObject(thrown)) remember(thrown, [report]);
  }

  #reportOf(thrown: unknown, project: string): Report | undefined {
    return this.#reportsOf(thrown)?.find((each) => each.project === project);
  }

  #reportsOf(thrown: unknown): Report[] | undefined {
    const known = recall(thrown);
    if (known !== undefined || this.#now === undefined) return known;
    const { value, stack, reports } = this.#now;
    if (!isObject(thrown)) return Object.is(thrown, value) ? reports : undefined;
    // Another Error is another one, wherever it was made. bunyan writes causes behind the stack.
    const isCopy = !isErrorInstance(thrown) && stack !== '' && stackOf(thrown).startsWith(stack);
    return isCopy ? reports : undefined;
  }
}

const NONE: readonly Report[] = [];

/** The reports of an object, as a private field of that. */
class Stamp extends Given {
  #reports: Report[];

  constructor(object: object, reports: Report[]) {
    super(object);
    this.#reports = reports;
  }

  static of(object: object): Report[] | undefined {
    return #reports in object ? object.#reports : undefined;
  }
}

/** For objects that take no private field: V8 may refuse that for frozen ones some day. */
const unstamped = new WeakMap<object, Report[]>();

function recall(thrown: unknown): Report[] | undefined {
  return isObject(thrown) ? (Stamp.of(thrown) ?? unstamped.get(thrown)) : undefined;
}

function remember(thrown: object, reports: Report[]): void {
  if (recall(thrown) !== undefined) return;
  try {
    // oxlint-disable-next-line no-new -- the field is on the object from here on
    new Stamp(thrown, reports);
  } catch {
    unstamped.set(thrown, reports);
  }
}

function stackOf(thrown: unknown): string {
  const stack = isObject(thrown) ? read(thrown, 'stack') : undefined;
  return typeof stack === 'string' ? stack : '';
}
