import { keyOf, placed } from '../../notes/key.ts';
import { PendingMarks } from '../../notes/pending.ts';
import type { NoteWriter } from '../../notes/writer.ts';

/** Where a marked line goes. */
interface Target {
  /** Undefined if it is not known. */
  readonly place: number | undefined;
  readonly marks: PendingMarks;
  /** Whether its lines can wait for their marks until there is an event. */
  readonly canWait: boolean;
}

/**
 * Marks lines with the scope that they were logged in, for the reader that makes breadcrumbs of
 * them.
 */
export class Marks {
  readonly #writer: NoteWriter;
  /** The marks for each place that are not written yet. */
  readonly #pending = new Map<number | undefined, PendingMarks>();

  constructor(writer: NoteWriter) {
    this.#writer = writer;
  }

  of(place: number | undefined): PendingMarks {
    let marks = this.#pending.get(place);
    if (marks === undefined) {
      marks = new PendingMarks();
      this.#pending.set(place, marks);
    }
    return marks;
  }

  /**
   * Marks a line as logged in this scope. The mark is written when there is an event. It is written
   * at once while no worker has said which lines become events.
   */
  add({ place, marks, canWait }: Target, line: string, scope: string): void {
    if (canWait) marks.push(line, scope);
    else this.#writer.mark(placed(keyOf(line), place), numberOf(scope));
  }

  /** Writes the waiting marks for the reader of a place, since an event follows. */
  flush(place: number | undefined): void {
    for (const [where, marks] of this.#pending) {
      if (place !== undefined && where !== undefined && where !== place) continue;
      marks.flush((line, scope) => this.#writer.mark(placed(keyOf(line), where), numberOf(scope)));
    }
  }
}

/** The number of a scope by its id. */
function numberOf(id: string): number {
  return Number.parseInt(id, 36) | 0;
}
