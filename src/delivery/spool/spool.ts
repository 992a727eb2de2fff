import { resolve } from 'node:path';
import type { Clock, Timer } from '../../lib/clock.ts';
import { randomHex } from '../../lib/random.ts';
import type { Lane } from '../queue.ts';
import { SpoolFiles, type SpoolFilesOptions } from './files.ts';
import { errorCode, prepareFolder } from './folder.ts';
import { Parked } from './parked.ts';
import type { Entry, Segment } from './segment.ts';

/** ms between two signs of life: others count two minutes without one as death. */
const BEAT = 20_000;
/** Beats between two looks for what others left. */
const BEATS_PER_LOOK = 3;

/** An event that lies on the disk; only good for the spool that made it. */
export interface SpoolHandle {
  readonly lane: Lane;
}

/** An event that was read back. */
export interface Spooled {
  readonly handle: SpoolHandle;
  readonly lane: Lane;
  readonly bytes: Buffer;
}

/** Events that the spool had to give up, and that were told of as accepted or found before. */
export interface SpoolDrops {
  /** Appended more than `maxAge` ago. */
  readonly tooOld: number;
  /** What was read back is not what was written, or could not be read. */
  readonly unreadable: number;
}

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
  /** This one lies on the disk only from now on, until `unpark` brings it back. */
  park(handle: SpoolHandle): void;
  /** How many events lie on the disk only, those of dead processes among them. */
  readonly parked: number;
  /**
   * Brings some of them back, the oldest first: at most so many, and so many bytes. One that is
   * larger than `maxBytes` stays, and all that are younger with it.
   */
  unpark(maxEvents: number, maxBytes: number): Spooled[];
  /** What was given up since the last call: in `unpark`, or before `onFound` was called. */
  takeDropped(): SpoolDrops;
  /**
   * Looks for what dead processes have left, now and every minute, and parks it. Tells how many
   * events were found; those that were too old are in that number, and in `takeDropped`.
   */
  start(onFound: (count: number) => void): void;
  /**
   * Ends, and leaves what is not forgotten to a later process, or a later spool of this one. Returns
   * how many events that are; further calls return the same.
   */
  close(): number;
}

