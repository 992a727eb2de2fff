import { createLru, type Lru } from '../../src/lib/lru.ts';
import { isArray, isObject } from '../../src/lib/safe-read.ts';
import { revive } from '../../src/notes/revive.ts';
import type { LateNote } from '../../src/notes/line-note.ts';
import type { NoteReader } from '../../src/notes/reader.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Context, LogRecord } from '../../src/event/record.ts';
import type { Pipeline, Spoken } from '../../src/pipeline.ts';

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
  /** Errors whose lines have not come yet. */
  readonly #early: Lru<LateNote> = createLru(WAITING);

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
    if (early !== undefined) this.#become(spoken, early);
    else this.#spoken.set(String(number), spoken);
  }

  /** Reads of which errors the lines up to now were. */
  catchUp(): void {
    for (const note of this.#notes.takeLate()) {
      if (note.project !== this.#project) continue;
      const spoken = this.#spoken.get(String(note.error));
      if (spoken === undefined) this.#early.set(String(note.error), note);
      else this.#become(spoken, note);
    }
  }

  /** Where the line's event has left, the error is one of its own: its frames are in no other. */
  #become(spoken: Spoken, { thrown, time, level, message, contexts: given }: LateNote): void {
    const record = { time, level, message, thrown: { value: revive(thrown) }, fields: {} };
    const contexts = isArray(given) ? given.filter(isObject) : [];
    if (!spoken.become(record, contexts, [])) this.#pipeline.capture(record, contexts);
  }
}
