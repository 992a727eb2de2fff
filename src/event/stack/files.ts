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
 * Reads files of the project that stacks name. Whoever can write a log record can make a stack up:
 * so nothing is opened but regular files that by name and in fact lie under the project root,
 * outside `node_modules`, and are by their extension source, or the map of one. Never throws.
 */
export interface ProjectFiles {
  /** From here on another event is made, which may read `EVENT_BYTES` anew, and scan `EVENT_SCAN`. */
  renew(): void;
  /** Whether this event asked for more than it may read: for the next one there may be more to show. */
  readonly isCutShort: boolean;
  /**
   * The content of a file of at most `maxBytes` bytes; undefined if it may not or cannot be read,
   * and `'later'` when this event has read as much as one event may.
   */
  read(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later';
  /** Whether this event may still scan a text of so many UTF-16 units. */
  mayScan(length: number): boolean;
  /**
   * A number that is another one once a file has changed, came or went: a running process can have its
   * modules replaced, and each who remembers something of a file asks by itself. The disk is asked once
   * a millisecond at most, and only of what was read before.
   */
  version(file: string): number;
  /** Calls `make`, and notes the files on which its result depends. */
  track<T>(into: Versions, make: () => T): T;
}

/** Files, and the version of each: see `ProjectFiles.version`. */
export type Versions = Map<string, number>;

/** A source (`.js`, `.ts`, …), or the map of one (`.map`). */
export type FileKind = 'source' | 'map';

/**
 * Bytes that are read for one event at most, so that a stack that names a hundred large files cannot
 * hold up the thread: 16 MiB of cached files are read in about 10 ms.
 */
export const EVENT_BYTES: number = 16 * 1024 * 1024;

/**
 * UTF-16 units of text in which functions are looked for, for one event at most: they take up to 50 ms.
 * Nearly all sources that people write are under 100,000.
 */
export const EVENT_SCAN: number = 1024 * 1024;

/** Files that are remembered as they were. */
const MAX_KNOWN = 1_000;

/** How a file was when it was last looked at; all zero if it was not there. */
interface Known {
  readonly size: number;
  readonly changed: number;
  readonly inode: number;
  readonly version: number;
  /** When the disk was asked last. */
  checked: number;
}

/** Makes a reader for the project in a folder, of which it learns the real path at once. */
export function createProjectFiles(projectRoot: string): ProjectFiles {
  const root = resolve(projectRoot);
  const realRoot = attempt(() => realpathSync(root));
  const known = createLru<Known>({ maxEntries: MAX_KNOWN });
  let left = EVENT_BYTES;
  let scan = EVENT_SCAN;
  let now = 0;
  let isCutShort = false;
  let used: Versions | undefined;
  let versions = 0;

  function mayLookAt(kind: FileKind, path: string): boolean {
    // The root may also have been reached through a link.
    return (
      isReadable(kind, root, path) || (realRoot !== undefined && isReadable(kind, realRoot, path))
    );
  }

  /** Looks how a file is, before it is read: what changes in between counts as a change. */
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

  /** Of a file that was never read nothing is asked: whoever may not read it may not look either. */
  function version(file: string): number {
    return known.get(file) === undefined ? usedAs(file, 0) : note(file);
  }

  function open(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later' {
    if (realRoot === undefined || file.includes('\0') || !isAbsolute(file)) return undefined;
    const path = normalize(file);
    // Before the disk is asked anything.
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
      now = Date.now();
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
  // What lies there may change between the two calls. O_NONBLOCK: to open a FIFO would block this
  // thread until somebody writes. O_NOFOLLOW: the path is real, so a link at its end was put there
  // since. Windows has neither flag.
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
