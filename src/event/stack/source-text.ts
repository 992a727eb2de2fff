import type { ProjectFiles } from './files.ts';
import { findFunctions, type SourceFunctions } from './functions.ts';
import { createLru } from '../../lib/lru.ts';

/** The text of a source, in lines, and its functions. */
export interface SourceText {
  /** Without line ends, counted as V8 counts them. */
  readonly lines: readonly string[];
  /** The functions in it. Undefined if it can't be parsed. */
  functions(): SourceFunctions | undefined;
}

/**
 * Finds the text of a source: `content`, which is the text in a source map, or else the file's. A
 * file that has changed is read again. Undefined if there is nothing to show. Never throws.
 */
export type SourceTexts = (file: string, content: string | undefined) => SourceText | undefined;

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_CACHED_FILES = 50;
/**
 * In UTF-16 units. 50 files of 1 MiB each would be too much memory for something that is rarely
 * needed.
 */
const MAX_CACHED_LENGTH = 8 * 1024 * 1024;

/**
 * In UTF-16 units. Nobody writes a longer source by hand, and to find its functions takes more than
 * 25 ms.
 */
const MAX_SCANNED = 512 * 1024;

interface Cached {
  /** Undefined for a file that can't be shown. */
  readonly text: SourceText | undefined;
  readonly length: number;
  /** The text in a map. Undefined for a file on the disk, which has a version. */
  readonly content: string | undefined;
  readonly version: number;
}

export function createSourceTexts(files: ProjectFiles): SourceTexts {
  const cache = createLru<Cached>({
    maxEntries: MAX_CACHED_FILES,
    maxWeight: MAX_CACHED_LENGTH,
    weigh: (file) => file.length,
  });

  function isCurrent(cached: Cached, file: string, content: string | undefined): boolean {
    if (content !== undefined) return cached.content === content;
    return cached.version === files.version(file);
  }

  return (file, content) => {
    // The file on the disk and the text in a map may differ.
    const key = content === undefined ? file : `${file}\0`;
    const cached = cache.get(key);
    if (cached !== undefined && isCurrent(cached, file, content)) return cached.text;
    const text = content ?? read(files, file);
    if (text === 'later') return undefined;
    const made = text === undefined ? undefined : textOf(text, files);
    const version = content === undefined ? files.version(file) : 0;
    const length = made === undefined ? 0 : (text?.length ?? 0);
    cache.set(key, { text: made, length, content, version });
    return made;
  };
}

function read(files: ProjectFiles, file: string): string | undefined {
  const bytes = files.read('source', file, MAX_FILE_BYTES);
  return bytes === undefined || bytes === 'later' ? bytes : bytes.toString();
}

function textOf(whole: string, files: ProjectFiles): SourceText | undefined {
  // It is a binary file, or too long for a source that a person wrote.
  if (whole.includes('\0') || whole.length > MAX_FILE_BYTES) return undefined;
  const text = whole.replace(/^\uFEFF/, '');
  let functions: SourceFunctions | undefined;
  let isScanned = text.length > MAX_SCANNED;
  return {
    lines: text.split(/\r\n|[\n\r\u2028\u2029]/),
    functions() {
      if (!isScanned && files.mayScan(text.length)) {
        functions = findFunctions(text);
        isScanned = true;
      }
      return functions;
    },
  };
}
