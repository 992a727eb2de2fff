import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { extname, isAbsolute, normalize, relative, resolve, sep } from 'node:path';
import { attempt } from '../../lib/safe-read.ts';

/**
 * Reads files of the project that stacks name. Whoever can write a log record can make a stack up:
 * so nothing is opened but regular files that by name and in fact lie under the project root,
 * outside `node_modules`, and are by their extension source, or the map of one. Never throws.
 */
export interface ProjectFiles {
  /** From here on another event is made, which may read `EVENT_BYTES` anew. */
  renew(): void;
  /** Whether this event asked for more than it may read: for the next one there may be more to show. */
  readonly isCutShort: boolean;
  /**
   * The content of a file of at most `maxBytes` bytes; undefined if it may not or cannot be read,
   * and `'later'` when this event has read as much as one event may.
   */
  read(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later';
}

/** A source (`.js`, `.ts`, …), or the map of one (`.map`). */
export type FileKind = 'source' | 'map';

/**
 * Bytes that are read for one event at most, so that a stack that names a hundred large files cannot
 * hold up the thread: 16 MiB of cached files are read in about 10 ms.
 */
export const EVENT_BYTES: number = 16 * 1024 * 1024;

const SOURCES: ReadonlySet<string> = new Set([
  '.js',
  '.cjs',
  '.mjs',
  '.jsx',
  '.ts',
  '.cts',
  '.mts',
  '.tsx',
  '.vue',
  '.svelte',
  '.astro',
  '.coffee',
]);

/** Makes a reader for the project in a folder, of which it learns the real path at once. */
export function createProjectFiles(projectRoot: string): ProjectFiles {
  const root = resolve(projectRoot);
  const realRoot = attempt(() => realpathSync(root));
  let left = EVENT_BYTES;
  let isCutShort = false;

  function open(kind: FileKind, file: string, maxBytes: number): Buffer | undefined | 'later' {
    if (realRoot === undefined || file.includes('\0') || !isAbsolute(file)) return undefined;
    const path = normalize(file);
    // Before the disk is asked anything: the root may also have been reached through a link.
    if (!isReadable(kind, root, path) && !isReadable(kind, realRoot, path)) return undefined;
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
      isCutShort = false;
    },
    get isCutShort() {
      return isCutShort;
    },
    read: (kind, file, maxBytes) => attempt(() => open(kind, file, maxBytes)),
  };
}

function isReadable(kind: FileKind, root: string, file: string): boolean {
  const inside = relative(root, file);
  if (inside === '' || isAbsolute(inside)) return false;
  const segments = inside.split(sep);
  if (segments[0] === '..' || segments.includes('node_modules')) return false;
  const extension = extname(file).toLowerCase();
  return kind === 'map' ? extension === '.map' : SOURCES.has(extension);
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
