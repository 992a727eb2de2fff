import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative } from 'node:path';
import { UsageError } from '../args.ts';
import { isObject } from '../../lib/safe-read.ts';
import { Source, type Style } from './source.ts';
import { packagesOf } from './workspaces.ts';

/** The facts about a project. */
export interface Project {
  readonly folder: string;
  /** The command that adds packages. */
  readonly add: readonly [command: string, ...args: string[]];
  readonly style: Style;
  readonly isTypeScript: boolean;
  /** Whether it has a package among its dependencies. */
  readonly has: (name: string) => boolean;
  /** The first number of the version of a package. */
  readonly major: (name: string) => number | undefined;
  /** The file with which it starts, if that is known. */
  readonly entry: string | undefined;
  readonly sources: readonly Source[];
  /** The names of the files and folders in the folder itself. */
  readonly files: readonly string[];
  /** The folders of its packages if it is the root of a monorepo. */
  readonly packages: readonly string[];
}

/** The package managers by their lock files. */
const MANAGERS: readonly (readonly [file: string, command: string, verb: string])[] = [
  ['pnpm-lock.yaml', 'pnpm', 'add'],
  ['yarn.lock', 'yarn', 'add'],
  ['bun.lock', 'bun', 'add'],
  ['bun.lockb', 'bun', 'add'],
  ['package-lock.json', 'npm', 'install'],
];

const SOURCE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const NO_SOURCE = /\.(?:test|spec|config|stories)\.[cm]?[jt]sx?$/;
const NO_FOLDER = new Set([
  'node_modules',
  'dist',
  'build',
  'out',
  'coverage',
  'test',
  'tests',
  '__tests__',
  'benchmarks',
  'examples',
]);
/** The most files that are read, and the most bytes of each. */
const MAX_FILES = 2_000;
const MAX_BYTES = 500_000;

/** Usual names of the file with which a project starts. */
const ENTRIES = ['index', 'server', 'app', 'main', 'handler', 'lambda', 'start', 'www'];
const EXTENSIONS = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs'];

/** @throws {UsageError} if there is no package.json, or if the chosen entry does not exist. */
export function lookAt(folder: string, chosen: string | undefined): Project {
  const manifest = manifestOf(folder);
  const { dependencies, devDependencies, type } = manifest;
  const all = { ...recordOf(devDependencies), ...recordOf(dependencies) };
  const style = type === 'module' ? 'import' : 'require';
  if (chosen !== undefined && !existsSync(join(folder, chosen))) {
    throw new UsageError(`--entry: there is no ${chosen} in ${folder}`);
  }
  const entry = chosen === undefined ? entryOf(folder, manifest) : join(folder, chosen);
  // A file without an ending is only known to be JavaScript if the project starts with it.
  const paths = new Set([...filesIn(folder), ...(entry === undefined ? [] : [entry])]);
  const sources = [...paths].flatMap((path) => Source.read(path, style) ?? []);
  return {
    folder,
    add: managerOf(folder, manifest),
    style,
    isTypeScript: existsSync(join(folder, 'tsconfig.json')),
    has: (name) => Object.hasOwn(all, name),
    major: (name) => majorOf(folder, name, all[name]),
    entry,
    sources,
    files: readdirSync(folder),
    packages: packagesOf(folder, manifest['workspaces']),
  };
}

type Manifest = Readonly<Record<string, unknown>>;

function manifestOf(folder: string): Manifest {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) throw new UsageError(`there is no package.json in ${folder}`);
  try {
    return recordOf(JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')));
  } catch {
    throw new UsageError(`${path} is not JSON`);
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return isObject(value) ? (value as Record<string, unknown>) : {};
}

/** In a monorepo the lock file lies above. */
function managerOf(folder: string, { packageManager }: Manifest): Project['add'] {
  const named = /^(pnpm|yarn|bun|npm)@/.exec(String(packageManager))?.[1];
  for (let at = folder; ; at = dirname(at)) {
    const found = MANAGERS.find(([file, command]) =>
      named === undefined ? existsSync(join(at, file)) : command === named,
    );
    if (found !== undefined) return [found[1], found[2], 'errsight'];
    if (dirname(at) === at) return ['npm', 'install', 'errsight'];
  }
}

function majorOf(folder: string, name: string, range: unknown): number | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', name, 'package.json');
    if (existsSync(path))
      return numberIn(recordOf(JSON.parse(readFileSync(path, 'utf8')))['version']);
    if (dirname(at) === at) return numberIn(range);
  }
}

