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

/** The event of an error, and the gravest level at which it was told. */
export interface Captured {
  readonly id: string;
  readonly level: Level;
}

/** Lines and errors that wait for one another: of a request both come within ms. */
const WAITING = { maxEntries: 500 };

/**
 * Brings together the lines of a request that tell an error only in their text, and the error that it
 * fails with behind them: the two are one event.
 */
export class LateErrors {
  readonly #pipeline: Pipeline;
  readonly #notes: NoteReader;
  /** Its project, as notes name it. */
  readonly #project: number;
  /** The events of lines, by their numbers. */
  readonly #spoken: Lru<Spoken> = createLru(WAITING);
  /** The events of errors, by the same numbers: the thread that logs may yet tell of a graver end. */
  readonly #captured: Lru<Captured> = createLru(WAITING);
  /** What was told of lines that have not come yet. */
  readonly #early: Lru<readonly LateNote[]> = createLru(WAITING);

  constructor(pipeline: Pipeline, notes: NoteReader, project: number) {
    this.#pipeline = pipeline;
    this.#notes = notes;
    this.#project = project;
  }

  /** Takes a line without an error; `number` is what it may be called by. */
  speak(
    number: number,
    record: LogRecord,
    contexts: readonly Context[],
    trail: readonly Breadcrumb[],
  ): void {
    this.catchUp();
    const early = this.#early.get(String(number));
    const spoken = this.#pipeline.speak(record, contexts, trail);
    if (spoken === undefined) return;
    const [first] = early ?? [];
    if (first !== undefined) this.#become(spoken, first);
    else this.#spoken.set(String(number), spoken);
  }

  /** Keeps the event of an error that may be told again. */
  captured(number: number, event: Captured): void {
    this.catchUp();
    this.#captured.set(String(number), event);
    for (const note of this.#early.get(String(number)) ?? []) this.#add(event, note);
    this.#early.set(String(number), []);
  }

  /**
   * Whether the event of an error says now what a further line says of it, or need not, since that is no
   * graver.
   */
  says(number: number, isAround: boolean, about: About): boolean {
    const key = String(number);
    const event = this.#captured.get(key);
    if (event === undefined) return false;
    const [record, contexts] = about;
    const level = levelOf(contexts) ?? record.level;
    const isGraver = severity(level) > severity(event.level);
    const { id } = event;
    const isSaid = isAround
      ? this.#pipeline.become(id, about)
      : this.#pipeline.amend(id, record, contexts);
    if (isSaid && isGraver) this.#captured.set(key, { id, level });
    return isSaid || !isGraver;
  }

  /** Reads of which errors the lines up to now were, and which of them have an event elsewhere. */
  catchUp(): void {
    for (const number of this.#notes.takeRetracted(this.#project)) {
      const event = this.#captured.get(String(number));
      if (event !== undefined) this.#pipeline.withdraw(event.id);
    }
    for (const note of this.#notes.takeLate()) {
      if (note.project !== this.#project) continue;
      const key = String(note.error);
      const [spoken, event] = [this.#spoken.get(key), this.#captured.get(key)];
      if (spoken !== undefined) this.#become(spoken, note);
      else if (event !== undefined) this.#add(event, note);
      else this.#early.set(key, [...(this.#early.get(key) ?? []), note]);
    }
  }

  #add({ id }: Captured, note: LateNote): void {
    const [record, contexts] = aboutOf(note);
    if (record.thrown === undefined) this.#pipeline.amend(id, record, contexts);
    else this.#pipeline.become(id, [record, contexts, []]);
  }

  /** Where the line's event has left, the error is one of its own: its frames are in no other. */
  #become(spoken: Spoken, note: LateNote): void {
    const [record, contexts] = aboutOf(note);
    if (!spoken.become(record, contexts, [])) this.#pipeline.capture(record, contexts);
  }
}

function aboutOf({ thrown, contexts, time, level, message, mechanism, handled }: LateNote): About {
  const error = thrown && { thrown: { value: revive(thrown.value) } };
  const way = { ...(mechanism && { mechanism }), ...(typeof handled === 'boolean' && { handled }) };
  return [
    { time, level, message, ...way, ...error, fields: {} },
    isArray(contexts) ? contexts.filter(isObject) : [],
    [],
  ];
}
