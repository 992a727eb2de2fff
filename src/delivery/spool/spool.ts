import { resolve } from 'node:path';
import type { Clock, Timer } from '../../lib/clock.ts';
import { randomHex } from '../../lib/random.ts';
import type { Lane } from '../lanes.ts';
import { type PushedOut, SpoolFiles, type SpoolFilesOptions } from './files.ts';
import { errorCode, prepareFolder } from './folder.ts';
import type { Entry, Segment } from './segment.ts';

/** ms between two signs of life. An owner without one for two minutes counts as dead. */
const BEAT = 20_000;
/** How many signs of life come between two searches for files of dead owners. */
const BEATS_PER_LOOK = 3;

/** A time before this package existed, in ms of the wall clock: 2025-01-01. */
const FIRST = 1_735_689_600_000;
/**
 * How many ms older than `maxAge` a found event may be. If it is older the clock is wrong. It is
 * less likely that nobody started the application for a year.
 */
const CREDIBLE = 365 * 86_400_000;
/**
 * ms for which a found event is kept, whatever the wall clock says. A machine without a battery
 * starts with a wrong clock. The first answer of a time server sets it right.
 */
const GRACE = 600_000;

/** An event on the disk. Only the spool that made the handle can use it. */
export interface SpoolHandle {
  readonly lane: Lane;
  /** When it was written, in ms of the wall clock. */
  readonly at: number;
  /** The size of its JSON. */
  readonly bytes: number;
  /** Whether it lies there no more, because it was forgotten or had to give way. */
  readonly isGone: boolean;
}

/** Events that dead processes left. */
export interface Found {
  /** The oldest first. */
  readonly handles: readonly SpoolHandle[];
  /** The current time in ms of the wall clock, from which ages are computed. */
  readonly now: number;
}

/**
 * Why an event can't be read back: it is older than `maxAge`, or the file does not hold it any
 * more. The spool has then forgotten it.
 */
export type Unreadable = 'too_old' | 'unreadable';

/**
 * Keeps events on the disk until they have arrived. If a process dies, another one sends its
 * events. Each is sent at least once: an event that arrived a moment before the death is sent
 * again.
 *
 * Any number of spools share a folder, also of several threads, processes and machines. Each writes
 * files of its own, whose names tell their owner. Each takes over the files of dead owners.
 *
 * Never throws, and does not keep the process alive.
 */
export interface Spool {
  /**
   * Writes an event, which is a JSON object, to the disk before it is sent. Returns undefined if
   * that failed: then the event is only in memory. A written event survives however the process
   * dies, but not a power failure.
   */
  append(lane: Lane, bytes: Buffer): SpoolHandle | undefined;
  /**
   * After `append` has failed for lack of room: makes room for an event of this lane, if less
   * important ones lie there. Returns those that had to give way. They are no longer on the disk.
   */
  makeRoom(lane: Lane): readonly PushedOut[];
  /** Removes events that have arrived or were dropped, so that nobody sends them again. */
  forget(handles: readonly SpoolHandle[]): void;
  /** The event's JSON, or why it can't be read. */
  read(handle: SpoolHandle): Buffer | Unreadable;
  /**
   * Searches for files of dead owners, now and every minute. `onBeat` is called every 20 s.
   */
  start(onFound: (found: Found) => void, onBeat?: () => void): void;
  /**
   * Ends, and leaves all events that are not forgotten to a later process, or a later spool of this
   * process. Returns how many they are. Further calls return the same number.
   */
  close(): number;
  /**
   * Writes an event that came after the end, such as one of an `exit` listener, for a later
   * process. Returns whether that succeeded.
   */
  leave(lane: Lane, bytes: Buffer): boolean;
}

