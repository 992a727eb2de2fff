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
import { attempt } from './guarded.ts';
import { createLru } from './lru.ts';

/** A line of source and the lines around it, as ErrSight shows them. */
export interface SourceLines {
  readonly pre_context: string[];
  readonly context_line: string;
  readonly post_context: string[];
}

/** Reads the lines around `line` (from 1) of `file`, or says with undefined that there are none to show. */
export type SourceReader = (file: string, line: number) => SourceLines | undefined;

/** What source lines depend on. */
export interface SourceReaderOptions {
  /** Nothing outside of this folder is ever opened. */
  readonly projectRoot: string;
}

/** Lines before and after, as many as ErrSight's other clients send. */
const AROUND = 5;

/** ErrSight's fix prompt shows this much of a line. */
const MAX_LINE_LENGTH = 200;

/** The beginning of a longer line says nothing about an error: it is minified or data. */
const MAX_READABLE_LINE = 1000;

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_CACHED_FILES = 50;
/** In UTF-16 units: 50 files of 1 MiB each would be too much to hold for a rare need. */
const MAX_CACHED_LENGTH = 8 * 1024 * 1024;

const EXTENSIONS: ReadonlySet<string> = new Set([
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

interface CachedFile {
  /** Undefined for a file that cannot be shown. */
  readonly lines: readonly string[] | undefined;
  readonly length: number;
}

const UNREADABLE: CachedFile = { lines: undefined, length: 0 };

/**
 * Makes a reader of source lines that never throws. The name of the file comes out of a stack, which
 * whoever can write a log record can make up: so nothing is opened but regular files that by name and
 * in fact lie under the project root, outside `node_modules`, and are source by their extension.
 */
export function createSourceReader(options: SourceReaderOptions): SourceReader {
  const root = resolve(options.projectRoot);
  const realRoot = attempt(() => realpathSync(root));
  const cache = createLru<CachedFile>({
    maxEntries: MAX_CACHED_FILES,
    maxWeight: MAX_CACHED_LENGTH,
    weigh: (file) => file.length,
  });

  function load(file: string): CachedFile {
    const cached = cache.get(file);
    if (cached) return cached;
    const text = attempt(() => readShowable(file));
    const loaded =
      text === undefined ? UNREADABLE : { lines: splitLines(text), length: text.length };
    cache.set(file, loaded);
    return loaded;
  }

  function readShowable(file: string): string | undefined {
    if (realRoot === undefined) return undefined;
    const real = realpathSync(file);
    return isShowable(realRoot, real) ? readText(real) : undefined;
  }

  return (file, line) => {
    if (file.includes('\0') || !isAbsolute(file)) return undefined;
    const path = normalize(file);
    // Before the disk is asked anything: the root may also have been reached through a link.
    if (!isShowable(root, path) && !(realRoot !== undefined && isShowable(realRoot, path))) {
      return undefined;
    }
    const { lines } = load(path);
    return lines && cutOut(lines, line);
  };
}

function isShowable(root: string, file: string): boolean {
  const inside = relative(root, file);
  if (inside === '' || isAbsolute(inside)) return false;
  const segments = inside.split(sep);
  return (
    segments[0] !== '..' &&
    !segments.includes('node_modules') &&
    EXTENSIONS.has(extname(file).toLowerCase())
  );
}

/** The text of a regular file that is not too large and not binary. */
function readText(real: string): string | undefined {
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
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) break;
    }
    const text = bytes.toString('utf8', 0, length);
    return text.includes('\0') ? undefined : text.replace(/^\uFEFF/, '');
  } finally {
    closeSync(descriptor);
  }
}

/** Where V8 counts a new line; so also at U+2028 and U+2029. */
function splitLines(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/);
}

function cutOut(lines: readonly string[], line: number): SourceLines | undefined {
  const index = line - 1;
  const wanted = lines[index];
  if (wanted === undefined || wanted.length > MAX_READABLE_LINE) return undefined;
  return {
    pre_context: lines.slice(Math.max(0, index - AROUND), index).map(shorten),
    context_line: shorten(wanted),
    post_context: lines.slice(index + 1, index + 1 + AROUND).map(shorten),
  };
}

/** Counts code points, as ErrSight does, so that no surrogate pair is cut in two. */
function shorten(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line;
  // A code point has at most two UTF-16 units: a pair cut by this slice lies behind the 200.
  return Array.from(line.slice(0, 2 * MAX_LINE_LENGTH))
    .slice(0, MAX_LINE_LENGTH)
    .join('');
}
