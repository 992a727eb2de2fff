import { realpathSync, statSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { attempt } from '../../lib/safe-read.ts';
import { remembering } from '../../lib/remember.ts';

/** Where files are searched. */
export interface ResolverOptions {
  /** The project's folder: the path as given, and the real path. */
  readonly roots: readonly string[];
  /** The folders to which bundlers' names of sources may be relative, the most likely first. */
  readonly folders: readonly string[];
}

const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;
/** The schemes of bundlers. */
const BUNDLER = /^(?:webpack|webpack-internal|turbopack|rspack|ng):\/\//i;

/**
 * Makes a function that finds the path of a file that has another name in a stack. It never throws.
 */
export function createFileResolver({ roots, folders }: ResolverOptions): (file: string) => string {
  const packageOf = remembering(realPackage, { maxEntries: 500, maxLength: 1_000 });

  function resolve(file: string): string {
    const bundled = BUNDLER.test(file) ? bundledPath(file) : undefined;
    if (bundled !== undefined) return besides(bundled, folders);
    const path = withoutVirtual(file);
    return path.includes('/node_modules/') ? throughLink(posix.normalize(path)) : path;
  }

  /** The real path of a file in a package of the project that is linked into `node_modules`. */
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
 * The path, relative to the folder of the build, in `webpack://shop/./src/a.ts`,
 * `webpack-internal:///(rsc)/./src/a.ts` or `turbopack:///[project]/src/a.ts`. Undefined for any
 * other name. Also undefined for a bundler's own code, such as `webpack/bootstrap`,
 * `[turbopack]/runtime.ts` and `external "fs"`.
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
 * The path in the first of the folders that has such a file. A bundler may have dropped a `../`
 * that led out of a package, so the folders above are tried too. If none has it, it is the path in
 * the first folder. The disk is only asked about files in the last folder, the project's.
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

/** Whether a path is in one of the folders. */
export function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|astro|coffee)$/i;

/** Whether a file's name is that of a source, and not a dependency's. */
export function isSourceName(file: string): boolean {
  return SOURCE.test(file) && !isDependency(file);
}

/** Whether one of the path's folders is `node_modules`. */
export function isDependency(path: string): boolean {
  return path.split(/[\\/]/).includes('node_modules');
}

/** Whether a path is absolute on any kind of machine, since logs may come from another one. */
export function isAbsolutePath(file: string): boolean {
  return file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file) || file.startsWith('\\\\');
}

export function isFile(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false })?.isFile()) === true;
}

const VIRTUAL = /^(.*?)\/(?:__virtual__|\$\$virtual)\/[^/]+\/(\d{1,3})\/(.*)$/s;

/**
 * `/a/b/__virtual__/name-1a2b/1/c.js` is Yarn's name for `/a/c.js`. The number says how many
 * folders the real path begins above the parent of `__virtual__`.
 */
export function withoutVirtual(file: string): string {
  const [, before, depth, rest] = VIRTUAL.exec(file) ?? [];
  if (before === undefined || rest === undefined) return file;
  const folders = before.split('/');
  const kept = folders.slice(0, Math.max(1, folders.length - Number(depth)));
  return withoutVirtual([...kept, rest].join('/'));
}