export interface SpoolOptions {
  /** It is made if it does not exist. Only this user may have access. */
  readonly folder: string;
  /**
   * Folders of the same application for other hosts. Files there that nobody has touched for two
   * minutes are taken over, since the host may have been renamed. Folders that a spool of this
   * thread has used are left alone.
   */
  readonly siblings?: () => readonly string[];
  /** How many bytes the files of all spools in the folder may have together. */
  readonly maxBytes: number;
  /** Milliseconds after which an event is given up. */
  readonly maxAge: number;
  readonly clock: Clock;
  readonly report: (message: string) => void;
  /**
   * The wall clock, since times are compared between processes. Default: the machine's, even if an
   * application's tests replace `Date`.
   */
  readonly now?: () => number;
}

const wallClock = Date.now;

/** The folders that spools of this thread have used. */
const used = new Set<string>();

export function createSpool(options: SpoolOptions): Spool {
  const folder = resolve(options.folder);
  used.add(folder);
  const refusal = prepareFolder(folder);
  if (refusal === undefined) {
    const id = randomHex(8);
    return new DiskSpool({ ...options, folder, id, now: options.now ?? wallClock });
  }
  try {
    options.report(`the spool's folder is not used: ${refusal}; events are held in memory only`);
  } catch {
    // If `report` itself fails nobody is left to tell.
  }
  return OFF;
}

/** The spool whose folder can't be used. */
const OFF: Spool = {
  append: () => undefined,
  makeRoom: () => [],
  forget: () => undefined,
  read: () => 'unreadable',
  start: () => undefined,
  close: () => 0,
  leave: () => false,
};

class DiskSpool implements Spool {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #maxAge: number;
  readonly #files: SpoolFiles;
  readonly #siblings: () => readonly string[];
  #onFound: ((found: Found) => void) | undefined;
  #onBeat: () => void = () => undefined;
  #timer: Timer | undefined;
  #beats = 0;
  #looking = false;
  /** Whether there are more files to claim than may be claimed at a time. */
  #more = false;
  /** What `close` has returned. */
  #left: number | undefined;

  constructor(options: SpoolFilesOptions & Pick<SpoolOptions, 'clock' | 'maxAge' | 'siblings'>) {
    this.#clock = options.clock;
    this.#siblings = options.siblings ?? ((): readonly string[] => []);
    this.#now = options.now;
    this.#maxAge = options.maxAge;
    this.#files = new SpoolFiles(options);
    // The timer is made now, not with the first event, since it keeps its async context alive.
    this.#wait();
  }

