import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import type { Lane } from '../lanes.ts';
import { errorCode } from './folder.ts';
import { eventLine, FORGET_BYTES, forgottenLines, isJsonObject, parseLine } from './line.ts';
import { type Located, scanLines } from './scan.ts';

/** An event in a segment. */
export interface Entry extends Located {
  readonly segment: Segment;
  /** When it is too old, in ms of the monotonic clock. The spool sets it. */
  expiresAt: number;
  /** Whether only a wall clock that may yet be set right says that it is too old. */
  isDoubted: boolean;
  /** Whether it was forgotten or given up: it is not ours to send any more. */
  isGone: boolean;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = constants;
// Windows has neither: a name there is no link that anybody can make, nor a pipe.
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

const NEW_FILE = O_RDWR | O_APPEND | O_CREAT | O_EXCL;

/** Bytes that are copied at a time. */
const COPY_BYTES = 65_536;

const NEWLINE = Buffer.from('\n');

/**
 * One file of a spool: events are appended, forgotten and read back.
 *
 * What `writeSync` has taken is the kernel's, and outlives the process however it is killed. It is
 * not synced to the disk, which would cost milliseconds for every event: when the power fails, the
 * last seconds' events are lost. A write of 2 KB takes 5 µs, one of 10 KB 10 µs, to forget 50 events
 * 60 µs (Node 20, ext4).
 *
 * Its descriptor stays open until `remove` or `leave`: a process that has run out of them can still
 * read what it has parked.
 */
export class Segment {
  #fd: number;
  /** Where it lies; changed by `leave`. */
  #path: string;
  #size: number;
  #lastSeq = 0;
  #live = 0;
  /** Whether the file ends in the middle of a line. */
  #torn = false;
  /** Forgotten, but the file does not say so yet. */
  #unwritten: number[] = [];
  /**
   * Whether all that it holds is known. Not before `index`, nor after a read that failed: then it is
   * left for a later process, which may have more luck.
   */
  #known: boolean;
  /** Whether `index` is under way, at whose end the descriptor is closed if `#closed`. */
  #indexing = false;
  #closed = false;
  /** It is not where it was: removed, or another's by now. It is only read from. */
  #lost = false;

  private constructor(fd: number, path: string, size: number, known: boolean) {
    this.#fd = fd;
    this.#path = path;
    this.#size = size;
    this.#known = known;
  }

  /** A new file. Throws. */
  static create(path: string): Segment {
    return new Segment(openSync(path, NEW_FILE, 0o600), path, 0, true);
  }

