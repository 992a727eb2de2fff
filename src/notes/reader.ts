import { projectNumber } from '../lib/project-number.ts';
import {
  HEADER,
  LOWEST,
  MARKS,
  MARKS_WRITTEN,
  OLDEST,
  PROJECTS,
  WATCHED,
  WORDS,
  WORDS_BEGUN,
  WORDS_WRITTEN,
  ownMemory,
  type Memory,
} from './memory.ts';
import { attempt, isArray, isObject } from '../lib/safe-read.ts';
import { keyOf, placed } from './key.ts';
import type { BreadcrumbInput } from '../event/record.ts';
import type { LateNote, LineNote } from './line-note.ts';
import { after, CRUMB, NO_LINE, NOTE_HEAD, SCOPE, SKIPPED } from './writer.ts';

/** A note of a line, and how many marks existed when the line was made. */
export interface FoundNote {
  readonly note: LineNote;
  readonly marks: number;
}

/** Where the JSON of a note is. */
interface Place {
  readonly key: number;
  readonly at: number;
  readonly bytes: number;
  readonly marks: number;
}

/**
 * Reads what the thread that logs knows of its lines. It reads in the order in which the lines
 * come.
 */
export class NoteReader {
  #memory: Memory | undefined;
  #marksRead = 0;
  #wordsRead = 0;
  /** The positions of marks that no line has taken yet, by key, the oldest first. */
  readonly #marks = new Map<number, { readonly at: number; readonly scope: number }[]>();
  /** The same in the order of the ring, to find those that are too old. */
  #order: { readonly at: number; readonly key: number }[] = [];
  readonly #notes = new Map<number, Place[]>();
  #noteOrder: Place[] = [];
  #hasMissed = false;
  /** The errors and projects that `retract` has written. */
  readonly #retracted = new Set<string>();
  #newlyRetracted: readonly string[] = [];
  #late: LateNote[] = [];

  readonly #search: () => Memory | undefined;
  readonly #place: number | undefined;

  /**
   * Finds what the thread that logs has written. In pino's worker that is another thread. A note
   * for another place than this one is not read.
   */
  constructor(search: () => Memory | undefined = ownMemory, place?: number) {
    this.#search = search;
    this.#place = place;
  }

  /** Tells the thread that logs from which level on this worker makes events. */
  join(lowest: number, project: string): void {
    const header = this.#find()?.header;
    if (header === undefined) return;
    let known = Atomics.load(header, LOWEST);
    while (known === 0 || lowest + 1 < known) {
      const before = Atomics.compareExchange(header, LOWEST, known, lowest + 1);
      if (before === known) break;
      known = before;
    }
    const number = projectNumber(project);
    for (let index = PROJECTS; index < HEADER; index += 1) {
      const before = Atomics.compareExchange(header, index, 0, number);
      if (before === 0 || before === number) return;
    }
  }

  /** Whether the thread that logs takes care of its own end. */
  get isWatched(): boolean {
    const header = this.#find()?.header;
    return header !== undefined && Atomics.load(header, WATCHED) === 1;
  }

  /** Whether any line was logged in a scope. */
  get isUsed(): boolean {
    const header = this.#find()?.header;
    return header !== undefined && Atomics.load(header, MARKS_WRITTEN) !== 0;
  }

  /** What is known of a line that becomes an event. Equal lines take their notes in order. */
  takeOf(line: string): FoundNote | undefined {
    // If nobody writes notes, no key is made of a line. For one with a stack that would take 2 µs.
    return this.#find() === undefined ? undefined : this.take(keyOf(line));
  }

