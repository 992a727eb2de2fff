import { resolve } from 'node:path';
import type { Clock, Timer } from '../../lib/clock.ts';
import { randomHex } from '../../lib/random.ts';
import type { Lane } from '../lanes.ts';
import { SpoolFiles, type SpoolFilesOptions } from './files.ts';
import { errorCode, prepareFolder } from './folder.ts';
import type { Entry, Segment } from './segment.ts';

/** ms between two signs of life: others count two minutes without one as death. */
const BEAT = 20_000;
/** Beats between two looks for what others left. */
const BEATS_PER_LOOK = 3;

/** ms of the wall clock when nobody had this package: 2025-01-01. */
const FIRST = 1_735_689_600_000;
/**
 * ms that an event may be older than `maxAge` when it is found. More is a clock that is wrong: a year in
 * which nobody started the application is less likely.
 */
const CREDIBLE = 365 * 86_400_000;
/**
 * ms that a found event is kept whatever the wall clock says: a machine without a battery starts with a
 * wrong one, and sets it right with the first answer of a time server.
 */
const GRACE = 600_000;

/** An event that lies on the disk; only good for the spool that made it. */
export interface SpoolHandle {
  readonly lane: Lane;
  /** When it was written: ms of the wall clock. */
  readonly at: number;
  /** The size of its JSON. */
  readonly bytes: number;
}

/** What dead processes have left. */
export interface Found {
  /** The oldest first. */
  readonly handles: readonly SpoolHandle[];
  /** ms of the wall clock, by which ages can be told. */
  readonly now: number;
}

/**
 * Why an event can't be read back: it was written more than `maxAge` ago, or the file doesn't hold
 * what was written any more. It is forgotten with that.
 */
export type Unreadable = 'too_old' | 'unreadable';

/**
 * Keeps events on the disk until they have arrived, so that those of a process that dies are sent by
 * another one. At least once: what had arrived a moment before the death is sent again.
 *
 * Any number of spools, of threads, processes and machines, share a folder. Each writes files of its
 * own, whose names say whose they are, and takes over those whose owner is dead.
 *
 * Never throws, and does not keep the process alive.
 */
export interface Spool {
  /**
   * Writes down one event, a JSON object, before it is sent. undefined if that failed: then it is
   * only in memory. What has returned outlives the process, however it dies, but not the power.
   */
  append(lane: Lane, bytes: Buffer): SpoolHandle | undefined;
  /** These have arrived, or were dropped: nobody is to send them any more. */
  forget(handles: readonly SpoolHandle[]): void;
  /** The event's JSON, or why it can't be had any more. */
  read(handle: SpoolHandle): Buffer | Unreadable;
  /** Looks for what dead processes have left, now and every minute. */
  start(onFound: (found: Found) => void): void;
  /**
   * Ends, and leaves what is not forgotten to a later process, or a later spool of this one. Returns
   * how many events that are; further calls return the same.
   */
  close(): number;
  /**
   * Whether an event that came after the end, as those of `exit` listeners do, is left to a later
   * process.
   */
  leave(lane: Lane, bytes: Buffer): boolean;
}

export interface SpoolOptions {
  /** Made if it is not there. Must be this user's alone. */
  readonly folder: string;
  /**
   * Folders of the same application for other hosts. What nobody has touched there for two minutes is
   * taken over, since the host was renamed; not where a spool of this thread has used the folder.
   */
  readonly siblings?: () => readonly string[];
  /** Bytes that the files of all spools of the folder may have together. */
  readonly maxBytes: number;
  /** Milliseconds after which an event is of no use any more. */
  readonly maxAge: number;
  readonly clock: Clock;
  readonly report: (message: string) => void;
  /**
   * The wall clock, since times are compared between processes.
   * Default: the machine's, also where an application's tests have replaced `Date`.
   */
  readonly now?: () => number;
}

const wallClock = Date.now;

