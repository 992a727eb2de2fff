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
import { type Forgotten, type Located, scanLines } from './scan.ts';

export interface Entry extends Located {
  readonly segment: Segment;
  /** When it becomes too old, in ms of the monotonic clock. The spool sets it. */
  expiresAt: number;
  /** Whether it is too old only by the wall clock, which may still be set right. */
  isDoubted: boolean;
  /** Whether it was forgotten or given up, so that this process does not send it any more. */
  isGone: boolean;
}

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;
// Windows has neither flag. There links take a privilege, and pipes are in no folder.
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

const NEW_FILE = O_RDWR | O_APPEND | O_CREAT | O_EXCL;

/** How many gone events are remembered at least, besides as many as there are others. */
const MOST_GONE = 100;

/** How many bytes are copied at a time. */
const COPY_BYTES = 65_536;

const NEWLINE = Buffer.from('\n');

/**
 * One file of a spool: events are appended, forgotten and read back.
 *
 * After `writeSync` the kernel has the bytes, so they survive however the process is killed. They
 * are not synced to the disk, which would cost milliseconds for each event. So a power failure
 * loses the events of the last seconds.
 *
 * To write 2 KB takes 5 µs, to write 10 KB 10 µs, and to forget 50 events 60 µs (Node 20, ext4).
 *
 * The descriptor stays open until `remove` or `leave`. So a process that has run out of descriptors
 * can still read what it has written.
 */
export class Segment {
  #fd: number;
  /** Its path. `leave` changes it. */
  #path: string;
  #size: number;
  #lastSeq = 0;
  #live = 0;
  /** Its events in the order of the file. Some of them may be gone. */
  #entries: Entry[] = [];
  /** Which events the file says are forgotten, and where. */
  #forgotten: Forgotten[] = [];
  /** Whether the file ends in the middle of a line. */
  #torn = false;
  /** Numbers of forgotten events that the file does not say yet. */
  #unwritten: number[] = [];
  /**
   * Whether we know all events in the file. We don't before `index`, nor after a failed read. Then
   * the file is left for a later process, which may be able to read it.
   */
  #known: boolean;
  /**
   * Whether `index` is running. It closes the descriptor at its end if `#closed` is set meanwhile.
   */
  #indexing = false;
  #closed = false;
  /** The file was removed, or taken over by another process. It is only read from now on. */
  #lost = false;

  private constructor(fd: number, path: string, size: number, known: boolean) {
    this.#fd = fd;
    this.#path = path;
    this.#size = size;
    this.#known = known;
  }

  /** Makes a new file. Throws if that fails. */
  static create(path: string): Segment {
    return new Segment(openSync(path, NEW_FILE, 0o600), path, 0, true);
  }

