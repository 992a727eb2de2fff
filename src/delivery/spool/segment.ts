import type { Lane } from '../lanes.ts';
import {
  eventLine,
  FORGET_BYTES,
  forgottenLines,
  isJsonObject,
  NEWLINE,
  parseLine,
} from './line.ts';
import { LineFile } from './line-file.ts';
import type { Forgotten, Located, Scan } from './scan.ts';

export interface Entry extends Located {
  readonly segment: Segment;
  /** When it becomes too old, in ms of the monotonic clock. The spool sets it. */
  expiresAt: number;
  /** Whether it is too old only by the wall clock, which may still be set right. */
  isDoubted: boolean;
  /** Whether it was forgotten or given up, so that this process does not send it any more. */
  isGone: boolean;
}

/** How many gone events are remembered at least, besides as many as there are others. */
const MOST_GONE = 100;

/** One file of a spool, and which events lie in it: they are appended, forgotten and read back. */
export class Segment {
  readonly #file: LineFile;
  #lastSeq = 0;
  #live = 0;
  /** Its events in the order of the file. Some of them may be gone. */
  #entries: Entry[] = [];
  /** Which events the file says are forgotten, and where. */
  #forgotten: Forgotten[] = [];
  /** Numbers of forgotten events that the file does not say yet. */
  #unwritten: number[] = [];
  /**
   * Whether we know all events in the file. We don't before `index`, nor after a failed read. Then
   * the file is left for a later process, which may be able to read it.
   */
  #known: boolean;

  private constructor(file: LineFile, known: boolean) {
    this.#file = file;
    this.#known = known;
  }

  /** Makes a new file. Throws if that fails. */
  static create(path: string): Segment {
    return new Segment(LineFile.create(path), true);
  }

  /**
   * Takes over the file of another owner by renaming it. If several try at once only one succeeds.
   * Throws if it can't: ENOENT if another one was faster.
   */
  static claim(from: string, to: string, now: number): Segment {
    return new Segment(LineFile.claim(from, to, now), false);
  }

  /** Bytes on the disk. */
  get size(): number {
    return this.#file.size;
  }

  /** Bytes on the disk, and those that will be needed to forget its events. */
  get reserved(): number {
    return this.size + (this.#live + this.#unwritten.length) * FORGET_BYTES;
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
    const offset = this.#file.append(line);
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

  /**
   * Finds the events in a claimed file. They count as its events once the returned function is
   * called, which returns them. Rejects if it can't be read.
   */
  async index(): Promise<() => readonly Entry[]> {
    const scan = await this.#file.scan();
    return () => this.#adopt(scan);
  }

  #adopt({ forgotten, events }: Scan): readonly Entry[] {
    this.#forgotten = [...forgotten];
    this.#entries = events.map((event) => ({
      ...event,
      segment: this,
      expiresAt: Infinity,
      isDoubted: false,
      isGone: false,
    }));
    this.#live = this.#entries.length;
    this.#known = true;
    return [...this.#entries];
  }

  /**
   * The event's JSON. Undefined if the file does not hold it any more. Throws if the file can't be
   * read, and then keeps it.
   */
  read(entry: Entry): Buffer | undefined {
    let line: Buffer;
    try {
      line = this.#file.read(entry.offset, entry.length);
    } catch (error) {
      this.#known = false;
      throw error;
    }
    // The newline of the file's last line may be missing.
    const whole = line.at(-1) === NEWLINE ? line.subarray(0, -1) : line;
    if (whole.length !== entry.length - 1) return undefined;
    const parsed = parseLine(whole);
    if (parsed?.kind !== 'event' || parsed.seq !== entry.seq) return undefined;
    const json = whole.subarray(parsed.jsonAt);
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
    const { isScanning, isLost, removed } = this.#file;
    if (!this.#known || isScanning || isLost || removed) return below;
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
    const isAll = lines.length <= this.size - offset;
    if (!isAll) lines = forgottenLines(seqs);
    this.#file.replaceEnd(offset, lines);
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
    if (this.#unwritten.length === 0 || this.#file.isLost) return false;
    const lines = forgottenLines(this.#unwritten);
    // A newline may come before them, behind a torn line.
    if (lines.length + 1 > room) return false;
    const offset = this.#file.append(lines);
    this.#forgotten.push({ offset, seqs: this.#unwritten });
    this.#unwritten = [];
    return true;
  }

  /** Cuts the file to zero bytes. It has to be `empty`. Throws if that fails. */
  truncate(): void {
    if (this.size === 0) return;
    this.#file.truncate();
    this.#unwritten = [];
    this.#entries = [];
    this.#forgotten = [];
  }

  /** See `LineFile`. */
  touch(now: number): boolean {
    return this.#file.touch(now);
  }

  /** See `LineFile`. */
  get removed(): boolean {
    return this.#file.removed;
  }

  /** See `LineFile`. */
  restore(): void {
    this.#file.restore();
  }

  /** Closes and removes the file, which has to be `empty`. It is closed also if this throws. */
  remove(): void {
    try {
      // If the file can't be removed, it holds no events that would be sent again.
      if (!this.#file.isLost) this.truncate();
    } finally {
      this.#file.remove();
    }
  }

  /** See `LineFile`. */
  leave(path: string): void {
    this.#file.leave(path);
  }
}
