import { Crossing } from './crossing.ts';
import { isErrorInstance } from '../event/error/class.ts';
import { severity, type Level } from '../event/level.ts';
import { Given } from '../lib/given.ts';
import { isObject, read } from '../lib/safe-read.ts';

import { causesOf } from '../event/error/causes-of.ts';
import type { Kin } from './origin.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Seen } from './counterpart.ts';

/** How new a sighting of something thrown is to a project. */
export type Sighting = 'new' | 'graver' | 'duplicate';

/** Remembers that a project was told of something thrown. */
export interface Report {
  readonly project: string;
  /** The gravest level at which it was reported. */
  level: Level;
  /** The event's id. Undefined if it was sampled out, ignored, or dropped by a hook. */
  id: string | undefined;
  /** The pipeline that made the event. */
  pipeline: Pipeline | undefined;
}

/** How new a sighting is, and the report that holds for it from now on. */
export interface Sighted {
  readonly sighting: Sighting;
  readonly report: Report;
}

/**
 * What was reported on this thread, by any part of the API: an Error becomes one event of a
 * project. The object is its identity. So two errors thrown at the same line are two. A wrapper
 * with a reported cause is another error, unless both belong to one request. An object that is
 * thrown again is still the same, however much later.
 *
 * A value that is no object has no identity, nor has the copy that a logger's serializer makes of
 * an error. They are recognised only while the listeners of an uncaught error are called: then they
 * count as that error.
 */
export class Reported {
  readonly #crossing = new Crossing();
  /** See `counterpartOf`. */
  seen: readonly Seen[] = [];
  /**
   * The uncaught error that listeners are being told of, and the error that Node may have made of
   * it.
   */
  #now:
    | {
        readonly value: unknown;
        readonly shown: unknown;
        readonly stack: string;
        readonly reports: Report[];
      }
    | undefined;

  /**
   * Says how new a sighting at this level is, and remembers it. `box` is the object by which a
   * request knows a value that is no object.
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
   * If this is Node's copy of an error that ended another thread, and that thread has reported it
   * to this project: the report of it.
   */
  meet(thrown: unknown, project: string): Report | undefined {
    if (this.has(thrown, project) || !this.#crossing.take(thrown, project)) return undefined;
    const report: Report = { project, level: 'fatal', id: undefined, pipeline: undefined };
    this.#keep(thrown, report);
    return report;
  }

  /** Prepares this thread to learn which errors end the threads that it starts. */
  share(): void {
    this.#crossing.share();
  }

  /**
   * Says that this thread ends within `ms`, perhaps because of the error that its listeners are
   * being told of.
   */
  endThread(ms: number): void {
    if (this.#now === undefined) return;
    const { shown, reports } = this.#now;
    for (const { project } of reports) this.#crossing.tell(shown, project, ms);
  }

  /** The reports of the uncaught error that listeners are being told of. Empty if there is none. */
  get uncaught(): readonly Report[] {
    return this.#now?.reports ?? NONE;
  }

  /** That error itself, if there is one. */
  get thrown(): unknown {
    return this.#now?.value;
  }

  /**
   * Makes a later log line at `error` say nothing new, although the failure was reported at a lower
   * level. A job failed and will be tried again, and its queue tells its listeners so.
   */
  settle(thrown: unknown, project: string): void {
    const report = this.#reportOf(thrown, project);
    if (report === undefined || severity(report.level) >= severity('error')) return;
    report.level = 'error';
    // Its event stays as it is.
    report.id = undefined;
  }

  /** Makes the same object count as another failure from now on. */
  forget(thrown: unknown, project: string): void {
    const reports = this.#reportsOf(thrown);
    const index = reports?.findIndex((each) => each.project === project) ?? -1;
    if (index !== -1) reports?.splice(index, 1);
  }

  /**
   * Makes an error that nobody was told of count as one with another that was reported. One caused
   * the other, in one request.
   */
  join(thrown: object, other: object): void {
    const reports = recall(other);
    if (reports !== undefined) remember(thrown, reports);
  }

  /** Adds the event of an error to that of another one and takes it back, if both still wait. */
  fold(error: object, other: object, project: string): void {
    const [from, to] = [error, other].map((each) => this.#reportOf(each, project));
    if (from?.id === undefined || to?.id === undefined || from.pipeline !== to.pipeline) return;
    if (from.id !== to.id && to.pipeline?.fold(from.id, to.id) === true) from.id = to.id;
  }

  /**
   * Makes an error count as the uncaught one that listeners are being told of if one is the cause of
   * the other, or if it is a logger's copy (`isCopy`).
   */
  joinUncaught(thrown: unknown, isCopy: boolean): Kin | undefined {
    if (this.#now === undefined || !isObject(thrown) || recall(thrown) !== undefined)
      return undefined;
    const { value, reports } = this.#now;
    const isAround = causesOf(thrown).includes(value);
    if (!isAround && !isCopy && !causesOf(value).includes(thrown)) return undefined;
    remember(thrown, reports);
    return { error: value as object, isCause: isAround };
  }

  /** Whether a project was told of it, at whatever level. */
  has(thrown: unknown, project: string): boolean {
    return this.#reportOf(thrown, project) !== undefined;
  }

  /**
   * The projects that were told of it and need no further event. `complete` adds the new sighting
   * to their event if that still waits. If it can't, and the sighting is graver, the project gets
   * another event.
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
   * The projects whose event of the uncaught error now has what a line says, added by `complete`.
   */
  toldOfUncaught(level: Level, complete: (report: Report) => boolean): readonly string[] {
    const completed = this.uncaught.filter(complete);
    for (const report of completed) {
      if (severity(level) > severity(report.level)) report.level = level;
    }
    return completed.map((report) => report.project);
  }

  /**
   * To be called with an uncaught error before a project is told of it. Its listeners are called
   * next. They may be given a `wrapper` of it.
   */
  begin(thrown: unknown, project: string, wrapper?: object): void {
    const around = this.#now;
    // Projects are told one after the other. If one project is told twice, the text was thrown
    // twice.
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
    // Another Error object is always another error. bunyan appends causes to the stack of its copy.
    const isCopy = !isErrorInstance(thrown) && stack !== '' && stackOf(thrown).startsWith(stack);
    return isCopy ? reports : undefined;
  }
}

const NONE: readonly Report[] = [];

/** Keeps the reports of an object in a private field of it. */
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
