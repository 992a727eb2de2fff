import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix, resolve } from 'node:path';
import { createFileResolver, isAbsolutePath } from './file-names.ts';
import { createLru } from '../../lib/lru.ts';
import { isBlank, ownCopy, wellFormed } from '../../lib/text.ts';

/** How files are named in events, and which of them are the application's own. */
export interface PathRules {
  /**
   * The path of a file that V8 or a tool names in another way: `webpack://shop/./src/a.ts`, a package
   * that is linked into `node_modules` from inside the project, a virtual folder of Yarn's. The name
   * itself where there is no other.
   */
  resolve(file: string): string;
  /**
   * The file's name in an event, with `/` separators, never blank, and the same in each release,
   * since ErrSight groups by it:
   *
   * - under the project root: the path from there;
   * - in a dependency: from the last `node_modules/` on, without the versions that pnpm puts before;
   * - elsewhere, with a common folder above: `../../packages/lib/index.js`, as in a monorepo;
   * - elsewhere at all: the path, with the user's home folder as `~`;
   * - no path (`node:fs`, `<anonymous>`, a URL): itself.
   */
  relative(file: string): string;
  /**
   * Whether the file is the application's: under the project root and no dependency. The user's
   * words win over that, and where an include and an exclude both match, the longer match wins, as
   * `src/vendor/ours/` does over `src/vendor/`; of two equally long ones the exclude. `node:` files
   * never are. A source that a map names may lie beside the root, as in a monorepo, where the file
   * that was built from it (`built`) is the application's.
   */
  inApp(file: string, built?: string): boolean;
}

/** What the rules depend on. */
export interface PathRulesOptions {
  readonly projectRoot: string;
  /** The application's own package in a workspace, from which bundlers name files. Default: the root. */
  readonly packageRoot?: string;
  /** Parts of paths, or patterns, of files that are the application's own. */
  readonly inAppInclude?: readonly (string | RegExp)[];
  /** Parts of paths, or patterns, of files that are not. */
  readonly inAppExclude?: readonly (string | RegExp)[];
}

interface Verdict {
  readonly relative: string;
  /** What would be its place if the user had said nothing. */
  readonly isOwn: boolean;
  readonly inApp: boolean;
}

/** More files than most applications load; an entry is some hundred bytes. */
const MAX_REMEMBERED = 2000;

const DRIVE = /^[A-Za-z]:[\\/]/;
/** Also Yarn's Plug'n'Play, whose loader lies in the project itself. */
const DEPENDENCY = /(?:^|\/)(?:(?:node_modules|\.yarn|\.pnpm|\.pnpm-store)\/|\.pnp\.[\w.]+$)/;

/** Makes the rules for a project. Looks at the disk once, to learn the root's real path. */
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
    const name = path === undefined ? file.trim() : nameOf(path, inside, roots, home);
    // As it will be once it is well-formed: ErrSight hides frames whose file has a blank name.
    const relative = isBlank(wellFormed(name)) ? '<anonymous>' : name;
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

/** The root as given and as it really is: V8 names files by their real paths. */
function findRoots(projectRoot: string): readonly string[] {
  const given = isAbsolutePath(projectRoot) ? projectRoot : resolve(projectRoot);
  const roots = new Set([toSlashes(given)]);
  try {
    roots.add(toSlashes(realpathSync(given)));
  } catch {
    // A root that is not there (logs of another machine) still names files.
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

/** The path from the first of the folders it lies in; undefined if it lies in none. */
function firstInside(folders: readonly string[], path: string): string | undefined {
  for (const folder of folders) {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    if (path.length > prefix.length && path.startsWith(prefix)) return path.slice(prefix.length);
  }
  return undefined;
}

/** The way from the root up to a common folder and down again, if they have one above them. */
function fromBeside(root: string, path: string): string | undefined {
  const from = root.split('/');
  const to = path.split('/');
  let common = 0;
  while (common < from.length && common < to.length - 1 && from[common] === to[common]) common += 1;
  // The first segment is the empty one before `/`, or a drive: not a folder that people made.
  return common < 2 ? undefined : '../'.repeat(from.length - common) + to.slice(common).join('/');
}

function fromHome(home: string | undefined, path: string): string | undefined {
  const inside = home === undefined ? undefined : firstInside([home], path);
  return inside === undefined ? undefined : `~/${inside}`;
}

/** Code that nobody could look at is nobody's: built into Node, or without a file. */
function hasSource(file: string): boolean {
  return !file.startsWith('node:') && file !== 'native' && !/^\s*(?:<anonymous>)?$/.test(file);
}

type Matcher = (name: string) => number;

/** Says how many characters of a name the user's word matches; 0 if it does not. */
function createMatcher(word: string | RegExp): Matcher {
  if (typeof word === 'string') {
    return (name) => (name.includes(word) ? word.length : 0);
  }
  // A copy, set back before each use: with the flags `g` and `y` a RegExp remembers where it was.
  const pattern = new RegExp(word);
  return (name) => {
    pattern.lastIndex = 0;
    const match = pattern.exec(name);
    // A pattern can match without a character, as `/^(?!generated)/` does.
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
  // Windows itself writes drives in both cases.
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