export interface SpoolOptions {
  /** Made if it is not there. Must be this user's alone. */
  readonly folder: string;
  /** Bytes that this spool's files may have together, those among them that it took over. */
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

export function createSpool(options: SpoolOptions): Spool {
  const folder = resolve(options.folder);
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

const NONE: SpoolDrops = { tooOld: 0, unreadable: 0 };

/** In place of one whose folder is of no use. */
const OFF: Spool = {
  append: () => undefined,
  forget: () => undefined,
  park: () => undefined,
  parked: 0,
  unpark: () => [],
  takeDropped: () => NONE,
  start: () => undefined,
  close: () => 0,
};

class DiskSpool implements Spool {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #maxAge: number;
  readonly #files: SpoolFiles;
  readonly #parked = new Parked();
  #tooOld = 0;
  #unreadable = 0;
  #onFound: ((count: number) => void) | undefined;
  #timer: Timer | undefined;
  #beats = 0;
  #looking = false;
  /** Whether there were more files than could be claimed at a time. */
  #more = false;
  /** What `close` has returned. */
  #left: number | undefined;

  constructor(options: SpoolFilesOptions & { readonly clock: Clock; readonly maxAge: number }) {
    this.#clock = options.clock;
    this.#now = options.now;
    this.#maxAge = options.maxAge;
    this.#files = new SpoolFiles(options);
    // Now, not with the first event: a timer retains the async context that it is made in.
    this.#wait();
  }

  get parked(): number {
    return this.#parked.count;
  }

  append(lane: Lane, bytes: Buffer): SpoolHandle | undefined {
    return this.#left === undefined ? this.#files.append(lane, bytes) : undefined;
  }

  forget(handles: readonly SpoolHandle[]): void {
    if (this.#left === undefined) this.#drop(handles as readonly Entry[]);
  }

  park(handle: SpoolHandle): void {
    const entry = handle as Entry;
    if (this.#left === undefined && entry.state === 'live') this.#parked.add(entry);
  }

  unpark(maxEvents: number, maxBytes: number): Spooled[] {
    const out: Spooled[] = [];
    const dropped: Entry[] = [];
    let room = maxBytes;
    for (let entry = this.#parked.first; entry !== undefined; entry = this.#parked.first) {
      if (out.length >= maxEvents || entry.bytes > room) break;
      const bytes = this.#read(entry, dropped);
      if (bytes === undefined) continue;
      room -= bytes.length;
      this.#parked.take(entry, 'live');
      out.push({ handle: entry, lane: entry.lane, bytes });
    }
    this.#drop(dropped);
    return out;
  }

  takeDropped(): SpoolDrops {
    const dropped = { tooOld: this.#tooOld, unreadable: this.#unreadable };
    this.#tooOld = 0;
    this.#unreadable = 0;
    return dropped;
  }

  start(onFound: (count: number) => void): void {
    this.#onFound = onFound;
    void this.#look();
  }

  close(): number {
    if (this.#left !== undefined) return this.#left;
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#parked.clear();
    this.#left = this.#files.close();
    return this.#left;
  }

  /** The bytes of a parked event; undefined if it is given up, to be dropped or already. */
  #read(entry: Entry, dropped: Entry[]): Buffer | undefined {
    if (this.#isTooOld(entry)) {
      this.#tooOld++;
      this.#parked.take(entry, 'live');
      dropped.push(entry);
      return undefined;
    }
    try {
      const bytes = entry.segment.read(entry);
      if (bytes !== undefined) return bytes;
      this.#parked.take(entry, 'live');
      dropped.push(entry);
    } catch (error) {
      // Not forgotten: a later process may be able to read it.
      this.#files.tell('read', `the spool cannot be read (${errorCode(error)}): events are lost`);
      this.#parked.take(entry, 'gone');
      entry.segment.giveUp();
    }
    this.#unreadable++;
    return undefined;
  }

  #drop(entries: readonly Entry[]): void {
    const bySegment = new Map<Segment, Entry[]>();
    for (const entry of entries) {
      if (entry.state === 'gone') continue;
      if (entry.state === 'parked') this.#parked.take(entry, 'gone');
      entry.state = 'gone';
      const those = bySegment.get(entry.segment);
      if (those === undefined) bySegment.set(entry.segment, [entry]);
      else those.push(entry);
    }
    if (bySegment.size === 0) return;
    for (const [segment, those] of bySegment) segment.forget(those);
    this.#files.settle(bySegment.keys());
    if (this.#more && this.#files.canClaim) void this.#look();
  }

  #isTooOld(entry: Entry): boolean {
    return this.#now() - entry.at > this.#maxAge;
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
    for (const name of this.#files.strangers()) {
      if (!this.#files.canClaim) {
        this.#more = true;
        break;
      }
      const segment = this.#files.claim(name);
      if (segment === undefined) continue;
      const entries = await this.#files.index(segment);
      // Meanwhile the end came, and has left the file to others.
      if (this.#left !== undefined) return;
      this.#found(segment, entries);
    }
    this.#looking = false;
  }

  #found(segment: Segment, entries: readonly Entry[]): void {
    const dropped: Entry[] = [];
    for (const entry of entries) {
      if (this.#isTooOld(entry)) dropped.push(entry);
      else this.#parked.add(entry);
    }
    this.#tooOld += dropped.length;
    this.#drop(dropped);
    // Also where there is nothing: then the file goes.
    this.#files.settle([segment]);
    if (entries.length === 0) return;
    try {
      this.#onFound?.(entries.length);
    } catch {
      // Whoever waits for it has a defect of their own; the file was taken over all the same.
    }
  }
}
