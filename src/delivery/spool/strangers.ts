import { lstatSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, prepareFolder } from './folder.ts';
import { isDead, type Owner, parseFileName, STALE, thisOwner } from './owner.ts';
import type { Troubles } from './troubles.ts';

/** How many files of machines with a clock ahead of ours are remembered. */
const MOST_AHEAD = 1_000;

/**
 * After a spool has written or freed this part (1/128) of its bound, it measures the files of
 * others again.
 */
const LOOK_SHARE = 128;

export interface StrangersOptions {
  readonly folder: string;
  /** A random id that tells our spool from others. */
  readonly id: string;
  /** How many bytes the files of all spools in the folder may have together. */
  readonly maxBytes: number;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** The files of other spools: how much room they take, and which of them nobody uses. Never throws. */
export class Strangers {
  /** Our own owner, who is none of them. */
  readonly self: Owner = thisOwner();
  readonly #options: StrangersOptions;
  readonly #troubles: Troubles;
  readonly #share: number;
  /**
   * The last measurement: the bytes of other spools' files, how many spools write them, and our own
   * bytes at that time.
   */
  #measured = { bytes: 0, writers: 0, own: 0 };
  /** Files whose time is in the future, and since when we know it. */
  readonly #ahead = new Map<string, { readonly touched: number; readonly since: number }>();

  constructor(options: StrangersOptions, troubles: Troubles) {
    this.#options = options;
    this.#troubles = troubles;
    this.#share = options.maxBytes / LOOK_SHARE;
  }

  /** Measures the files of others, while ours have `own` bytes. */
  measure(own: number): void {
    const { folder, now } = this.#options;
    let bytes = 0;
    const writers = new Set<string>();
    for (const name of this.names()) {
      try {
        const { size, mtimeMs } = lstatSync(join(folder, name));
        bytes += size;
        const { owner, spool } = parseFileName(name) ?? {};
        if (owner !== undefined && spool !== undefined && now() - mtimeMs < STALE) {
          writers.add(spool);
        }
      } catch {
        // Another spool has sent its events and removed it.
      }
    }
    this.#measured = { bytes, writers: writers.size, own };
  }

  /** How many bytes the files of others may have by now, while ours have `own`. */
  bytesBeside(own: number): number {
    // It does not measure for each event, since a measurement reads the sizes of all files.
    if (Math.abs(own - this.#measured.own) > this.#share) this.measure(own);
    // Each other writer may have written `share` bytes since the last measurement, as we may.
    const { bytes, writers } = this.#measured;
    return bytes + this.#share * (writers > 0 ? writers + 1 : 0);
  }

  /** Notes that so many bytes of others are ours from now on. */
  takenOver(bytes: number): void {
    this.#measured.bytes = Math.max(0, this.#measured.bytes - bytes);
  }

  /** The names of other spools' files in our folder. */
  names(): string[] {
    try {
      const names = readdirSync(this.#options.folder);
      this.#troubles.over('folder');
      return names.filter((name) => {
        const spool = parseFileName(name)?.spool;
        return spool !== undefined && spool !== this.#options.id;
      });
    } catch (error) {
      this.#troubles.tell('folder', `the spool's folder cannot be read (${errorCode(error)})`);
      return [];
    }
  }

  /**
   * The names of the files in another host's folder that nobody uses any more. A living spool
   * touches its files. An empty folder is removed.
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
      // A file disappeared, so another spool works there.
      return [];
    }
  }

  /**
   * The size of a file that may be taken over: its owner is dead, or it has none. Undefined for any
   * other. Throws if there is no such file.
   */
  claimable(name: string, folder: string): number | undefined {
    const stat = lstatSync(join(folder, name));
    if (!stat.isFile()) return undefined;
    const owner = parseFileName(name)?.owner;
    const untouched = this.#untouched(name, stat.mtimeMs, this.#options.now());
    const isTaken = owner !== undefined && !isDead(owner, this.self, untouched);
    return isTaken ? undefined : stat.size;
  }

  /**
   * ms since this file was touched. If its time is in the future, another machine's clock is ahead.
   * Then we count from when we first saw that time.
   */
  #untouched(name: string, touched: number, now: number): number {
    if (touched <= now) return now - touched;
    const seen = this.#ahead.get(name);
    if (seen?.touched === touched) return Math.max(0, now - seen.since);
    if (this.#ahead.size >= MOST_AHEAD) this.#ahead.clear();
    this.#ahead.set(name, { touched, since: now });
    return 0;
  }
}
