/**
 * Installs each contestant into a folder of its own, once: none of them is a dependency of this
 * package, and ours is packed and installed as users get it.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOADER, LOADER_SOURCE, PACKED, type Contestant } from './contestant.ts';

/** This repository; the benchmark runs from dist/esm/benchmarks/peers. */
export const ROOT: string = fileURLToPath(new URL('../../../../', import.meta.url));

/** Ignored by git, and gone with the next `npm ci`. */
export const CACHE: string = join(ROOT, 'node_modules/.cache/peers');

/** Installs what the contestants need, and returns where. */
export function installAll(contestants: readonly Contestant[]): ReadonlyMap<Contestant, string> {
  mkdirSync(CACHE, { recursive: true });
  const isOurs = contestants.some(({ packages }) => Object.values(packages).includes(PACKED));
  const tarball = isOurs ? pack() : '';
  const folders = new Map<string, string>();
  return new Map(
    contestants.map((contestant) => {
      const entries = Object.entries(contestant.packages);
      const key = entries.map((entry) => entry.join('@')).join(' ');
      const folder = folders.get(key) ?? install(entries, key, tarball);
      folders.set(key, folder);
      return [contestant, folder];
    }),
  );
}

function pack(): string {
  if (!existsSync(join(ROOT, 'dist/cjs/package.json'))) {
    throw new Error('dist/cjs is not there, and would be missing in the package: npm run build');
  }
  // Scripts would build again.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', CACHE];
  const printed = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: QUIET });
  const [packed] = JSON.parse(printed) as [{ readonly filename: string }];
  const tarball = join(CACHE, 'packed.tgz');
  renameSync(join(CACHE, packed.filename), tarball);
  return tarball;
}

const QUIET: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];

function install(entries: readonly [string, string][], key: string, tarball: string): string {
  const folder = join(CACHE, key.replaceAll(/[^\w.@-]+/g, '_'));
  const isPacked = entries.some(([, version]) => version === PACKED);
  // Ours has another content each time.
  if (isPacked || !existsSync(join(folder, LOADER))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const dependencies = Object.fromEntries(
      entries.map(([name, version]) => [name, version === PACKED ? `file:${tarball}` : version]),
    );
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, type: 'module', dependencies }),
    );
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev'];
    execFileSync('npm', args, { cwd: folder, stdio: QUIET });
  }
  // Last: it says that everything is there.
  writeFileSync(join(folder, LOADER), LOADER_SOURCE);
  return folder;
}

/** What a folder has installed: bytes of each package, by name and version. */
export function packagesIn(folder: string): ReadonlyMap<string, number> {
  const lock = JSON.parse(
    readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'),
  ) as { readonly packages: Readonly<Record<string, { readonly version: string }>> };
  return new Map(
    Object.entries(lock.packages)
      .filter(([path]) => existsSync(join(folder, path)))
      .map(([path, { version }]) => [`${path}@${version}`, bytesOf(join(folder, path))]),
  );
}

/** Bytes of a package's own files, without those of packages inside it. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sum + bytesOf(path);
      return sum + (entry.isFile() ? statSync(path).size : 0);
    }, 0);
}
