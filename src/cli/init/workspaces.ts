/** The packages that the root of a monorepo names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../lib/safe-read.ts';

/** How many levels of folders are searched for `**`. */
const MAX_DEPTH = 3;

/**
 * Folders with a package.json, relative to the root.
 *
 * @param workspaces the field of package.json, as npm, yarn and bun use it
 */
export function packagesOf(folder: string, workspaces: unknown): string[] {
  const patterns = [...ofManifest(workspaces), ...ofPnpm(folder)];
  const unwanted = new Set(
    patterns.flatMap((each) => (each.startsWith('!') ? expand(folder, each.slice(1)) : [])),
  );
  const found = patterns.flatMap((each) => (each.startsWith('!') ? [] : expand(folder, each)));
  return [...new Set(found)]
    .filter((each) => !unwanted.has(each) && existsSync(join(folder, each, 'package.json')))
    .toSorted();
}

function ofManifest(workspaces: unknown): string[] {
  const list: unknown =
    isObject(workspaces) && 'packages' in workspaces ? workspaces.packages : workspaces;
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : [];
}

/** The list below `packages:`. */
function ofPnpm(folder: string): string[] {
  const path = join(folder, 'pnpm-workspace.yaml');
  if (!existsSync(path)) return [];
  const list = /^packages:[^\n]*\n((?:[ \t]*(?:-[^\n]*|#[^\n]*)?(?:\n|$))*)/m.exec(
    readFileSync(path, 'utf8').replaceAll('\r\n', '\n'),
  )?.[1];
  return [
    ...(list ?? '').matchAll(/^[ \t]*-[ \t]*['"]?([^'"#\n]+?)['"]?[ \t]*(?:#[^\n]*)?$/gm),
  ].map(([, pattern = '']) => pattern);
}

/** The folders that match a pattern such as `packages/*`. */
function expand(folder: string, pattern: string): string[] {
  const parts = pattern.replace(/^\.\//, '').split('/').filter(Boolean);
  let found = [''];
  for (const part of parts) {
    found = found.flatMap((at) => {
      if (part === '**') return below(folder, at, MAX_DEPTH);
      if (!part.includes('*')) return [at === '' ? part : `${at}/${part}`];
      const form = new RegExp(
        `^${part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*')}$`,
      );
      return foldersIn(folder, at).filter((each) => form.test(each.split('/').at(-1) ?? ''));
    });
  }
  return found.filter((each) => each !== '');
}

function below(folder: string, at: string, depth: number): string[] {
  const inner = depth === 0 ? [] : foldersIn(folder, at);
  return [at, ...inner.flatMap((each) => below(folder, each, depth - 1))];
}

function foldersIn(folder: string, at: string): string[] {
  const path = join(folder, at);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter(
      (each) => each.isDirectory() && each.name !== 'node_modules' && !each.name.startsWith('.'),
    )
    .map(({ name }) => (at === '' ? name : `${at}/${name}`));
}
