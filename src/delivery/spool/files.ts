import { join } from 'node:path';
import { attempt } from '../../lib/safe-read.ts';
import { type Lane, LANE_FATAL, LANE_TABLE } from '../lanes.ts';
import { errorCode, prepareFolder } from './folder.ts';
import { FORGET_BYTES, LINE_FRAME_BYTES } from './line.ts';
import { fileName } from './owner.ts';
import { cutsFor } from './room.ts';
import { type Entry, Segment } from './segment.ts';
import { Strangers } from './strangers.ts';
import type { SpoolHandle } from './spool.ts';
import { isFull, Troubles } from './troubles.ts';

/** The most bytes of a file. A file stays on the disk until the last of its events has arrived. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/**
 * A small spool has at least so many files. With one file, one event that waits would keep all of
 * it.
 */
const LEAST_SEGMENTS = 4;
/**
 * A large spool has no more files than this, since all are open. The usual limit of a process is
 * 1,024.
 */
const MOST_SEGMENTS = 64;
/**
 * How many files of dead processes may be claimed at a time. A process that crashes in a loop
 * leaves a file each time.
 */
const MOST_CLAIMED = 16;

/**
 * How many bytes more than an event needs are freed for it. Disks give and take whole blocks, one in
 * each of two files, and have to note a new file.
 */
const SPARE_BYTES = 16_384;

/** An event that had to give way on the disk, with its JSON if that could still be read. */
export interface PushedOut {
  readonly handle: SpoolHandle;
  readonly bytes: Buffer | undefined;
}

export interface SpoolFilesOptions {
  readonly folder: string;
  /** A random id that tells this spool from others of the same owner. */
  readonly id: string;
  /** How many bytes the files of all spools in the folder may have together. */
  readonly maxBytes: number;
  /** The wall clock, in ms. */
  readonly now: () => number;
  readonly report: (message: string) => void;
}