function numberIn(version: unknown): number | undefined {
  const found = /\d+/.exec(String(version))?.[0];
  return found === undefined ? undefined : Number(found);
}

/** Files of this package, not of others in its folders. */
function filesIn(folder: string): string[] {
  const found: string[] = [];
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (found.length >= MAX_FILES) return;
      if (entry.isDirectory()) {
        const isOther = entry.name.startsWith('.') || NO_FOLDER.has(entry.name);
        if (!isOther && !existsSync(join(path, 'package.json'))) walk(path);
      } else if (entry.isFile() && SOURCE.test(entry.name) && !NO_SOURCE.test(entry.name)) {
        if (statSync(path).size <= MAX_BYTES) found.push(path);
      }
    }
  };
  walk(folder);
  return found;
}

/** The file that the scripts run, else `main`, else a file with a usual name. */
function entryOf(folder: string, { scripts, main }: Manifest): string | undefined {
  const run = recordOf(scripts);
  for (const name of ['start', 'dev', 'start:dev', 'serve', 'start:prod']) {
    const script = run[name];
    const found = typeof script === 'string' ? fromScript(folder, script, main) : undefined;
    if (found !== undefined) return found;
  }
  if (typeof main === 'string') {
    const found = sourceOf(folder, main);
    if (found !== undefined) return found;
  }
  for (const at of ['src', '.', 'bin', 'app', 'server']) {
    // Another package.
    if (at !== '.' && existsSync(join(folder, at, 'package.json'))) continue;
    for (const name of ENTRIES) {
      // A script such as `bin/www` has no ending.
      const endings = at === 'bin' ? [...EXTENSIONS, ''] : EXTENSIONS;
      const found = endings
        .map((each) => join(folder, at, `${name}${each}`))
        .find((path) => existsSync(path) && statSync(path).isFile());
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const RUNNERS = /^(?:node|nodemon|tsx|ts-node|ts-node-dev|tsnd|bun|babel-node|pm2|electron)$/;
/** Flags whose value is the next word. */
const WITH_VALUE =
  /^(?:-r|--require|--import|--loader|--experimental-loader|--env-file|-C|--conditions|--project|-P|--watch|-w|--ext|-e|--exec)$/;

function fromScript(folder: string, script: string, main: unknown): string | undefined {
  if (/\bnest start\b/.test(script)) return sourceOf(folder, 'src/main.ts');
  for (const command of script.split(/&&|\|\||[;|&]/)) {
    const words = command.trim().split(/\s+/);
    const at = words.findIndex((word) => RUNNERS.test(word));
    if (at === -1) continue;
    for (let next = at + 1; next < words.length; next += 1) {
      const word = (words[next] ?? '').replaceAll(/["']/g, '');
      if (WITH_VALUE.test(word) && !/^(?:--watch|-w)$/.test(word)) next += 1;
      else if (
        !word.startsWith('-') &&
        !RUNNERS.test(word) &&
        word !== 'watch' &&
        word !== 'start'
      ) {
        const file = word === '.' && typeof main === 'string' ? main : word;
        const found = sourceOf(folder, file);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

const BUILT = /^(?:\.\/)?(?:dist|build|lib|out)\//;

/** The file behind a name. For a built file it is the source. */
function sourceOf(folder: string, name: string): string | undefined {
  const bare = name.replace(/\.[cm]?js$/, '');
  const names = BUILT.test(name)
    ? ['src/', ''].flatMap((at) => [
        bare.replace(BUILT, at),
        bare.replace(BUILT, at).replace(/^src\/src\//, 'src/'),
      ])
    : [bare, name];
  for (const each of [...(BUILT.test(name) ? [] : [name]), ...names]) {
    const path = join(folder, each);
    if (SOURCE.test(each) && existsSync(path)) return path;
    if (extname(each) === '' && existsSync(path) && statSync(path).isFile()) return path;
    for (const extension of EXTENSIONS)
      if (existsSync(`${path}${extension}`)) return `${path}${extension}`;
    for (const extension of EXTENSIONS) {
      const index = join(path, `index${extension}`);
      if (!BUILT.test(name) && existsSync(index)) return index;
    }
  }
  // The next build would overwrite a change to a built file, so one without a known source is left alone.
  return undefined;
}

/** The path of a file as it is printed. */
export function shown(project: Pick<Project, 'folder'>, path: string): string {
  return relative(project.folder, path).replaceAll('\\', '/') || basename(path, extname(path));
}
