import { dirname, join, relative } from 'node:path';
import { isFile, isInside } from './file-names.ts';
import type { StackFrame } from './frame-line.ts';

/** Where built files are searched. */
export interface BuiltPlace {
  readonly projectRoot: string;
  /** The script that the process was started with. */
  readonly main: string | undefined;
}

/** How many folders around the script, and how many ends of a source's path, are combined. */
const MAX_FOLDERS = 3;
const MAX_ENDS = 6;

const EXTENSIONS = ['.js', '.cjs', '.mjs'] as const;

/**
 * The files that may have been built from a source. The first is the script that runs, which may be
 * a bundle. The others have the same place beside that script as the source in its folder. If
 * `dist/main.js` runs, `dist/shop/till.js` may be built from `src/shop/till.ts`.
 */
export function builtFiles(source: string, { projectRoot, main }: BuiltPlace): readonly string[] {
  if (main === undefined || !isInside(main, [projectRoot])) return [];
  const names = relative(projectRoot, source)
    .replace(/\.\w+$/, '')
    .split('/');
  const ends = names.map((_, index) => names.slice(index).join('/')).slice(-MAX_ENDS);
  const found = foldersAround(main, projectRoot).flatMap((folder) =>
    ends.flatMap((end) => EXTENSIONS.map((extension) => join(folder, end + extension))),
  );
  return [main, ...found.filter((file) => file !== main && isFile(file))];
}

function foldersAround(main: string, projectRoot: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(main); folders.length < MAX_FOLDERS; folder = dirname(folder)) {
    if (!isInside(folder, [projectRoot])) break;
    folders.push(folder);
  }
  return folders;
}

/** The word at a frame's place in the built file. */
export function wordAt(
  built: Buffer | 'later' | undefined,
  { line = 0, column = 0 }: StackFrame,
): string | undefined {
  if (built === undefined || built === 'later') return undefined;
  let start = 0;
  for (let left = line - 1; left > 0; left -= 1) {
    const end = built.indexOf(0x0a, start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  // A column counts UTF-16 units. A character has at most four bytes.
  const text = built.toString('utf8', start, start + 4 * (column + 256));
  return /^[\w$]+/.exec(text.slice(column - 1))?.[0];
}
