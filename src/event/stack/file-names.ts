import { realpathSync, statSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { attempt } from '../../lib/safe-read.ts';
import { remembering } from '../../lib/remember.ts';

/** Where files are looked for. */
export interface ResolverOptions {
  /** The project's folder, as given and as it really is. */
  readonly roots: readonly string[];
  /** The folders that bundlers may name their sources from, the likeliest first. */
  readonly folders: readonly string[];
}

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;
/** Of bundlers that have a scheme of their own. */
const BUNDLER = /^(?:webpack|webpack-internal|turbopack|rspack|ng):\/\//i;

/** Makes what finds the path of a file that is named in another way. Never throws. */
export function createFileResolver({ roots, folders }: ResolverOptions): (file: string) => string {
  const packageOf = remembering(realPackage, { maxEntries: 500, maxLength: 1_000 });

  function resolve(file: string): string {
    const bundled = BUNDLER.test(file) ? bundledPath(file) : undefined;
    if (bundled !== undefined) return besides(bundled, folders);
    const path = withoutVirtual(file);
    return path.includes('/node_modules/') ? throughLink(posix.normalize(path)) : path;
  }

  /** The path of a file in a package that is linked into `node_modules` from inside the project. */
  function throughLink(path: string): string {
    const [, folder, rest] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)(\/.+)$/s.exec(path) ?? [];
    if (folder === undefined || rest === undefined || !isInside(folder, roots)) return path;
    const real = packageOf(folder);
    return isInside(real, roots) && !isDependency(real) ? real + rest : path;
  }

  return remembering(resolve, { maxEntries: 2_000, maxLength: 2_000 });
}

function realPackage(folder: string): string {
  return attempt(() => realpathSync(folder)) ?? folder;
}

/**
 * What `webpack://shop/./src/a.ts`, `webpack-internal:///(rsc)/./src/a.ts` and
 * `turbopack:///[project]/src/a.ts` name, from the folder of the build; undefined for anything else,
 * and for a bundler's own code, as `webpack/bootstrap`, `[turbopack]/runtime.ts`, `external "fs"`.
 */
export function bundledPath(source: string): string | undefined {
  if (!SCHEME.test(source)) return undefined;
  const path = source
    .replace(SCHEME, '')
    .replace(/^[^/]*\//, '')
    .replace(/^(?:\[project\]|\([\w-]+\))\//, '')
    .replace(/\?.*$/s, '');
  return path === '' || /^(?:webpack\/|external |[([])/.test(path) ? undefined : path;
}

/**
 * The file of that path in the first of the folders that has it. A `../` that led out of a package may
 * have got lost on the way, so the folders above are tried as well. In none it is the first's. Nothing
 * is asked of the disk but about the last folder, the project's, and what is in it.
 */
export function besides(path: string, folders: readonly string[]): string {
  if (isAbsolutePath(path)) return path;
  const root = folders.at(-1) ?? '/';
  const [first = root] = folders;
  const tried = [...folders, ...folders.map((folder) => dirname(folder))];
  const found = tried
    .map((folder) => join(folder, path))
    .find((file) => isInside(file, [root]) && isSourceName(file) && isFile(file));
  return found ?? join(first, path);
}

/** Whether a path lies in one of the folders. */
export function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|astro|coffee)$/i;

/** Whether a file is by its name a source, and no dependency's. */
export function isSourceName(file: string): boolean {
  return SOURCE.test(file) && !isDependency(file);
}

/** Whether a folder on the way is a `node_modules`. */
export function isDependency(path: string): boolean {
  return path.split(/[\\/]/).includes('node_modules');
}

/** On any machine, for a path of any machine: events are also made from logs written elsewhere. */
export function isAbsolutePath(file: string): boolean {
  return file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file) || file.startsWith('\\\\');
}

export function isFile(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false })?.isFile()) === true;
}

const VIRTUAL = /^(.*?)\/(?:__virtual__|\$\$virtual)\/[^/]+\/(\d{1,3})\/(.*)$/s;

/**
 * `/a/b/__virtual__/name-1a2b/1/c.js` is Yarn's name for `/a/c.js`: the number says how many folders
 * above the virtual one's parent it begins.
 */
export function withoutVirtual(file: string): string {
  const [, before, depth, rest] = VIRTUAL.exec(file) ?? [];
  if (before === undefined || rest === undefined) return file;
  const folders = before.split('/');
  const kept = folders.slice(0, Math.max(1, folders.length - Number(depth)));
  return withoutVirtual([...kept, rest].join('/'));
}