  /**
   * Takes over the file of another owner by renaming it. If several try at once only one succeeds.
   * Throws if it can't: ENOENT if another one was faster.
   */
  static claim(from: string, to: string, now: number): Segment {
    const fd = openSync(from, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
    try {
      // The time is set before the name: a file with our name must never look as if we were dead.
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

  /** Bytes on the disk, and those that will be needed to forget its events. */
  get reserved(): number {
    return this.#size + (this.#live + this.#unwritten.length) * FORGET_BYTES;
  }

  /** How many of its events are neither forgotten nor given up. */
  get live(): number {
    return this.#live;
  }

  /**
   * Whether it holds no event that is still to be sent. Then it can be removed, or written again
   * from its beginning.
   */
  get empty(): boolean {
    return this.#live === 0 && this.#known;
  }

  /** The line for `append`. Undefined if the event can't be written as a line. */
  line(lane: Lane, at: number, json: Buffer): Buffer | undefined {
    return eventLine({ seq: this.#lastSeq + 1, lane, at }, json);
  }

  /**
   * Appends a line that `line` made. `bytes` is the size of the event's JSON. Throws if it can't be
   * written.
   */
  append(lane: Lane, at: number, line: Buffer, bytes: number): Entry {
    const offset = this.#write(line);
    const seq = ++this.#lastSeq;
    this.#live++;
    const entry = {
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
    this.#entries.push(entry);
    return entry;
  }

  /** Finds the events in a claimed file. Rejects if it can't be read. */
  async index(): Promise<Entry[]> {
    this.#indexing = true;
    try {
      const scan = await scanLines(this.#fd, this.#size, () => this.#closed);
      this.#torn = scan.torn;
      this.#forgotten = [...scan.forgotten];
      this.#entries = scan.events.map((event) => ({
        ...event,
        segment: this,
        expiresAt: Infinity,
        isDoubted: false,
        isGone: false,
      }));
      this.#live = this.#entries.length;
      this.#known = true;
      return [...this.#entries];
    } finally {
      this.#indexing = false;
      if (this.#closed) this.#closeFd();
    }
  }

  /**
   * The event's JSON. Undefined if the file does not hold it any more. Throws if the file can't be
   * read, and then keeps it.
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

  /** These events are not to be sent any more. The caller marks the entries. */
  forget(entries: readonly Entry[]): void {
    this.#live -= entries.length;
    for (const { seq } of entries) this.#unwritten.push(seq);
    if (this.#entries.length > 2 * this.#live + MOST_GONE) {
      this.#entries = this.#entries.filter(({ isGone }) => !isGone);
    }
  }

  /** The newest of its events that is not gone. */
  get newest(): Entry | undefined {
    return this.#entries.findLast(({ isGone }) => !isGone);
  }

  /**
   * The newest events of the file up to the first that matters as much as this lane: as many as
   * have `bytes` bytes, the newest first. None if its end can't be cut off.
   */
  newestBelow(lane: Lane, bytes: number): readonly Entry[] {
    const below: Entry[] = [];
    if (!this.#known || this.#indexing || this.#lost || this.removed) return below;
    let room = bytes;
    for (let index = this.#entries.length - 1; index >= 0 && room > 0; index--) {
      const entry = this.#entries[index] as Entry;
      if (entry.isGone) continue;
      if (entry.lane <= lane) break;
      below.push(entry);
      room -= entry.length;
    }
    return below;
  }

  /**
   * Cuts off this event and all that is behind it. That takes no room on the disk, and a kill in
   * its midst harms no other event. Throws if it fails.
   */
  cut({ offset }: Entry): void {
    const behind = this.#forgotten.filter((each) => each.offset >= offset);
    // What is said there has to be said again. It takes no more bytes than before.
    const seqs = behind.flatMap((each) => each.seqs);
    let lines = forgottenLines([...seqs, ...this.#unwritten]);
    const isAll = lines.length <= this.#size - offset;
    if (!isAll) lines = forgottenLines(seqs);
    // Our own descriptor could only append.
    const fd = openSync(this.#path, O_WRONLY | O_NOFOLLOW);
    try {
      if (writeSync(fd, lines, 0, lines.length, offset) < lines.length) throw noRoom();
      ftruncateSync(fd, offset + lines.length);
    } finally {
      closeSync(fd);
    }
    this.#size = offset + lines.length;
    this.#torn = false;
    this.#forgotten = this.#forgotten.filter((each) => each.offset < offset);
    if (lines.length > 0) {
      this.#forgotten.push({ offset, seqs: isAll ? [...seqs, ...this.#unwritten] : seqs });
    }
    if (isAll) this.#unwritten = [];
    for (const entry of this.#entries) {
      if (entry.offset < offset || entry.isGone) continue;
      entry.isGone = true;
      this.#live--;
    }
    this.#entries = this.#entries.filter(({ isGone }) => !isGone);
  }

  /** One event is no longer counted, but stays in the file to be sent by a later process. */
  giveUp(): void {
    this.#live--;
  }

  /**
   * Writes to the file what was forgotten, if it takes at most `room` bytes. Until it is written a
   * later process would send these events again. Returns whether it was written. Throws if the
   * write fails.
   */
  writeForgotten(room: number): boolean {
    if (this.#unwritten.length === 0 || this.#lost) return false;
    const lines = forgottenLines(this.#unwritten);
    if (lines.length + NEWLINE.length > room) return false;
    const offset = this.#write(lines);
    this.#forgotten.push({ offset, seqs: this.#unwritten });
    this.#unwritten = [];
    return true;
  }

  /** Cuts the file to zero bytes. It has to be `empty`. Throws if that fails. */
  truncate(): void {
    if (this.#size === 0) return;
    this.#mustBeOpen();
    ftruncateSync(this.#fd, 0);
    this.#size = 0;
    this.#torn = false;
    this.#unwritten = [];
    this.#entries = [];
    this.#forgotten = [];
  }

  /** Sets the file's time, as a sign of life. Returns whether the file is still in its place. */
  touch(now: number): boolean {
    try {
      utimesSync(this.#path, now / 1_000, now / 1_000);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') this.#lost = true;
      // Other errors don't mean that the file is gone.
    }
    return !this.#lost;
  }

  /** Whether somebody has removed the file. It can still be read, since it is open. Takes 1 µs. */
  get removed(): boolean {
    try {
      return !this.#closed && fstatSync(this.#fd).nlink === 0;
    } catch {
      // Reads and writes will fail too, and their errors are reported.
      return false;
    }
  }

  /** Makes the removed file again, with all its bytes. If it throws, nothing has changed. */
  restore(): void {
    // `index` still needs the old descriptor. The next sign of life tries again.
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

  /** Closes and removes the file, which has to be `empty`. It is closed also if this throws. */
  remove(): void {
    try {
      // If the file can't be removed, it holds no events that would be sent again.
      if (!this.#lost) this.truncate();
    } finally {
      this.#close();
      if (!this.#lost) unlinkSync(this.#path);
    }
  }

  /** Closes the file and renames it to `path`. It is closed also if this throws. */
  leave(path: string): void {
    this.#close();
    renameSync(this.#path, path);
    this.#path = path;
  }

  /** Writes to the end of the file. Returns the offset. */
  #write(lines: Buffer): number {
    this.#mustBeOpen();
    const data = this.#torn ? Buffer.concat([NEWLINE, lines]) : lines;
    this.#torn = true;
    const offset = this.#size + data.length - lines.length;
    let written: number;
    try {
      written = writeSync(this.#fd, data);
    } catch (error) {
      // Some bytes may have been written.
      this.#size = fstatSync(this.#fd).size;
      throw error;
    }
    this.#size += written;
    // There was no room for the rest: the next write would fail. Readers skip the half line.
    if (written < data.length) throw noRoom();
    this.#torn = false;
    return offset;
  }

  /** A closed descriptor's number may soon belong to another file. */
  #mustBeOpen(): void {
    if (this.#closed) throw new Error('the file is closed');
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Not while libuv's threads read: the number could become another file's.
    if (!this.#indexing) this.#closeFd();
  }

  #closeFd(): void {
    try {
      closeSync(this.#fd);
    } catch {
      // Network file systems report late write errors here. The file is closed all the same.
    }
  }
}

/** What to throw if fewer bytes were written than there are. */
function noRoom(): Error {
  return Object.assign(new Error('a write was cut short'), { code: 'ENOSPC' });
}

/** Copies the first `size` bytes. Throws if it can't copy all of them. */
function copy(from: number, to: number, size: number): void {
  const chunk = Buffer.allocUnsafe(Math.min(size, COPY_BYTES));
  for (let position = 0; position < size;) {
    const length = readSync(from, chunk, 0, Math.min(chunk.length, size - position), position);
    // The file is shorter than it was, or the disk is full.
    if (length === 0 || writeSync(to, chunk, 0, length) < length) {
      throw noRoom();
    }
    position += length;
  }
}
