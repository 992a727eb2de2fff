import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix, resolve } from 'node:path';
import { createFileResolver, isAbsolutePath } from './file-names.ts';
import { createLru } from '../../lib/lru.ts';
import { isBlank, ownCopy, wellFormed, withoutColours } from '../../lib/text.ts';

/** How files are named in events, and which are the application's own. */
export interface PathRules {
  /**
   * The path of a file that has another name in a stack: `webpack://shop/./src/a.ts`, a package of
   * the project that is linked into `node_modules`, or a virtual folder of Yarn. Otherwise the name
   * itself.
   */
  resolve(file: string): string;
  /**
   * The file's name in an event. It has `/` as separator and is never blank. It is the same in each
   * release, since ErrSight groups by it:
   *
   * - under the project root: the path from there;
   * - in a dependency: from the last `node_modules/` on, without pnpm's folders with versions;
   * - outside, but below a common folder: `../../packages/lib/index.js`, as in a monorepo;
   * - anywhere else: the path, with the user's home folder as `~`;
   * - no path (`node:fs`, `<anonymous>`, a URL): the name itself.
   */
  relative(file: string): string;
  /**
   * Whether the file is the application's: it is under the project root and no dependency.
   * `inAppInclude` and `inAppExclude` change that. If both match, the longer match wins:
   * `src/vendor/ours/` over `src/vendor/`. If they are equally long the exclude wins. `node:` files
   * are never the application's. In a monorepo a source in a map may be beside the root. It is the
   * application's if the file that was built from it (`built`) is.
   */
  inApp(file: string, built?: string): boolean;
}

export interface PathRulesOptions {
  readonly projectRoot: string;
  /**
   * The application's own package in a workspace, to which bundlers' names are relative. Default:
   * the root.
   */
  readonly packageRoot?: string;
  /** Parts of paths, or patterns, of files that are the application's own. */
  readonly inAppInclude?: readonly (string | RegExp)[];
  /** Parts of paths, or patterns, of files that are not. */
  readonly inAppExclude?: readonly (string | RegExp)[];
}

interface Verdict {
  readonly relative: string;
  /** Whether it is the application's without the two options. */
  readonly isOwn: boolean;
  readonly inApp: boolean;
}

/** Most applications load fewer files. An entry has a few hundred bytes. */
const MAX_REMEMBERED = 2000;

const DRIVE = /^[A-Za-z]:[\\/]/;
/** This includes the loader of Yarn's Plug'n'Play, which is in the project itself. */
const DEPENDENCY = /(?:^|\/)(?:(?:node_modules|\.yarn|\.pnpm|\.pnpm-store)\/|\.pnp\.[\w.]+$)/;

/** Makes the rules for a project. Asks the disk once, for the root's real path. */
export function createPathRules(options: PathRulesOptions): PathRules {
  const { projectRoot } = options;
  const roots = findRoots(projectRoot);
  const home = homeFolder();
  const included = (options.inAppInclude ?? []).map(createMatcher);
  const excluded = (options.inAppExclude ?? []).map(createMatcher);
  const remembered = createLru<Verdict>({ maxEntries: MAX_REMEMBERED });

  function judge(file: string, isBuilt = false): Verdict {
    const key = isBuilt ? `built\0${file}` : file;
    const known = remembered.get(key);
    if (known) return known;
    const path = isAbsolutePath(file) ? toSlashes(file) : undefined;
    const inside = path === undefined ? undefined : firstInside(roots, path);
    const given = path === undefined ? file.trim() : nameOf(path, inside, roots, home);
    // As the scrubber shows it, since ErrSight hides frames whose file has a blank name.
    const name = withoutColours(wellFormed(given));
    const relative = isBlank(name) ? '<anonymous>' : name;
    const ours = isBuilt ? path : inside;
    const isOwn = ours !== undefined && !DEPENDENCY.test(ours);
    const inApp = hasSource(file) && decide(isOwn, [relative, path, file]);
    const verdict = { relative: ownCopy(relative), isOwn, inApp };
    remembered.set(key, verdict);
    return verdict;
  }

  function decide(isOwn: boolean, names: readonly (string | undefined)[]): boolean {
    const include = longestMatch(included, names);
    const exclude = longestMatch(excluded, names);
    return include === exclude ? isOwn && exclude === 0 : include > exclude;
  }

  return {
    resolve: createFileResolver({
      roots,
      folders: [options.packageRoot ?? projectRoot, projectRoot],
    }),
    relative: (file) => judge(file).relative,
    inApp: (file, built) => judge(file, built !== undefined && judge(built).isOwn).inApp,
  };
}

