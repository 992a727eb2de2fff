import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { extname, isAbsolute, normalize, relative, resolve, sep } from 'node:path';
import { isDependency, isSourceName } from './file-names.ts';
import { createLru } from '../../lib/lru.ts';
import { attempt } from '../../lib/safe-read.ts';

/**
 * Reads files of the project that are named in stacks. Anybody who can write a log record can
 * invent a stack. So only regular files are opened that are under the project root, by their name
 * and by their real path, and outside `node_modules`. Their extension must be that of a source or
 * of its map. Never throws.
 */
export interface ProjectFiles {
  /** The next event begins. It may read `EVENT_BYTES` and scan `EVENT_SCAN` again. */
  renew(): void;
  /** When files were last looked at: until this changes, no file is looked at twice. */
  readonly renewedAt: number;
  /** Whether this event asked for more than it may read. The next event may then show more. */
  readonly isCutShort: boolean;
  /**
   * The content of a file of at most `maxBytes` bytes. Undefined if it may not or can't be read.
   * `'later'` if this event has read as much as one event may.
   */
  read(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later';
  /** Whether this event may still scan a text of so many UTF-16 units. */
  mayScan(length: number): boolean;
  /**
   * A number that changes when the file changes, appears or disappears. Modules of a running
   * process can be replaced. So all that is remembered of a file is checked with this number. The
   * disk is asked once in `LOOK` ms at most, and only about files that were read before.
   */
  version(file: string): number;
  /** Calls `make`, and notes in `into` the files on which its result depends. */
  track<T>(into: Versions, make: () => T): T;
}

/** Files and their versions; see `ProjectFiles.version`. */
export type Versions = Map<string, number>;

/** A source (`.js`, `.ts`, …), or the map of one (`.map`). */
export type FileKind = 'source' | 'map';

/**
 * The most bytes that are read for one event, so that a stack with a hundred large files can't
 * block the thread. To read 16 MiB of cached files takes about 10 ms.
 */
export const EVENT_BYTES: number = 16 * 1024 * 1024;

/**
 * The most UTF-16 units in which functions are searched for one event. That takes up to 50 ms.
 * Nearly all sources that people write have under 100,000.
 */
export const EVENT_SCAN: number = 1024 * 1024;

/**
 * ms for which a file counts as unchanged. A process that logs many errors looked at its files for
 * each of them, which took 5 % of the time.
 */
export const LOOK = 20;

/** How many files' states are remembered. */
const MAX_KNOWN = 1_000;

/** The state of a file when it was last checked. All zero if it did not exist. */
interface Known {
  readonly size: number;
  readonly changed: number;
  readonly inode: number;
  readonly version: number;
  /** When it was last checked. */
  checked: number;
}

/** Makes a reader for the project in a folder. It finds out the real path of the folder at once. */
export function createProjectFiles(
  projectRoot: string,
  time: () => number = Date.now,
): ProjectFiles {
  const root = resolve(projectRoot);
  const realRoot = attempt(() => realpathSync(root));
  const known = createLru<Known>({ maxEntries: MAX_KNOWN });
  let left = EVENT_BYTES;
  let scan = EVENT_SCAN;
  let now = -Infinity;
  let isCutShort = false;
  let used: Versions | undefined;
  let versions = 0;

  function mayLookAt(kind: FileKind, path: string): boolean {
    // The path may contain a link to the root.
    return (
      isReadable(kind, root, path) || (realRoot !== undefined && isReadable(kind, realRoot, path))
    );
  }

  /**
   * Notes the state of a file before it is read, so that a change in between counts as a change.
   */
  function note(file: string): number {
    const before = known.get(file);
    if (before?.checked === now) return usedAs(file, before.version);
    const { size, changed, inode } = look(file);
    const isSame = size === before?.size && changed === before.changed && inode === before.inode;
    const current = isSame ? before.version : (versions += 1);
    known.set(file, { size, changed, inode, version: current, checked: now });
    return usedAs(file, current);
  }

  function usedAs(file: string, current: number): number {
    if (used?.has(file) === false) used.set(file, current);
    return current;
  }

  /**
   * The version of a file. The disk is not asked about a file that was never read, since reading it
   * may not be allowed.
   */
  function version(file: string): number {
    return known.get(file) === undefined ? usedAs(file, 0) : note(file);
  }

  function open(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later' {
    if (realRoot === undefined || file.includes('\0') || !isAbsolute(file)) return undefined;
    const path = normalize(file);
    // This is checked before the disk is asked anything.
    if (!mayLookAt(kind, path)) return undefined;
    note(file);
    const real = realpathSync(path);
    if (!isReadable(kind, realRoot, real)) return undefined;
    const bytes = readRegular(real, maxBytes, left);
    if (bytes instanceof Buffer) left -= bytes.length;
    else if (bytes === 'later') isCutShort = true;
    return bytes;
  }

  return {
    renew: () => {
      left = EVENT_BYTES;
      scan = EVENT_SCAN;
      isCutShort = false;
      const next = time();
      // The clock may have been set back.
      if (next - now >= LOOK || next < now) now = next;
    },
    get renewedAt() {
      return now;
    },
    get isCutShort() {
      return isCutShort;
    },
    read: (kind, file, maxBytes) => attempt(() => open(kind, file, maxBytes)),
    mayScan(length) {
      if (length > scan) {
        isCutShort = true;
        return false;
      }
      scan -= length;
      return true;
    },
    version,
    track(into, make) {
      const outer = used;
      used = into;
      try {
        return make();
      } finally {
        used = outer;
      }
    },
  };
}

const MISSING = { size: 0, changed: 0, inode: 0 };

function look(file: string): Pick<Known, 'size' | 'changed' | 'inode'> {
  const stats = attempt(() => statSync(file, { throwIfNoEntry: false }));
  return stats === undefined
    ? MISSING
    : { size: stats.size, changed: stats.mtimeMs, inode: stats.ino };
}

function isReadable(kind: FileKind, root: string, file: string): boolean {
  const inside = relative(root, file);
  if (inside === '' || isAbsolute(inside)) return false;
  const segments = inside.split(sep);
  if (segments[0] === '..' || isDependency(inside)) return false;
  return kind === 'map' ? extname(file).toLowerCase() === '.map' : isSourceName(inside);
}

function readRegular(real: string, maxBytes: number, left: number): Buffer | undefined | 'later' {
  if (!lstatSync(real).isFile()) return undefined;
  // The file may be replaced between the two calls. O_NONBLOCK: to open a FIFO would block this
  // thread until somebody writes. O_NOFOLLOW: the path is real, so a link at its end is new.
  // Windows has neither flag.
  const descriptor = openSync(
    real,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    if (stats.size > left) return 'later';
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += count;
      if (count === 0 || length === bytes.length) break;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
