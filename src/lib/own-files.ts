import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, isObject, read } from './safe-read.ts';
import { VERSION } from './version.ts';

/** Where this package's code lies. */
export interface OwnFiles {
  /** This file, or the bundle that it is in; empty where nobody can say. */
  readonly file: string;
  /** The folders of this package's code, with a separator at their ends; none in a bundle. */
  readonly folders: readonly string[];
  /** `errsight/pino` as a file that Node loads, and its other names; none in a bundle. */
  readonly pino: readonly string[];
}

let found: OwnFiles | undefined;

/**
 * Asked of a stack: what else tells a file its own name (`__filename`, `import.meta.url`) differs between
 * kinds of modules, and bundlers put something else in its place.
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
  // What is not published are the modules as TypeScript makes them, which the tests run.
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

/** V8's own answer: the text of a stack has other names where source maps are enabled. */
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
    // Not deleted where it was none: Bun would not look at it any more.
    Reflect.set(Error, 'prepareStackTrace', prepare);
  }
  if (typeof file !== 'string') return undefined;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return isAbsolute(path) ? path : undefined;
}

/** The farthest up it can be: from `dist/esm/src/lib`. */
const FOLDERS_UP = 5;

/** The folder of this package, where a file is one of its build. */
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