/** The files of one spool: those that it writes and those that it took over. Never throws. */
export class SpoolFiles {
  /** The files of other spools. */
  readonly strangers: Strangers;
  readonly troubles: Troubles;
  readonly #options: SpoolFilesOptions;
  readonly #segmentBytes: number;
  readonly #segments = new Set<Segment>();
  readonly #claimed = new Set<Segment>();
  /**
   * The file to which events of each lane are appended. Each lane has its own, so that room can be
   * made for what matters more: only the end of a file can be cut off.
   */
  readonly #current = new Map<Lane, Segment>();
  /** The files that were seen in their place in this turn of the synchronous code. */
  readonly #inPlace = new Set<Segment>();
  /** How many bytes the last event lacked. 0 if it was written, or more room would not help. */
  #missing = 0;
  /** The bytes of files that `close` has left. They have our name, so nobody measures them. */
  #leftBytes = 0;
  /** How many file names were made. */
  #names = 0;
  constructor(options: SpoolFilesOptions) {
    this.#options = options;
    this.troubles = new Troubles(options.report);
    this.strangers = new Strangers(options, this.troubles);
    const { maxBytes } = options;
    this.#segmentBytes = Math.max(
      Math.min(SEGMENT_BYTES, maxBytes / LEAST_SEGMENTS),
      maxBytes / MOST_SEGMENTS,
    );
    this.strangers.measure(0);
  }

  /** Whether one more file may be claimed. */
  get canClaim(): boolean {
    return this.#claimed.size < MOST_CLAIMED;
  }

  /** Writes an event to the disk. Undefined if that failed or there is no room. */
  append(lane: Lane, json: Buffer): Entry | undefined {
    const most = json.length + LINE_FRAME_BYTES;
    // The files of other spools fill the folder too.
    const own = this.#reserved();
    const reserved = own + this.strangers.bytesBeside(own);
    const bound = this.#options.maxBytes * LANE_TABLE[lane].diskShare;
    this.#missing = Math.max(0, Math.ceil(reserved + most + FORGET_BYTES - bound));
    if (this.#missing > 0) {
      this.troubles.tell('full', `the spool is full: ${what(lane)} held in memory only`);
      return undefined;
    }
    // The trouble is over when half is free again. Otherwise it would be reported every few events.
    if (reserved < this.#options.maxBytes / 2) this.troubles.over('full');
    try {
      const segment = this.#segmentFor(lane, most);
      const at = this.#options.now();
      const line = segment.line(lane, at, json);
      if (line === undefined) return undefined;
      const entry = segment.append(lane, at, line, json.length);
      this.troubles.over('write');
      return entry;
    } catch (error) {
      this.troubles.failed(error);
      // The file holds only a torn line, so it is emptied.
      const current = this.#current.get(lane);
      if (current?.empty === true) this.settle([current]);
      if (isFull(error)) this.#missing = most + SPARE_BYTES;
      return undefined;
    }
  }

  /**
   * Makes room for an event that `append` had no room for: less important ones are cut off. Returns
   * them as they were read before. None if all of them would not be enough.
   */
  makeRoom(lane: Lane): readonly PushedOut[] {
    const out: PushedOut[] = [];
    const missing = this.#missing;
    this.#missing = 0;
    if (missing === 0) return out;
    for (const { segment, entries } of cutsFor([...this.#segments], lane, missing)) {
      const read = entries.map((entry) => ({ handle: entry, bytes: attemptRead(entry) }));
      try {
        segment.cut(entries.at(-1) as Entry);
        out.push(...read);
        this.settle([segment]);
      } catch (error) {
        this.troubles.failed(error);
      }
    }
    return out;
  }

  /**
   * Writes to the files what was forgotten. Removes those that hold no more events, as most then
   * do.
   */
  settle(segments: Iterable<Segment>): void {
    for (const segment of segments) {
      try {
        if (!this.#emptied(segment)) {
          const room = this.#options.maxBytes - this.#sum(({ size }) => size);
          if (segment.writeForgotten(room)) this.troubles.over('write');
        }
      } catch (error) {
        // On a full disk events of an earlier process may be sent twice. All events are still on the disk.
        const isTold = !isFull(error) || !this.#claimed.has(segment);
        if (isTold) this.troubles.failed(error);
      }
    }
  }

  /** Removes or empties the file if it holds no more events. Returns whether it did. */
  #emptied(segment: Segment): boolean {
    if (!segment.empty) return false;
    if (!this.#isCurrent(segment)) {
      this.#discard(segment);
      return true;
    }
    try {
      segment.truncate();
      return true;
    } catch {
      return false;
    }
  }

  /** Takes over this file if its owner is dead and there is room. */
  claim(name: string, folder: string = this.#options.folder): Segment | undefined {
    const { maxBytes, now } = this.#options;
    try {
      const size = this.strangers.claimable(name, folder);
      if (size === undefined) return undefined;
      if (size > maxBytes) {
        this.troubles.tell(
          name,
          `a file in the spool's folder is larger than the spool may be, and is left there: ${name}`,
        );
      }
      if (this.#reserved() + size > maxBytes) return undefined;
      const segment = Segment.claim(join(folder, name), this.#newPath(true), now());
      this.#segments.add(segment);
      this.#claimed.add(segment);
      if (folder === this.#options.folder) this.strangers.takenOver(size);
      return segment;
    } catch (error) {
      // ENOENT: another spool was faster.
      if (errorCode(error) !== 'ENOENT') this.troubles.unreadable(name, error);
      return undefined;
    }
  }

  /**
   * Finds the events in a claimed file, see `Segment`. A file that can't be read is left to others,
   * and gets no events here.
   */
  async index(segment: Segment): Promise<() => readonly Entry[]> {
    try {
      return await segment.index();
    } catch (error) {
      this.#segments.delete(segment);
      this.#claimed.delete(segment);
      this.troubles.unreadable('', error);
      this.#leave(segment);
      return () => [];
    }
  }

  /** Shows other spools that this one lives. */
  touch(): void {
    this.#restoreRemoved();
    this.strangers.measure(this.#reserved());
    this.troubles.beat();
    for (const segment of this.#segments) {
      if (!segment.touch(this.#options.now())) this.#lost(segment);
    }
  }

  /** Leaves all events that are not forgotten to later spools. Returns how many they are. */
  close(): number {
    let left = 0;
    this.#restoreRemoved();
    for (const segment of this.#segments) {
      if (segment.empty) {
        this.#discard(segment);
        continue;
      }
      this.settle([segment]);
      this.#leftBytes += segment.reserved;
      if (this.#leave(segment)) left += segment.live;
    }
    this.#segments.clear();
    this.#claimed.clear();
    this.#current.clear();
    return left;
  }

  #segmentFor(lane: Lane, length: number): Segment {
    const known = this.#current.get(lane);
    if (known !== undefined && this.#isGone(known)) {
      this.#restoreRemoved();
      // The file was empty, or can't be made again now. The next sign of life tries again.
      if (known.removed) this.#lost(known);
    }
    const current = this.#current.get(lane);
    if (current !== undefined && current.size + length <= this.#segmentBytes) return current;
    // A larger event gets a file of its own.
    if (current?.size === 0) return current;
    this.#current.delete(lane);
    if (current !== undefined) this.settle([current]);
    const segment = this.#create();
    this.#segments.add(segment);
    this.#current.set(lane, segment);
    return segment;
  }

  /** Whether somebody has removed the file. It is asked once in a turn, since that takes half as long as a write. */
  #isGone(segment: Segment): boolean {
    if (this.#inPlace.has(segment)) return false;
    if (segment.removed) return true;
    if (this.#inPlace.size === 0) void Promise.resolve().then(() => this.#inPlace.clear());
    this.#inPlace.add(segment);
    return false;
  }

  #isCurrent(segment: Segment): boolean {
    return [...this.#current.values()].includes(segment);
  }

  /**
   * Makes files again that somebody has removed, most often with the folder. They are still open,
   * so nothing is lost. If it fails this process still sends their events, but they don't count as
   * left at its end.
   */
  #restoreRemoved(): void {
    for (const segment of this.#segments) {
      if (segment.empty || !segment.removed) continue;
      this.troubles.tell(
        'removed',
        "the spool's files were removed while in use, and are written again",
      );
      try {
        // Another spool may have made the folder again.
        const refusal = prepareFolder(this.#options.folder);
        if (refusal !== undefined) throw new Error(refusal);
        segment.restore();
      } catch (error) {
        this.troubles.failed(error);
      }
    }
  }

  #create(): Segment {
    const path = this.#newPath(true);
    try {
      return Segment.create(path);
    } catch (error) {
      // Somebody has removed the folder.
      if (errorCode(error) !== 'ENOENT') throw error;
      if (prepareFolder(this.#options.folder) !== undefined) throw error;
      return Segment.create(path);
    }
  }

  /** A name that no file has had before, with this spool's owner or with none. */
  #newPath(owned: boolean): string {
    const { folder, id } = this.#options;
    return join(folder, fileName(owned ? this.strangers.self : undefined, id, ++this.#names));
  }

  #discard(segment: Segment): void {
    this.#segments.delete(segment);
    this.#claimed.delete(segment);
    try {
      segment.remove();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.troubles.failed(error);
    }
  }

  /** Gives up ownership of the file. Returns whether others can find it. */
  #leave(segment: Segment): boolean {
    const removed = segment.removed;
    try {
      segment.leave(this.#newPath(false));
      return true;
    } catch (error) {
      // Under its old name it is found once this process is dead.
      return !removed && errorCode(error) !== 'ENOENT';
    }
  }

  /**
   * Stops writing to a file that is gone and can't be made again. Somebody removed it, or another
   * machine took it over after this process had stood still for two minutes. It can still be read,
   * so its events may be sent twice. New events go to a file that others can find.
   */
  #lost(segment: Segment): void {
    for (const [lane, current] of this.#current) {
      if (segment === current) this.#current.delete(lane);
    }
    if (segment.empty) this.#discard(segment);
  }

  /** The bytes of our files, and those that will be needed to forget their events. */
  #reserved(): number {
    return this.#leftBytes + this.#sum((segment) => segment.reserved);
  }

  #sum(bytes: (segment: Segment) => number): number {
    let sum = 0;
    for (const segment of this.#segments) sum += bytes(segment);
    return sum;
  }
}

function attemptRead(entry: Entry): Buffer | undefined {
  return attempt(() => entry.segment.read(entry));
}

/** Which events have no room if this lane has none, in words. */
function what(lane: Lane): string {
  if (lane === LANE_FATAL) return 'further events are';
  return `${LANE_TABLE[lane].what}, and what matters less, are`;
}
