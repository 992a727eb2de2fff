import { keyOf, placed } from '../../notes/key.ts';
import { PendingMarks } from '../../notes/pending.ts';
import type { NoteWriter } from '../../notes/writer.ts';

/** Where a line with a mark goes. */
interface Target {
  /** Undefined where it is not known. */
  readonly place: number | undefined;
  readonly marks: PendingMarks;
  /** Whether its lines can be marked when there is an event. */
  readonly canWait: boolean;
}

/** Marks lines that were logged in scopes, for whoever makes breadcrumbs of them. */
export class Marks {
  readonly #writer: NoteWriter;
  /** Those of each place that are not written yet. */
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

  /** Marks a line as one of this scope: when there is an event, or at once while nobody says what is one. */
  add({ place, marks, canWait }: Target, line: string, scope: string): void {
    if (canWait) marks.push(line, scope);
    else this.#writer.mark(placed(keyOf(line), place), numberOf(scope));
  }

  /** Marks the lines behind which there is an event, for whoever reads what goes to a place. */
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