  /** The same by the key. */
  take(key: number): FoundNote | undefined {
    const memory = this.#find();
    if (memory === undefined) return undefined;
    this.#readNotes(memory);
    if (this.#notes.size === 0) return undefined;
    const own = placed(key, this.#place);
    return this.#takeFrom(memory, own) ?? (own === key ? undefined : this.#takeFrom(memory, key));
  }

  #takeFrom(memory: Memory, key: number): FoundNote | undefined {
    const places = this.#notes.get(key);
    // A stream on the thread that logs gets a line right after its note. Older ones are of lines that went elsewhere.
    const isHere = this.#place !== undefined && this.#place < 0;
    const place = isHere ? places?.pop() : places?.shift();
    if (places?.length === 0) this.#notes.delete(key);
    if (place === undefined) return undefined;
    const json = textAt(memory, place);
    const head = place.at & (WORDS - 1);
    const [scope = place.at, error = 0] = memory.words.subarray(head + 3, head + NOTE_HEAD);
    if (!isThere(memory, place.at)) return undefined;
    const said = json === '' ? {} : attempt(() => JSON.parse(json) as unknown);
    if (!isObject(said)) return undefined;
    const told = scope === place.at ? undefined : objectAt(memory, SCOPE, scope);
    const note = { ...said, ...told, ...(error !== 0 && { error }) };
    return { note: withCrumbs(memory, note), marks: place.marks };
  }

  /**
   * The scope that a line was logged in, among the first `marks` marks: its number as text, null
   * for none, and undefined if it is not known any more. Ask for the newest line first.
   */
  scopeOf(line: string, marks: number | undefined): string | null | undefined {
    if (this.#find() === undefined) return null;
    const key = keyOf(line);
    const own = placed(key, this.#place);
    const scope = this.#newestOf(own, marks) ?? (own === key ? null : this.#newestOf(key, marks));
    if (scope === null) return this.#hasMissed ? undefined : null;
    return scope.toString(36);
  }

  #newestOf(key: number, marks: number | undefined): number | null {
    const known = this.#marks.get(key);
    const index =
      known?.findLastIndex((each) => marks === undefined || ((marks - each.at) | 0) > 0) ?? -1;
    if (known === undefined || index < 0) return null;
    const [mark] = known.splice(index, 1);
    if (known.length === 0) this.#marks.delete(key);
    return mark?.scope ?? 0;
  }

  /** Reads the new marks. */
  read(): void {
    const memory = this.#find();
    if (memory === undefined) return;
    const { header, marks } = memory;
    const written = Atomics.load(header, MARKS_WRITTEN);
    const count = (written - this.#marksRead) | 0;
    if (count === 0) return;
    // The oldest of a full ring is being overwritten.
    const kept = Math.min(count < 0 ? MARKS : count, MARKS - 1);
    this.#hasMissed = kept < count || count < 0;
    const found: { at: number; key: number; scope: number }[] = [];
    for (let back = kept; back > 0; back -= 1) {
      const at = (written - back) | 0;
      const index = 2 * (at & (MARKS - 1));
      found.push({ at, key: marks[index] ?? 0, scope: marks[index + 1] ?? 0 });
    }
    const now = Atomics.load(header, MARKS_WRITTEN);
    this.#marksRead = written;
    for (const { at, key, scope } of found) {
      if (((now - at) | 0) >= MARKS) continue;
      const known = this.#marks.get(key);
      if (known === undefined) this.#marks.set(key, [{ at, scope }]);
      else known.push({ at, scope });
      this.#order.push({ at, key });
    }
    this.#forget(now);
  }

  /** Forgets marks that are older than the ring. */
  #forget(now: number): void {
    if (this.#order.length < 2 * MARKS) return;
    const old = this.#order.filter(({ at }) => ((now - at) | 0) >= MARKS);
    this.#order = this.#order.filter(({ at }) => ((now - at) | 0) < MARKS);
    for (const { at, key } of old) {
      const left = this.#marks.get(key)?.filter((each) => each.at !== at) ?? [];
      if (left.length === 0) this.#marks.delete(key);
      else this.#marks.set(key, left);
    }
  }

  #readNotes(memory: Memory): void {
    const { header, words } = memory;
    const written = Atomics.load(header, WORDS_WRITTEN);
    const oldest = Atomics.load(header, OLDEST);
    if (((oldest - this.#wordsRead) | 0) > 0) this.#wordsRead = oldest;
    while (this.#wordsRead !== written) {
      const at = this.#wordsRead;
      const index = at & (WORDS - 1);
      const [key = 0, bytes = SKIPPED, marks = 0] = words.subarray(index, index + NOTE_HEAD);
      const next = after(words, at);
      // It was overwritten while it was read.
      if (!isThere(memory, at)) break;
      this.#wordsRead = next;
      if (bytes === SKIPPED || key === CRUMB || key === SCOPE) continue;
      const place = { key, at, bytes, marks };
      if (key === NO_LINE) {
        this.#hear(textAt(memory, place));
        continue;
      }
      const known = this.#notes.get(key);
      if (known === undefined) this.#notes.set(key, [place]);
      else known.push(place);
      this.#noteOrder.push(place);
    }
    this.#forgetNotes(memory);
  }

  /** Reads the new notes. */
  #update(): void {
    const memory = this.#find();
    if (memory !== undefined) this.#readNotes(memory);
  }

  /** Errors that came after the lines which were about them, since the last call. */
  takeLate(): readonly LateNote[] {
    this.#update();
    const late = this.#late;
    if (late.length > 0) this.#late = [];
    return late;
  }

  /**
   * The numbers of errors that another thread has reported to this project, since the last call.
   */
  takeRetracted(project: number): readonly number[] {
    this.#update();
    const retracted = this.#newlyRetracted;
    if (retracted.length === 0) return [];
    this.#newlyRetracted = [];
    return retracted.flatMap((text) => {
      const [number, of] = text.split(' ');
      return Number(of) === project ? [Number(number)] : [];
    });
  }

  #hear(text: string): void {
    if (text.startsWith('{')) {
      const note = attempt(() => JSON.parse(text) as LateNote);
      if (note !== undefined) this.#late = [...this.#late, note].slice(-MARKS);
      return;
    }
    this.#retracted.add(text);
    this.#newlyRetracted = [...this.#newlyRetracted, text].slice(-MARKS);
    const [oldest] = this.#retracted;
    if (this.#retracted.size > MARKS && oldest !== undefined) this.#retracted.delete(oldest);
  }

  /** Whether the thread that logs has reported the error of a note to this project itself. */
  isRetracted({ error }: LineNote, project: number): boolean {
    return error !== undefined && this.#retracted.has(`${error} ${project}`);
  }

  #forgetNotes(memory: Memory): void {
    let gone = 0;
    for (const { key, at } of this.#noteOrder) {
      if (isThere(memory, at)) break;
      gone += 1;
      const left = this.#notes.get(key)?.filter((each) => each.at !== at) ?? [];
      if (left.length === 0) this.#notes.delete(key);
      else this.#notes.set(key, left);
    }
    if (gone > 0) this.#noteOrder = this.#noteOrder.slice(gone);
  }

  #find(): Memory | undefined {
    this.#memory ??= this.#search();
    return this.#memory;
  }
}

/** A note with the breadcrumbs that it names, without those that have been overwritten. */
function withCrumbs(memory: Memory, note: LineNote): LineNote {
  const { crumbs, ...rest } = note;
  if (!isArray(crumbs)) return note;
  const breadcrumbs = crumbs.flatMap(
    (at): BreadcrumbInput | readonly [] => objectAt(memory, CRUMB, at) ?? [],
  );
  return { ...rest, scope: { ...rest.scope, breadcrumbs } };
}

/** What a note with this key says that is named by its place. Undefined if it is overwritten. */
function objectAt(memory: Memory, wanted: number, at: unknown): object | undefined {
  if (typeof at !== 'number' || (at | 0) !== at) return undefined;
  const index = at & (WORDS - 1);
  const [key, bytes = 0] = memory.words.subarray(index, index + NOTE_HEAD);
  if (key !== wanted || !isThere(memory, at)) return undefined;
  const json = textAt(memory, { key, at, bytes, marks: 0 });
  const value = isThere(memory, at) ? attempt(() => JSON.parse(json) as unknown) : undefined;
  return isObject(value) ? value : undefined;
}

function textAt({ bytes }: Memory, place: Place): string {
  const start = 4 * ((place.at & (WORDS - 1)) + NOTE_HEAD);
  return bytes.toString('utf8', start, start + place.bytes);
}

/** Whether a note is still whole: nobody has begun to overwrite it. */
function isThere({ header }: Memory, at: number): boolean {
  return ((Atomics.load(header, WORDS_BEGUN) - at) | 0) <= WORDS;
}