  /**
   * Takes somebody else's file over by giving it a name of our own, which only one of several that
   * try it at once succeeds in. Throws: ENOENT if it was another one.
   */
  static claim(from: string, to: string, now: number): Segment {
    const fd = openSync(from, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    try {
      // Before it is ours by name: a file of ours must never look as if we were dead.
      utimesSync(from, now / 1_000, now / 1_000);
      renameSync(from, to);
      return new Segment(fd, to, fstatSync(fd).size, false);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Bytes on the disk. */
  get size(): number {
    return this.#size;
  }

  /** Bytes on the disk, with those that it takes to forget what it holds. */
  get reserved(): number {
    return this.#size + (this.#live + this.#unwritten.length) * FORGET_BYTES;
  }

  /** How many of its events are neither forgotten nor dropped. */
  get live(): number {
    return this.#live;
  }

  /** Whether it can be removed, or used again from its beginning. */
  get empty(): boolean {
    return this.#live === 0 && this.#known;
  }

  /** The line that `append` is to write; undefined if the event cannot be written. */
  line(lane: Lane, at: number, json: Buffer): Buffer | undefined {
    return eventLine({ seq: this.#lastSeq + 1, lane, at }, json);
  }

  /** Appends the line that `line` has made of so many bytes. Throws. */
  append(lane: Lane, at: number, line: Buffer, bytes: number): Entry {
    const offset = this.#write(line);
    const seq = ++this.#lastSeq;
    this.#live++;
    return {
      segment: this,
      seq,
      lane,
      at,
      offset,
      length: line.length,
      bytes,
      expiresAt: Infinity,
      isDoubted: false,
      isGone: false,
    };
  }

  /** Reads what a claimed file holds. Rejects if it cannot be read. */
  async index(): Promise<Entry[]> {
    this.#indexing = true;
    try {
      const { events, torn } = await scanLines(this.#fd, this.#size, () => this.#closed);
      this.#torn = torn;
      this.#live = events.length;
      this.#known = true;
      return events.map((event) => ({
        ...event,
        segment: this,
        expiresAt: Infinity,
        isDoubted: false,
        isGone: false,
      }));
    } finally {
      this.#indexing = false;
      if (this.#closed) this.#closeFd();
    }
  }

  /**
   * The event's JSON; undefined if the file does not hold it any more. Throws if it cannot be read,
   * after which the file is kept.
   */
  read(entry: Entry): Buffer | undefined {
    const line = Buffer.allocUnsafeSlow(entry.length);
    let length: number;
    this.#mustBeOpen();
    try {
      length = readSync(this.#fd, line, 0, line.length, entry.offset);
    } catch (error) {
      this.#known = false;
      throw error;
    }
    if (length < line.length || line.at(-1) !== NEWLINE[0]) return undefined;
    const parsed = parseLine(line.subarray(0, -1));
    if (parsed?.kind !== 'event' || parsed.seq !== entry.seq) return undefined;
    const json = line.subarray(parsed.jsonAt, -1);
    return isJsonObject(json) ? json : undefined;
  }

  /** These are no more to be sent, or to be counted. Their states are the caller's business. */
  forget(entries: readonly Entry[]): void {
    this.#live -= entries.length;
    for (const { seq } of entries) this.#unwritten.push(seq);
  }

  /** This one is no more to be counted here, but the file still says that it is to be sent. */
  giveUp(): void {
    this.#live--;
  }

  /**
   * Writes down what was forgotten, if it fits so many bytes; otherwise next time. Until then a later
   * process would send it again. Returns whether it has written. Throws.
   */
  writeForgotten(room: number): boolean {
    if (this.#unwritten.length === 0 || this.#lost) return false;
    const lines = forgottenLines(this.#unwritten);
    if (lines.length + NEWLINE.length > room) return false;
    this.#write(lines);
    this.#unwritten = [];
    return true;
  }

  /** Makes the file, which is `empty`, empty. Throws. */
  truncate(): void {
    if (this.#size === 0) return;
    this.#mustBeOpen();
    ftruncateSync(this.#fd, 0);
    this.#size = 0;
    this.#torn = false;
    this.#unwritten = [];
  }

  /** A sign of life. Returns whether the file is where it was. */
  touch(now: number): boolean {
    try {
      utimesSync(this.#path, now / 1_000, now / 1_000);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') this.#lost = true;
      // Anything else says nothing about where it is.
    }
    return !this.#lost;
  }

  /** Whether somebody has removed the file. What is open can still be read. Takes 1 µs. */
  get removed(): boolean {
    try {
      return !this.#closed && fstatSync(this.#fd).nlink === 0;
    } catch {
      // Reading and writing will fail too, and tell why.
      return false;
    }
  }

  /** Makes the removed file again, with all that it held. Throws, and is then as it was. */
  restore(): void {
    // The reader still needs the old descriptor. The next beat comes soon.
    if (this.#indexing) return;
    const fd = openSync(this.#path, NEW_FILE, 0o600);
    try {
      copy(this.#fd, fd, this.#size);
    } catch (error) {
      closeSync(fd);
      unlinkSync(this.#path);
      throw error;
    }
    this.#closeFd();
    this.#fd = fd;
    this.#lost = false;
  }

  /** Closes and removes the file, which is `empty`. Throws, but is closed. */
  remove(): void {
    try {
      // First, so that a file that cannot be removed brings nothing back.
      if (!this.#lost) this.truncate();
    } finally {
      this.#close();
      if (!this.#lost) unlinkSync(this.#path);
    }
  }

  /** Closes the file, and leaves it under this name. Throws, but is closed. */
  leave(path: string): void {
    this.#close();
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** Returns the offset of what was written. */
  #write(lines: Buffer): number {
    this.#mustBeOpen();
    const data = this.#torn ? Buffer.concat([NEWLINE, lines]) : lines;
    this.#torn = true;
    const offset = this.#size + data.length - lines.length;
    let written: number;
    try {
      written = writeSync(this.#fd, data);
    } catch (error) {
      // Some of it may be there.
      this.#size = fstatSync(this.#fd).size;
      throw error;
    }
    this.#size += written;
    // No room for the rest, which the next write would say. The half line is skipped by readers.
    if (written < data.length) {
      throw Object.assign(new Error('a write was cut short'), { code: 'ENOSPC' });
    }
    this.#torn = false;
    return offset;
  }

  /** The number of a closed descriptor is another file's soon. */
  #mustBeOpen(): void {
    if (this.#closed) throw new Error('the file is closed');
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // While libuv's threads read from it, the number could become another file's.
    if (!this.#indexing) this.#closeFd();
  }

  #closeFd(): void {
    try {
      closeSync(this.#fd);
    } catch {
      // Network file systems tell of late write errors here. It is closed nonetheless.
    }
  }
}

/** Copies the first `size` bytes. Throws if it can't copy all of them. */
function copy(from: number, to: number, size: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(size, COPY_BYTES));
  for (let position = 0; position < size;) {
    const length = readSync(from, chunk, 0, Math.min(chunk.length, size - position), position);
    // A file that is shorter than it was, or a full disk.
    if (length === 0 || writeSync(to, chunk, 0, length) < length) {
      throw Object.assign(new Error('a copy was cut short'), { code: 'ENOSPC' });
    }
    position += length;
  }
}
