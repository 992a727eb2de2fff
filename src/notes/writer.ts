import { projectNumber } from '../lib/project-number.ts';
import type { LateNote } from './line-note.ts';
import {
  createMemory,
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
  type Memory,
} from './memory.ts';

/**
 * Words before a note's text: the key, the number of bytes, the number of marks, the place of what is
 * told of the scope, the number of the error.
 */
export const NOTE_HEAD = 5;
/** The number of bytes that means that a note did not fit before the ring's end. */
export const SKIPPED = -1;

/** The key of notes that are not about a later line. A line with this key gets no note. */
export const NO_LINE = 0;

/** The key of a breadcrumb. Notes of lines name it by its place. */
export const CRUMB = 0x4352_554d;

/** The key of what is told of a scope. Notes of lines name it by its place. */
export const SCOPE = 0x5343_4f50;

/** What a note says without JSON: to write and read that takes ten times as long. */
interface Numbers {
  /** The place of what is told of the scope. */
  readonly scope?: number | undefined;
  /** See `LineNote.error`. */
  readonly error?: number | undefined;
}

const NONE: Numbers = {};

/** Bytes of one note. The content of a scope is bounded far below. */
const MAX_NOTE: number = 524_288;

/** Where the next note begins. */
export function after(words: Int32Array, at: number): number {
  const index = at & (WORDS - 1);
  const left = WORDS - index;
  const bytes = left < NOTE_HEAD ? SKIPPED : (words[index + 1] ?? SKIPPED);
  return (at + (bytes === SKIPPED ? left : NOTE_HEAD + Math.ceil(bytes / 4))) | 0;
}

/** Writes what this thread knows of its lines. Each thread has one. */
export class NoteWriter {
  readonly #memory: Memory;
  #marks = 0;
  #words = 0;
  #oldest = 0;

  constructor(memory: Memory = createMemory()) {
    this.#memory = memory;
  }

  /** Writes that a line was logged in the scope with this number. */
  mark(key: number, scope: number): void {
    const { header, marks } = this.#memory;
    const at = 2 * (this.#marks & (MARKS - 1));
    marks[at] = key;
    marks[at + 1] = scope;
    this.#marks = (this.#marks + 1) | 0;
    Atomics.store(header, MARKS_WRITTEN, this.#marks);
  }

  /**
   * Writes what is known of a line that becomes an event, as JSON. Returns its place, or undefined
   * if it is too long.
   */
  note(key: number, json: string, { scope, error }: Numbers = NONE): number | undefined {
    const { header, words, bytes } = this.#memory;
    const length = json === '' ? 0 : Buffer.byteLength(json);
    if (length > MAX_NOTE) return undefined;
    const size = NOTE_HEAD + Math.ceil(length / 4);
    const left = WORDS - (this.#words & (WORDS - 1));
    const skipped = left < size ? left : 0;
    const begin = (this.#words + skipped) | 0;
    const end = (begin + size) | 0;
    this.#overwrite(end);
    if (skipped >= NOTE_HEAD) words[(this.#words & (WORDS - 1)) + 1] = SKIPPED;
    const at = begin & (WORDS - 1);
    words[at] = key;
    words[at + 1] = length;
    words[at + 2] = this.#marks;
    // Its own place means that there is none.
    words[at + 3] = scope ?? begin;
    words[at + 4] = error ?? 0;
    if (length > 0) bytes.write(json, 4 * (at + NOTE_HEAD), length);
    this.#words = end;
    Atomics.store(header, WORDS_WRITTEN, end);
    return begin;
  }

  /** Whether a place will keep its content for a while: until half of the ring has been written. */
  keeps(place: number): boolean {
    return ((this.#words - place) | 0) < WORDS / 2;
  }

  /**
   * Writes that the thread that logs has reported an error to a project itself, so that no line of
   * it becomes an event.
   */
  retract(error: number, project: string): void {
    this.note(NO_LINE, `${error} ${projectNumber(project)}`);
  }

  /** Writes that the line with this number was about an error that has come since. */
  tellLate(note: LateNote): void {
    this.note(NO_LINE, JSON.stringify(note));
  }

  /** Says whether this thread takes care of its own end. If not, pino waits behind a fatal line. */
  watch(isWatched: boolean): void {
    Atomics.store(this.#memory.header, WATCHED, Number(isWatched));
  }

  /** Says what will be overwritten, before it is. */
  #overwrite(end: number): void {
    const { header, words } = this.#memory;
    while (((end - this.#oldest) | 0) > WORDS) this.#oldest = after(words, this.#oldest);
    Atomics.store(header, OLDEST, this.#oldest);
    Atomics.store(header, WORDS_BEGUN, end);
  }

  /**
   * The severity from which on a worker makes events. Undefined if no worker has said one. Each
   * line asks, and `Atomics.load` would take 20 ns. So the answer may be a moment late.
   */
  get lowest(): number | undefined {
    const said = this.#memory.header[LOWEST] ?? 0;
    return said === 0 ? undefined : said - 1;
  }

  /** Whether a worker reports to this project. */
  reportsTo(project: string): boolean {
    const number = projectNumber(project);
    const { header } = this.#memory;
    for (let index = PROJECTS; index < HEADER; index += 1) {
      const known = Atomics.load(header, index);
      if (known === number) return true;
      if (known === 0) return false;
    }
    return false;
  }
}
