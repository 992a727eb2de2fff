import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lane, LANE_FATAL, LANE_TABLE } from '../lanes.ts';
import { errorCode, prepareFolder } from './folder.ts';
import { FORGET_BYTES, LINE_FRAME_BYTES } from './line.ts';
import { fileName, isDead, parseFileName, STALE, thisOwner } from './owner.ts';
import { type Entry, Segment } from './segment.ts';

/** What a file grows to at most: so much stays on the disk until the last of its events has gone. */
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** A small spool has so many files, or the first event that waits would keep all of it. */
const LEAST_SEGMENTS = 4;
/** And a large one no more, since each of them is open: a process often may open 1,024. */
const MOST_SEGMENTS = 64;
/** Nor so many of dead processes at a time: one that crashes in a loop leaves a file each time. */
const MOST_CLAIMED = 16;

/** Files of machines whose clocks are ahead that are remembered. */
const MOST_AHEAD = 1_000;

/** Which part of its bound a spool writes or frees between two looks at the files of others. */
const LOOK_SHARE = 128;

export interface SpoolFilesOptions {
  readonly folder: string;
  /** Random: tells this spool from others of the same owner. */
  readonly id: string;
  /** What all spools of the folder may have together. */
  readonly maxBytes: number;
  /** ms of the wall clock. */
  readonly now: () => number;
  readonly report: (message: string) => void;
}

/** The files of one spool: those that it writes, and those that it took over. Never throws. */
export class SpoolFiles {
  readonly #options: SpoolFilesOptions;
  readonly #owner = thisOwner();
  readonly #segmentBytes: number;
  readonly #segments = new Set<Segment>();
  readonly #claimed = new Set<Segment>();
  /** The one that is appended to. */
  #current: Segment | undefined;
  /** Bytes of the other spools' files when they were last looked at, their writers, and our bytes by then. */
  #others = { bytes: 0, writers: 0, own: 0 };
  /** How many names were given. */
  #names = 0;
  /** Files that were touched at a time that has not come yet, and since when they are known so. */
  readonly #ahead = new Map<string, { readonly touched: number; readonly since: number }>();
  /** Troubles that people were told about, and that are not over. */
  readonly #told = new Set<string>();

