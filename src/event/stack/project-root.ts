import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { isDependency, isFile, isInside } from './file-names.ts';
import { mainScript } from './main-script.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';

/** The folders of the application. */
export interface ProjectFolders {
  /** The project's folder, or that of its workspace. */
  readonly root: string;
  /** The application's own package, to which bundlers' names of sources are relative. */
  readonly package: string;
}

/** What the folders are found with. */
export interface Surroundings {
  /** A file of this package, or the bundle that contains it. */
  readonly ownFile: string;
  /** The script that the process was started with, if it is known. */
  readonly main?: string | undefined;
  readonly cwd: string;
  /** The folder of the application in AWS Lambda. Its layers lie elsewhere. */
  readonly taskRoot?: string | undefined;
}

/** How many folders upward are searched. */
const MAX_FOLDERS = 100;

/** Files at the root of a workspace, which has several packages. */
const WORKSPACE_FILES: readonly string[] = [
  'pnpm-workspace.yaml',
  'pnpm-workspace.yml',
  'nx.json',
  'lerna.json',
  'rush.json',
];

/** What a package.json says that only tells how the files around it are read, as in `dist` and `dist/cjs`. */
const OF_FORMAT: ReadonlySet<string> = new Set(['$schema', 'type', 'sideEffects', 'imports']);

/** Whether a folder is a package, and no part of one with another format. */
export function isPackage(folder: string): boolean {
  if (!isFile(join(folder, 'package.json'))) return false;
  const said = Object.keys(readManifest(folder) ?? {});
  return said.length === 0 || said.some((key) => !OF_FORMAT.has(key));
}

/** The nearest folder that is a package, from `start` upward; where none is, one with a package.json. */
export function findProjectRoot(start: string): string | undefined {
  const folders = upward(resolve(start));
  return folders.find(isPackage) ?? folders.find((folder) => isFile(join(folder, 'package.json')));
}

/**
 * Finds the project if the option `projectRoot` does not name it. It is the project of the script
 * that runs, so that the same program has the same file names and issues in any working directory.
 * If that script is a tool's, such as a test runner's or a platform's, it is the project of the
 * working directory. Otherwise it is the project whose node_modules contains this package, as for a
 * service with the working directory `/`. It is not if this package lies apart: in a layer of AWS
 * Lambda, or where neither the script nor the working directory would find it, and both are in one
 * project.
 */
export function findProject(around: Surroundings): ProjectFolders {
  const own = packageFolder(around);
  return { root: isDependency(own) ? own : workspaceOf(own), package: own };
}

/** The script and the working directory of this process. */
export function surroundings(ownFile: string): Surroundings {
  // A worker's own script says nothing about the application.
  const main = isMainThread ? process.argv[1] : mainScript();
  return { ownFile, main, cwd: workingDirectory(), taskRoot: process.env['LAMBDA_TASK_ROOT'] };
}

function packageFolder({ ownFile, main, cwd, taskRoot = '' }: Surroundings): string {
  const ofScript = main === undefined ? undefined : packageOfScript(main, ownFile);
  if (ofScript !== undefined) return ofScript;
  const ofCwd = findProjectRoot(cwd);
  if (ofCwd !== undefined && reaches(ofCwd, ownFile)) return ofCwd;
  if (isAbsolute(taskRoot) && !isInside(ownFile, [taskRoot])) {
    return findProjectRoot(taskRoot) ?? taskRoot;
  }
  if (ofCwd !== undefined && main !== undefined && folderOfScript(main) === ofCwd) return ofCwd;
  const host = hostOf(ownFile);
  if (host !== undefined && isFile(join(host, 'package.json'))) return host;
  return ofCwd ?? host ?? cwd;
}

/** The package of the script that runs. Undefined if it does not use this package. */
function packageOfScript(main: string, ownFile: string): string | undefined {
  const folder = folderOfScript(main);
  if (folder === undefined) return undefined;
  // It is an installed tool. It is the application if it uses this package itself.
  if (isDependency(folder)) {
    return isWithin(folder, ownFile) || dependsOnThis(folder) ? folder : undefined;
  }
  return reaches(folder, ownFile) ? folder : undefined;
}

function folderOfScript(main: string): string | undefined {
  if (!isAbsolute(main)) return undefined;
  // The script may be given without its extension, or be a folder.
  const real = attempt(() => realpathSync(main)) ?? main;
  return findProjectRoot(isFolder(real) ? real : dirname(real));
}

/** Whether a package is this package, or can import it. */
function reaches(folder: string, ownFile: string): boolean {
  if (isWithin(folder, ownFile)) return true;
  return upward(folder).some(
    (each) =>
      existsSync(join(each, 'node_modules/errsight')) ||
      isFile(join(each, '.pnp.cjs')) ||
      isFile(join(each, '.pnp.js')),
  );
}

function dependsOnThis(folder: string): boolean {
  const manifest = readManifest(folder);
  return ['dependencies', 'optionalDependencies', 'peerDependencies'].some((kind) => {
    const needed = manifest && read(manifest, kind);
    return isObject(needed) && Object.hasOwn(needed, 'errsight');
  });
}

/** The root of the workspace that contains a package, or the package itself. */
function workspaceOf(folder: string): string {
  const home = attempt(homedir);
  for (const each of upward(folder)) {
    // A workspace is not above a repository or the user's home folder.
    if (each === home && each !== folder) break;
    if (isWorkspace(each)) return each;
    if (existsSync(join(each, '.git'))) break;
  }
  return folder;
}

function isWorkspace(folder: string): boolean {
  if (WORKSPACE_FILES.some((name) => isFile(join(folder, name)))) return true;
  const manifest = readManifest(folder);
  if (manifest !== undefined && isObject(read(manifest, 'workspaces'))) return true;
  // Turborepo's packages may have such a file too, which extends the root's.
  const turbo = readText(join(folder, 'turbo.json'));
  return turbo !== undefined && !/"extends"\s*:/.test(turbo);
}

function hostOf(ownFile: string): string | undefined {
  // Yarn keeps packages in archives. Their folders are no projects.
  const host = /^(.*?)[\\/](?:node_modules|\.yarn)[\\/]/s.exec(ownFile)?.[1];
  return host === '' ? '/' : host;
}

function isWithin(folder: string, file: string): boolean {
  return isInside(file, [folder]) && !isDependency(file.slice(folder.length));
}

function upward(start: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = start; folders.length < MAX_FOLDERS; folder = dirname(folder)) {
    folders.push(folder);
    if (dirname(folder) === folder) break;
  }
  return folders;
}

function readManifest(folder: string): object | undefined {
  const text = readText(join(folder, 'package.json'));
  const manifest: unknown =
    text === undefined ? undefined : attempt(() => JSON.parse(text.replace(/^\uFEFF/, '')));
  return isObject(manifest) ? manifest : undefined;
}

function readText(file: string): string | undefined {
  return isFile(file) ? attempt(() => readFileSync(file, 'utf8')) : undefined;
}

function workingDirectory(): string {
  // The folder may have been removed while the process runs.
  return attempt(() => process.cwd()) ?? '/';
}

function isFolder(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false })?.isDirectory()) === true;
}
