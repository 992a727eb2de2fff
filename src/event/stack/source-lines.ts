import type { ProjectFiles } from './files.ts';
import { createLru } from '../../lib/lru.ts';

/** A line of source and the lines around it, as ErrSight shows them. */
export interface SourceLines {
  readonly pre_context: string[];
  readonly context_line: string;
  readonly post_context: string[];
}

/**
 * Cuts out the lines around `line` (from 1) of `file`, or says with undefined that there are none to
 * show. With `content`, what a source map knows of a file, nothing is read.
 */
export type SourceReader = (
  file: string,
  line: number,
  content?: string,
) => SourceLines | undefined;

/** Lines before and after, as many as ErrSight's other clients send. */
const AROUND = 5;

/**
 * The beginning of a longer line says nothing about an error: it is minified or data. What is shown
 * of a line is cut when it is scrubbed, or the cut could hide half a secret from the scrubber.
 */
const MAX_READABLE_LINE = 1000;

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_CACHED_FILES = 50;
/** In UTF-16 units: 50 files of 1 MiB each would be too much to hold for a rare need. */
const MAX_CACHED_LENGTH = 8 * 1024 * 1024;

interface CachedFile {
  /** Undefined for a file that cannot be shown. */
  readonly lines: readonly string[] | undefined;
  readonly length: number;
}

const UNREADABLE: CachedFile = { lines: undefined, length: 0 };

/** Makes a reader of source lines that never throws. */
export function createSourceReader(files: ProjectFiles): SourceReader {
  const cache = createLru<CachedFile>({
    maxEntries: MAX_CACHED_FILES,
    maxWeight: MAX_CACHED_LENGTH,
    weigh: (file) => file.length,
  });

  function load(file: string, content: string | undefined): CachedFile {
    // What is on the disk, and what each of several maps has of a file, may differ.
    const key = content === undefined ? file : `${file}\0${content.length}`;
    const cached = cache.get(key);
    if (cached) return cached;
    const text = content ?? read(file);
    if (text === 'later') return UNREADABLE;
    const loaded = text === undefined ? UNREADABLE : toLines(text);
    cache.set(key, loaded);
    return loaded;
  }

  function read(file: string): string | undefined {
    const bytes = files.read('source', file, MAX_FILE_BYTES);
    return bytes === undefined || bytes === 'later' ? bytes : bytes.toString();
  }

  return (file, line, content) => {
    const { lines } = load(file, content);
    return lines && cutOut(lines, line);
  };
}

function toLines(text: string): CachedFile {
  // A binary file, or more than a source that a person wrote.
  if (text.includes('\0') || text.length > MAX_FILE_BYTES) return UNREADABLE;
  return { lines: splitLines(text.replace(/^\uFEFF/, '')), length: text.length };
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
    pre_context: lines.slice(Math.max(0, index - AROUND), index).map(bounded),
    context_line: wanted,
    post_context: lines.slice(index + 1, index + 1 + AROUND).map(bounded),
  };
}

/** A line beside may be minified all the same. */
function bounded(line: string): string {
  return line.slice(0, MAX_READABLE_LINE);
}