/** The root as given and its real path, since V8 names files by their real paths. */
function findRoots(projectRoot: string): readonly string[] {
  const given = isAbsolutePath(projectRoot) ? projectRoot : resolve(projectRoot);
  const roots = new Set([toSlashes(given)]);
  try {
    roots.add(toSlashes(realpathSync(given)));
  } catch {
    // A root that does not exist (for logs of another machine) still names files.
  }
  return [...roots];
}

function nameOf(
  path: string,
  inside: string | undefined,
  roots: readonly string[],
  home: string | undefined,
): string {
  const dependency = (inside ?? path).match(/^(?:.*\/)?(node_modules\/.+)$/s)?.[1];
  if (dependency !== undefined) return dependency;
  return inside ?? fromBeside(roots[0] ?? '', path) ?? fromHome(home, path) ?? path;
}

/** The path relative to the first of the folders that contains it. Undefined if none does. */
function firstInside(folders: readonly string[], path: string): string | undefined {
  for (const folder of folders) {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    if (path.length > prefix.length && path.startsWith(prefix)) return path.slice(prefix.length);
  }
  return undefined;
}

/** The relative path from the root by way of a common folder, if there is one. */
function fromBeside(root: string, path: string): string | undefined {
  const from = root.split('/');
  const to = path.split('/');
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common += 1;
  // The first segment is the empty one before `/`, or a drive, and no common folder.
  return common < 2 ? undefined : '../'.repeat(from.length - common) + to.slice(common).join('/');
}

function fromHome(home: string | undefined, path: string): string | undefined {
  const inside = home === undefined ? undefined : firstInside([home], path);
  return inside === undefined ? undefined : `~/${inside}`;
}

/** Whether the code has a source. Code in Node itself, or without a file, has none. */
function hasSource(file: string): boolean {
  return !file.startsWith('node:') && file !== 'native' && !/^\s*(?:<anonymous>)?$/.test(file);
}

type Matcher = (name: string) => number;

/**
 * Makes a function that returns how many characters of a name a text or pattern matches; 0 if none.
 */
function createMatcher(word: string | RegExp): Matcher {
  if (typeof word === 'string') {
    return (name) => (name.includes(word) ? word.length : 0);
  }
  // A copy, which is reset before each use: with the flags `g` and `y` a RegExp remembers its
  // position.
  const pattern = new RegExp(word);
  return (name) => {
    pattern.lastIndex = 0;
    const match = pattern.exec(name);
    // A pattern can match an empty text, as `/^(?!generated)/` does.
    return match ? Math.max(1, match[0].length) : 0;
  };
}

function longestMatch(
  matchers: readonly Matcher[],
  names: readonly (string | undefined)[],
): number {
  let longest = 0;
  for (const match of matchers) {
    for (const name of names) {
      if (name !== undefined) longest = Math.max(longest, match(name));
    }
  }
  return longest;
}

function toSlashes(path: string): string {
  const isWindows = DRIVE.test(path) || path.startsWith('\\\\');
  const slashed = isWindows ? path.replaceAll('\\', '/') : path;
  const normal = posix.normalize(slashed);
  const trimmed = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
  // Windows writes the letters of drives in both cases.
  return DRIVE.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
}

function homeFolder(): string | undefined {
  try {
    const home = toSlashes(homedir());
    return home === '/' || home === '.' ? undefined : home;
  } catch {
    return undefined;
  }
}
