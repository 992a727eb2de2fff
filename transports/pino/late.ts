import { createLru, type Lru } from '../../src/lib/lru.ts';
import { severity, type Level } from '../../src/event/level.ts';
import { levelOf } from '../../src/event/make/contexts.ts';
import { isArray, isObject } from '../../src/lib/safe-read.ts';
import { revive } from '../../src/notes/revive.ts';
import type { LateNote } from '../../src/notes/line-note.ts';
import type { NoteReader } from '../../src/notes/reader.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Context, LogRecord } from '../../src/event/record.ts';
import type { Pipeline } from '../../src/pipeline.ts';
import type { About, Spoken } from '../../src/pipeline/recent.ts';

/** The event of an error, and the gravest level at which it was logged. */
export interface Captured {
  readonly id: string;
  readonly level: Level;
}

/** How many lines and errors wait for one another. Those of one request come within milliseconds. */
const WAITING = { maxEntries: 500 };

/**
 * Joins lines that have an error only in their text with the error with which their request fails later. The
 * two are one event.
 */
export class LateErrors {
  readonly #pipeline: Pipeline;
  readonly #notes: NoteReader;
  /** The number of the project in notes. */
  readonly #project: number;
  /** The events of lines, by their numbers. */
  readonly #spoken: Lru<Spoken> = createLru(WAITING);
  /** The events of errors, by the same numbers. A later note may say that one has a graver level. */
  readonly #captured: Lru<Captured> = createLru(WAITING);
  /** Notes about lines that have not come yet. */
  readonly #early: Lru<readonly LateNote[]> = createLru(WAITING);

  constructor(pipeline: Pipeline, notes: NoteReader, project: number) {
    this.#pipeline = pipeline;
    this.#notes = notes;
    this.#project = project;
  }

  /** Takes a line without an error. Notes may refer to it by `number`. */
  speak(
    number: number,
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
  ): void {
    this.catchUp();
    const key = String(number);
    // An error that comes later gets an event, although this text has none.
    const spoken = this.#pipeline.speak(record, contexts, trail) ?? NOT_MADE;
    this.#spoken.set(key, spoken);
    const early = this.#early.get(key) ?? [];
    this.#early.set(key, []);
    for (const note of early) this.#take(note);
    this.#checkRetracted(number, spoken.id);
  }

  /** Keeps the event of an error that may be logged again. */
  captured(number: number, event: Captured): void {
    this.catchUp();
    this.#captured.set(String(number), event);
    for (const note of this.#early.get(String(number)) ?? []) this.#add(event, note);
    this.#early.set(String(number), []);
    this.#checkRetracted(number, event.id);
  }

  /**
   * Adds a further line about an error to the error's event. Returns true if that succeeded, or if it is not
   * needed because the line is no graver.
   */
  says(number: number, isAround: boolean, about: About): boolean {
    this.catchUp();
    const key = String(number);
    const [record, contexts] = about;
    const level = levelOf(contexts) ?? record.level;
    const event = this.#captured.get(key);
    if (event === undefined) {
      const spoken = this.#spoken.get(key);
      if (spoken?.become(...about) !== true) return false;
      this.#captured.set(key, { id: spoken.id, level });
      return true;
    }
    const isGraver = severity(level) > severity(event.level);
    const { id } = event;
    const isSaid = isAround
      ? this.#pipeline.become(id, about)
      : this.#pipeline.amend(id, record, contexts);
    if (isSaid && isGraver) this.#captured.set(key, { id, level });
    return isSaid || !isGraver;
  }

  /** Reads the new notes: which lines were about which errors, and which errors have an event elsewhere. */
  catchUp(): void {
    for (const number of this.#notes.takeRetracted(this.#project)) {
      const key = String(number);
      const event = this.#captured.get(key) ?? this.#spoken.get(key);
      if (event !== undefined) this.#pipeline.withdraw(event.id);
    }
    for (const note of this.#notes.takeLate()) {
      if (note.project === this.#project) this.#take(note);
    }
  }

  /** A text's event becomes that of the error that is told of first. What is told later adds to that. */
  #take(note: LateNote): void {
    const key = String(note.error);
    const spoken = this.#spoken.get(key);
    const event = this.#captured.get(key) ?? (note.thrown === undefined ? spoken : undefined);
    if (event !== undefined) this.#add(event, note);
    else if (spoken !== undefined) this.#become(key, spoken, note);
    else this.#early.set(key, [...(this.#early.get(key) ?? []), note]);
  }

  /**
   * Takes back an event whose error was retracted while the event was made. The first event takes
   * longest, since the code that makes events is loaded then: on a busy machine over 100 ms.
   */
  #checkRetracted(error: number, id: string): void {
    if (this.#notes.isRetracted({ error }, this.#project)) this.#pipeline.withdraw(id);
  }

  #add({ id }: Pick<Captured, 'id'>, note: LateNote): void {
    const [record, contexts] = aboutOf(note);
    if (record.thrown === undefined) this.#pipeline.amend(id, record, contexts);
    else this.#pipeline.become(id, [record, contexts, []]);
  }

  /** Gives the line's event the error. If the event was sent already, the error gets its own, for its frames. */
  #become(key: string, spoken: Spoken, note: LateNote): void {
    const [record, contexts] = aboutOf(note);
    const hasBecome = spoken.become(record, contexts, []);
    const id = hasBecome ? spoken.id : this.#pipeline.capture(record, contexts);
    this.#captured.set(key, { id: id ?? '', level: levelOf(contexts) ?? record.level });
  }
}

/** Stands for the event of a text that is not sent, for instance since `ignoreErrors` has it. */
const NOT_MADE: Spoken = { id: '', become: () => false };

function aboutOf({ thrown, contexts, time, level, message, mechanism, handled }: LateNote): About {
  const error = thrown && {
    thrown: { value: revive(thrown.value), wasThrown: thrown.wasThrown === true },
  };
  const way = { ...(mechanism && { mechanism }), ...(typeof handled === 'boolean' && { handled }) };
  return [
    { time, level, message, ...way, ...error, fields: {} },
    isArray(contexts) ? contexts.filter(isObject) : [],
    [],
  ];
}
