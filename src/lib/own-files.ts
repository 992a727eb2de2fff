import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isObject, read } from './safe-read.ts';
import { VERSION } from './version.ts';

/** Where the code of this package is. */
export interface OwnFiles {
  /** This file, or the bundle that contains it. Empty if that can't be found out. */
  readonly file: string;
  /** The folders with this package's code, each with a separator at its end. None in a bundle. */
  readonly folders: readonly string[];
  /** The file that Node loads for `errsight/pino`, and its other names. None in a bundle. */
  readonly pino: readonly string[];
}

let found: OwnFiles | undefined;

/**
 * Finds the files with a stack trace. `__filename` and `import.meta.url` exist only in one kind of
 * module each, and bundlers replace them.
 */
export function ownFiles(): OwnFiles {
  if (found !== undefined) return found;
  const file = attempt(callersFile) ?? '';
  const folder = packageOf(file);
  found = { file, ...(folder === undefined ? NOWHERE : filesIn(folder, file)) };
  return found;
}

const NOWHERE = { folders: [], pino: [] };

function filesIn(folder: string, file: string): Omit<OwnFiles, 'file'> {
  const at = (path: string): string => join(folder, path);
  // The modules of `dist/esm` are not published. The tests run them.
  if (file.startsWith(at('dist/esm') + sep)) {
    return {
      folders: [at('dist/esm/src') + sep, at('dist/esm/transports') + sep],
      pino: [at('dist/esm/transports/pino.js'), at('entries/pino.mjs')],
    };
  }
  return {
    folders: [at('dist/cjs') + sep, at('dist/module') + sep],
    pino: [at('dist/cjs/pino.js'), at('entries/pino.mjs')],
  };
}

/** Asks V8 itself, since the text of a stack has other names if source maps are enabled. */
function callersFile(): string | undefined {
  const limit = Error.stackTraceLimit;
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  let file: unknown;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => sites[0]?.getFileName();
    file = new Error().stack;
  } finally {
    Error.stackTraceLimit = limit;
    // Not deleted if there was none: Bun would then ignore later ones.
    Reflect.set(Error, 'prepareStackTrace', prepare);
  }
  if (typeof file !== 'string') return undefined;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return isAbsolute(path) ? path : undefined;
}

/** How many folders up package.json can be: from `dist/esm/src/lib`. */
const FOLDERS_UP = 5;

/** The folder of this package, if the file is part of its build. */
function packageOf(file: string): string | undefined {
  let folder = dirname(file);
  for (let looks = 0; looks < FOLDERS_UP; looks += 1) {
    const manifest: unknown = attempt(() =>
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    );
    const name = isObject(manifest) ? read(manifest, 'name') : undefined;
    if (isObject(manifest) && name !== undefined) {
      const isOurs = name === 'errsight' && read(manifest, 'version') === VERSION;
      return isOurs && file.startsWith(join(folder, 'dist') + sep) ? folder : undefined;
    }
    folder = dirname(folder);
  }
  return undefined;
}