  constructor(options: SpoolFilesOptions) {
    this.#options = options;
    const { maxBytes } = options;
    this.#segmentBytes = Math.max(
      Math.min(SEGMENT_BYTES, maxBytes / LEAST_SEGMENTS),
      maxBytes / MOST_SEGMENTS,
    );
    this.#lookAtOthers();
  }

  #lookAtOthers(): void {
    const { folder, now } = this.#options;
    let bytes = 0;
    const writers = new Set<string>();
    for (const name of this.strangers()) {
      try {
        const { size, mtimeMs } = lstatSync(join(folder, name));
        bytes += size;
        const { owner, spool } = parseFileName(name) ?? {};
        if (owner !== undefined && spool !== undefined && now() - mtimeMs < STALE) {
          writers.add(spool);
        }
      } catch {
        // Somebody has sent what it held.
      }
    }
    const own = this.#sum((segment) => segment.reserved);
    this.#others = { bytes, writers: writers.size, own };
  }

  /** Whether another file could be claimed, as far as their number goes. */
  get canClaim(): boolean {
    return this.#claimed.size < MOST_CLAIMED;
  }

  /** Writes an event down; undefined if that failed, or there is no room. */
  append(lane: Lane, json: Buffer): Entry | undefined {
    const most = json.length + LINE_FRAME_BYTES;
    const own = this.#sum((segment) => segment.reserved);
    // They fill the folder too; not for each event, since that takes a look at all its files.
    const share = this.#options.maxBytes / LOOK_SHARE;
    if (Math.abs(own - this.#others.own) > share) this.#lookAtOthers();
    // Each of them may have written as much meanwhile as we may before we look again.
    const { bytes, writers } = this.#others;
    const reserved = own + bytes + share * (writers > 0 ? writers + 1 : 0);
    const bound = this.#options.maxBytes * LANE_TABLE[lane].diskShare;
    if (reserved + most + FORGET_BYTES > bound) {
      this.tell('full', `the spool is full: ${what(lane)} held in memory only`);
      return undefined;
    }
    // Not as soon as one event fits again, or it would be told of every few events.
    if (reserved < this.#options.maxBytes / 2) this.#told.delete('full');
    try {
      const segment = this.#segmentFor(most);
      const at = this.#options.now();
      const line = segment.line(lane, at, json);
      if (line === undefined) return undefined;
      const entry = segment.append(lane, at, line, json.length);
      this.#told.delete('write');
      return entry;
    } catch (error) {
      this.#failed(error);
      // What was torn need not stay.
      if (this.#current?.empty === true) this.settle([this.#current]);
      return undefined;
    }
  }

  /** Brings files in line with what was forgotten of them: which removes most. */
  settle(segments: Iterable<Segment>): void {
    for (const segment of segments) {
      try {
        if (!this.#emptied(segment)) {
          const room = this.#options.maxBytes - this.#sum(({ size }) => size);
          if (segment.writeForgotten(room)) this.#told.delete('write');
        }
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  /** Whether the file held nothing any more, and holds nothing now. */
  #emptied(segment: Segment): boolean {
    if (!segment.empty) return false;
    if (segment !== this.#current) {
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

  /** The names of the files in the folder that may be others'. */
  strangers(): string[] {
    try {
      const names = readdirSync(this.#options.folder);
      this.#told.delete('folder');
      return names.filter((name) => {
        const spool = parseFileName(name)?.spool;
        return spool !== undefined && spool !== this.#options.id;
      });
    } catch (error) {
      this.tell('folder', `the spool's folder cannot be read (${errorCode(error)})`);
      return [];
    }
  }

  /**
   * The names of the files in another host's folder that nobody uses any more: a living spool touches
   * its files. A folder that is empty goes.
   */
  abandonedIn(folder: string): string[] {
    if (prepareFolder(folder) !== undefined) return [];
    const now = this.#options.now();
    try {
      const names = readdirSync(folder);
      if (names.length === 0) rmdirSync(folder);
      return names.filter(
        (name) =>
          parseFileName(name) !== undefined &&
          this.#untouched(name, lstatSync(join(folder, name)).mtimeMs, now) > STALE,
      );
    } catch {
      // Somebody else is at work there, so it is not abandoned.
      return [];
    }
  }

  /** Takes this file over, if its owner is dead and there is room. */
  claim(name: string, folder: string = this.#options.folder): Segment | undefined {
    const { maxBytes, now } = this.#options;
    const path = join(folder, name);
    try {
      const stat = lstatSync(path);
      const owner = parseFileName(name)?.owner;
      if (!stat.isFile()) return undefined;
      const untouched = this.#untouched(name, stat.mtimeMs, now());
      if (owner !== undefined && !isDead(owner, this.#owner, untouched)) return undefined;
      if (stat.size > maxBytes) {
        this.tell(name, `a file in the spool's folder is larger than its bound, and left: ${name}`);
      }
      if (this.#sum((segment) => segment.reserved) + stat.size > maxBytes) return undefined;
      const segment = Segment.claim(path, this.#newPath(true), now());
      this.#segments.add(segment);
      this.#claimed.add(segment);
      if (folder === this.#options.folder) {
        this.#others.bytes = Math.max(0, this.#others.bytes - stat.size);
      }
      return segment;
    } catch (error) {
      // ENOENT: another one has taken it.
      if (errorCode(error) !== 'ENOENT') this.#unreadable(name, error);
      return undefined;
    }
  }

  /**
   * ms since somebody has touched this file. A time that has not come yet is that of a machine whose
   * clock is ahead: then it counts from when it was first seen with that time.
   */
  #untouched(name: string, touched: number, now: number): number {
    if (touched <= now) return now - touched;
    const seen = this.#ahead.get(name);
    if (seen?.touched === touched) return Math.max(0, now - seen.since);
    if (this.#ahead.size >= MOST_AHEAD) this.#ahead.clear();
    this.#ahead.set(name, { touched, since: now });
    return 0;
  }

  /** Gives back a file that was claimed and cannot be read; it is not to be claimed again from here. */
  async index(segment: Segment): Promise<readonly Entry[]> {
    try {
      return await segment.index();
    } catch (error) {
      this.#segments.delete(segment);
      this.#claimed.delete(segment);
      this.#unreadable('', error);
      this.#leave(segment);
      return [];
    }
  }

  /** Lets others see that this spool lives. */
  touch(): void {
    this.#restoreRemoved();
    this.#lookAtOthers();
    for (const segment of this.#segments) {
      if (!segment.touch(this.#options.now())) this.#lost(segment);
    }
  }

  /** Leaves what is not forgotten to whoever comes, and returns how many events that are. */
  close(): number {
    let left = 0;
    this.#restoreRemoved();
    for (const segment of this.#segments) {
      if (segment.empty) {
        this.#discard(segment);
        continue;
      }
      this.settle([segment]);
      if (this.#leave(segment)) left += segment.live;
    }
    this.#segments.clear();
    this.#claimed.clear();
    this.#current = undefined;
    return left;
  }

  /** Tells of a trouble, unless it was told already and is not over. */
  tell(trouble: string, message: string): void {
    if (this.#told.has(trouble)) return;
    this.#told.add(trouble);
    try {
      this.#options.report(message);
    } catch {
      // Whoever gave us `report` has nobody else to tell.
    }
  }

  #segmentFor(length: number): Segment {
    if (this.#current?.removed === true) {
      this.#restoreRemoved();
      // It was empty, or can't be made again now: the next beat tries that once more.
      if (this.#current.removed) this.#lost(this.#current);
    }
    const current = this.#current;
    if (current !== undefined && current.size + length <= this.#segmentBytes) return current;
    // An event that is larger than that has a file of its own.
    if (current?.size === 0) return current;
    this.#current = undefined;
    if (current !== undefined) this.settle([current]);
    const segment = this.#create();
    this.#segments.add(segment);
    this.#current = segment;
    return segment;
  }

  /**
   * Makes the files again that somebody has removed, most often with the folder. We still have them
   * open, so nothing is lost. If that fails their events are still sent by this process, and they are
   * not counted as left behind at its end.
   */
  #restoreRemoved(): void {
    for (const segment of this.#segments) {
      if (segment.empty || !segment.removed) continue;
      this.tell('removed', "the spool's files were removed while in use, and are written again");
      try {
        // It may be there again, made by another spool.
        const refusal = prepareFolder(this.#options.folder);
        if (refusal !== undefined) throw new Error(refusal);
        segment.restore();
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #create(): Segment {
    const path = this.#newPath(true);
    try {
      return Segment.create(path);
    } catch (error) {
      // Somebody has cleaned up, and the folder with it.
      if (errorCode(error) !== 'ENOENT') throw error;
      if (prepareFolder(this.#options.folder) !== undefined) throw error;
      return Segment.create(path);
    }
  }

  /** A name that no file ever had: a file of this spool's owner, or of nobody. */
  #newPath(owned: boolean): string {
    const { folder, id } = this.#options;
    return join(folder, fileName(owned ? this.#owner : undefined, id, ++this.#names));
  }

  #discard(segment: Segment): void {
    this.#segments.delete(segment);
    this.#claimed.delete(segment);
    try {
      segment.remove();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#failed(error);
    }
  }

  /** Whether others can find the file. */
  #leave(segment: Segment): boolean {
    const removed = segment.removed;
    try {
      segment.leave(this.#newPath(false));
      return true;
    } catch (error) {
      // Under its own name it is found once this process is dead.
      return !removed && errorCode(error) !== 'ENOENT';
    }
  }

  /**
   * Its file is not where it was, and could not be made again: somebody cleaned up, or took this spool
   * for dead, on another machine after two minutes in which this one stood still. It can still be read from, and what it
   * holds may now be sent twice; but what comes from now on must lie where others find it.
   */
  #lost(segment: Segment): void {
    if (segment === this.#current) this.#current = undefined;
    if (segment.empty) this.#discard(segment);
  }

  #unreadable(name: string, error: unknown): void {
    const code = errorCode(error);
    this.tell(`read ${name}`, `a file in the spool's folder cannot be read (${code}), and is left`);
  }

  #failed(error: unknown): void {
    const code = errorCode(error);
    this.tell('write', `the spool cannot be written (${code}): events are held in memory only`);
  }

  #sum(bytes: (segment: Segment) => number): number {
    let sum = 0;
    for (const segment of this.#segments) sum += bytes(segment);
    return sum;
  }
}

/** What has no room any more where this lane has none. */
function what(lane: Lane): string {
  if (lane === LANE_FATAL) return 'further events are';
  return `${LANE_TABLE[lane].what}, and what matters less, are`;
}