/** Folders that spools of this thread have used. */
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
    // Whoever gave us `report` has nobody else to tell.
  }
  return OFF;
}

/** In place of one whose folder is of no use. */
const OFF: Spool = {
  append: () => undefined,
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
  #timer: Timer | undefined;
  #beats = 0;
  #looking = false;
  /** Whether there were more files than could be claimed at a time. */
  #more = false;
  /** What `close` has returned. */
  #left: number | undefined;

  constructor(options: SpoolFilesOptions & Pick<SpoolOptions, 'clock' | 'maxAge' | 'siblings'>) {
    this.#clock = options.clock;
    this.#siblings = options.siblings ?? ((): readonly string[] => []);
    this.#now = options.now;
    this.#maxAge = options.maxAge;
    this.#files = new SpoolFiles(options);
    // Now, not with the first event: a timer retains the async context that it is made in.
    this.#wait();
  }

  append(lane: Lane, bytes: Buffer): SpoolHandle | undefined {
    if (this.#left !== undefined) return undefined;
    const entry = this.#files.append(lane, bytes);
    if (entry !== undefined) entry.expiresAt = this.#clock.now() + this.#maxAge;
    return entry;
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
      // Not forgotten: a later process may be able to read it.
      this.#files.tell('read', `the spool cannot be read (${errorCode(error)}): events are lost`);
      entry.isGone = true;
      entry.segment.giveUp();
    }
    return 'unreadable';
  }

  start(onFound: (found: Found) => void): void {
    this.#onFound = onFound;
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
    // A file of its own, which has no owner: this process may be seen to live for a while.
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

  /** By the monotonic clock, since a correction of the wall clock makes nothing older. */
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

  /** How old a found event is by the wall clock; 0 if one of its two times can't be right. */
  #ageOf({ at }: Entry, now: number): number {
    const age = now - at;
    return at > FIRST && age > 0 && age <= this.#maxAge + CREDIBLE ? age : 0;
  }

  #wait(): void {
    this.#timer = this.#clock.setTimer(() => {
      this.#wait();
      this.#files.touch();
      if (++this.#beats % BEATS_PER_LOOK === 0) void this.#look();
    }, BEAT);
  }

  /** Takes over what dead owners left, one file after the other. */
  async #look(): Promise<void> {
    if (this.#onFound === undefined || this.#looking || this.#left !== undefined) return;
    this.#looking = true;
    this.#more = false;
    await this.#takeOver((name) => this.#files.claim(name), this.#files.strangers());
    // At the start of an application the spools of its other hosts may not be open yet.
    const siblings = this.#beats > 0 ? this.#siblings() : [];
    for (const folder of siblings.filter((each) => !used.has(resolve(each)))) {
      const names = this.#files.abandonedIn(folder);
      await this.#takeOver((name) => this.#files.claim(name, folder), names);
    }
    this.#looking = false;
  }

  async #takeOver(
    claim: (name: string) => Segment | undefined,
    names: readonly string[],
  ): Promise<void> {
    for (const name of names) {
      // Also where the end came while one was read, and has left the file to others.
      if (this.#left !== undefined) return;
      if (!this.#files.canClaim) {
        this.#more = true;
        return;
      }
      const segment = claim(name);
      if (segment === undefined) continue;
      const entries = await this.#files.index(segment);
      if (this.#left === undefined) this.#found(segment, entries);
    }
  }

  #found(segment: Segment, entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#judge(entry);
      if (!this.#isTooOld(entry)) continue;
      entry.isDoubted = true;
      entry.expiresAt = this.#clock.now() + GRACE;
    }
    // Also where there is nothing: then the file goes.
    this.#files.settle([segment]);
    if (entries.length === 0) return;
    try {
      this.#onFound?.({ handles: entries, now: this.#now() });
    } catch {
      // Whoever waits for it has a defect of their own; the file was taken over all the same.
    }
  }
}
