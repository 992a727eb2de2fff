import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isAbsolute, relative, sep } from 'node:path';
import type { Test } from 'tap';

/** What opens a file, and what only asks the disk about one. */
const OPENING = ['openSync', 'open', 'readFileSync', 'readFile', 'openAsBlob', 'createReadStream'];
const ASKING = [
  ['stat', 'lstat', 'realpath', 'readlink', 'readdir', 'opendir', 'access', 'copyFile'],
  ['statSync', 'lstatSync', 'realpathSync', 'readlinkSync', 'readdirSync', 'opendirSync'],
  ['accessSync', 'copyFileSync', 'existsSync'],
].flat();
const OPENING_PROMISES = ['open', 'readFile'];
const ASKING_PROMISES = ['stat', 'lstat', 'realpath', 'readlink', 'readdir', 'opendir', 'access'];

export interface Touched {
  readonly how: string;
  readonly path: string;
  readonly opened: boolean;
}

/** Notes which files are touched while an action runs. */
export class FileRecorder {
  #touched: Touched[] | undefined;

  /** All of node:fs, for this process and until the test ends. */
  constructor(t: Pick<Test, 'teardown'>) {
    this.#wrap(t, fs as unknown as Functions, '', OPENING, ASKING);
    const promises = fs.promises as unknown as Functions;
    this.#wrap(t, promises, 'promises.', OPENING_PROMISES, ASKING_PROMISES);
    // Who imported the functions by name gets these as well.
    syncBuiltinESMExports();
  }

  during(action: () => void): readonly Touched[] {
    const touched: Touched[] = [];
    this.#touched = touched;
    try {
      action();
    } finally {
      this.#touched = undefined;
    }
    return touched;
  }

  #wrap(
    t: Pick<Test, 'teardown'>,
    host: Functions,
    prefix: string,
    opening: readonly string[],
    asking: readonly string[],
  ): void {
    for (const name of [...opening, ...asking]) {
      const original = host[name];
      if (original === undefined) continue;
      const note = (path: unknown): void => {
        this.#touched?.push({
          how: prefix + name,
          path: String(path),
          opened: opening.includes(name),
        });
      };
      const wrapped = function wrapped(this: unknown, ...args: unknown[]): unknown {
        note(args[0]);
        return Reflect.apply(original, this, args);
      };
      host[name] = Object.assign(wrapped, original);
      t.teardown(() => {
        host[name] = original;
        syncBuiltinESMExports();
      });
    }
  }
}

type Functions = Record<string, ((...args: unknown[]) => unknown) | undefined>;

const PACKAGE = /(?:^|[\\/])node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+$/;
const SOURCE = /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|astro|coffee|map)$/i;

/**
 * What is wrong with a touched file: only source under the real `root` may be opened, and only what
 * by its name lies there may be asked about. What opens a link opens what it leads to.
 */
export function trespass({ how, path, opened }: Touched, root: string): string | undefined {
  if (!opened && path === root) return undefined;
  const real = opened ? realPath(path) : path;
  const inside = relative(root, real);
  const segments = inside.split(sep);
  // A package may be linked from inside the project: then it is a part of it.
  if (how === 'realpathSync' && PACKAGE.test(inside) && !segments.includes('..')) return undefined;
  const allowed =
    inside !== '' &&
    !isAbsolute(inside) &&
    !segments.includes('..') &&
    !segments.includes('node_modules') &&
    SOURCE.test(inside);
  return allowed ? undefined : `${how} of ${JSON.stringify(path)}`;
}

function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return path;
  }
}