  append(lane: Lane, bytes: Buffer): SpoolHandle | undefined {
    if (this.#left !== undefined) return undefined;
    const entry = this.#files.append(lane, bytes);
    if (entry !== undefined) entry.expiresAt = this.#clock.now() + this.#maxAge;
    return entry;
  }

  makeRoom(lane: Lane): readonly PushedOut[] {
    return this.#left === undefined ? this.#files.makeRoom(lane) : [];
  }

  forget(handles: readonly SpoolHandle[]): void {
    if (this.#left === undefined) this.#drop(handles as readonly Entry[]);
  }

  read(handle: SpoolHandle): Buffer | Unreadable {
    const entry = handle as Entry;
    if (this.#left !== undefined || entry.isGone) return 'unreadable';
    if (this.#isTooOld(entry)) {
      this.#drop([entry]);
      return 'too_old';
    }
    try {
      const bytes = entry.segment.read(entry);
      if (bytes !== undefined) return bytes;
      this.#drop([entry]);
    } catch (error) {
      // It is not forgotten, since a later process may be able to read it.
      this.#files.troubles.tell(
        'read',
        `the spool cannot be read (${errorCode(error)}): events are lost`,
      );
      entry.isGone = true;
      entry.segment.giveUp();
    }
    return 'unreadable';
  }

  start(onFound: (found: Found) => void, onBeat?: () => void): void {
    this.#onFound = onFound;
    if (onBeat !== undefined) this.#onBeat = onBeat;
    void this.#look();
  }

  close(): number {
    if (this.#left !== undefined) return this.#left;
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#left = this.#files.close();
    return this.#left;
  }

  leave(lane: Lane, bytes: Buffer): boolean {
    const isWritten = this.#files.append(lane, bytes) !== undefined;
    // It gets a file without an owner, since this process may look alive for a while.
    return this.#files.close() > 0 && isWritten;
  }

  #drop(entries: readonly Entry[]): void {
    const bySegment = new Map<Segment, Entry[]>();
    for (const entry of entries) {
      if (entry.isGone) continue;
      entry.isGone = true;
      const those = bySegment.get(entry.segment);
      if (those === undefined) bySegment.set(entry.segment, [entry]);
      else those.push(entry);
    }
    if (bySegment.size === 0) return;
    for (const [segment, those] of bySegment) segment.forget(those);
    this.#files.settle(bySegment.keys());
    if (this.#more && this.#files.canClaim) void this.#look();
  }

  /** Uses the monotonic clock, so that a correction of the wall clock changes no ages. */
  #isTooOld(entry: Entry): boolean {
    if (this.#clock.now() <= entry.expiresAt) return false;
    if (!entry.isDoubted) return true;
    entry.isDoubted = false;
    this.#judge(entry);
    return this.#clock.now() > entry.expiresAt;
  }

  #judge(entry: Entry): void {
    entry.expiresAt = this.#clock.now() + this.#maxAge - this.#ageOf(entry, this.#now());
  }

  /** How old a found event is by the wall clock, in ms; 0 if one of the two times must be wrong. */
  #ageOf({ at }: Entry, now: number): number {
    const age = now - at;
    return at > FIRST && age > 0 && age <= this.#maxAge + CREDIBLE ? age : 0;
  }

  #wait(): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#wait();
      this.#files.touch();
      this.#onBeat();
      if (++this.#beats % BEATS_PER_LOOK === 0) void this.#look();
    }, BEAT);
  }

  /** Takes over the files of dead owners, one after the other. */
  async #look(): Promise<void> {
    if (this.#onFound === undefined || this.#looking || this.#left !== undefined) return;
    this.#looking = true;
    this.#more = false;
    await this.#takeOver((name) => this.#files.claim(name), this.#files.strangers.names());
    // Not at the start: the application's spools for other hosts may not be open yet.
    const siblings = this.#beats > 0 ? this.#siblings() : [];
    for (const folder of siblings.filter((each) => !used.has(resolve(each)))) {
      const names = this.#files.strangers.abandonedIn(folder);
      await this.#takeOver((name) => this.#files.claim(name, folder), names);
    }
    this.#looking = false;
  }

  /**
   * Each lane has files of its own. So none is told before all are read, since otherwise the
   * first request would hold what lies in the file that was read first, whatever matters more.
   */
  async #takeOver(
    claim: (name: string) => Segment | undefined,
    names: readonly string[],
  ): Promise<void> {
    const read = new Map<Segment, () => readonly Entry[]>();
    for (const name of names) {
      // `close` may have come while a file was read. It has left that file to others.
      if (this.#left !== undefined) return;
      // Those without events make room for more.
      if (!this.#files.canClaim) this.#foundIn(read);
      if (!this.#files.canClaim) {
        this.#more = true;
        return;
      }
      const segment = claim(name);
      if (segment !== undefined) read.set(segment, await this.#files.index(segment));
    }
    this.#foundIn(read);
  }

  #foundIn(read: Map<Segment, () => readonly Entry[]>): void {
    for (const [segment, entries] of read) {
      if (this.#left === undefined) this.#found(segment, entries());
    }
    read.clear();
  }

  #found(segment: Segment, entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#judge(entry);
      if (!this.#isTooOld(entry)) continue;
      entry.isDoubted = true;
      entry.expiresAt = this.#clock.now() + GRACE;
    }
    // A file without events is removed by this.
    this.#files.settle([segment]);
    if (entries.length === 0) return;
    try {
      this.#onFound?.({ handles: entries, now: this.#now() });
    } catch {
      // The callback failed, which is not our fault. The file was taken over all the same.
    }
  }
}
