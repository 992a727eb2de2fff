import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, isObject, read } from '../lib/safe-read.ts';
import { commitOf } from './git-head.ts';
import type { Named } from './platforms.ts';

/** Bytes of a package.json that is read. */
const MANIFEST = 1_048_576;

/** The releases that were found, by folder, since the files are read only once, at the start. */
const known = new Map<string, Named | undefined>();

/**
 * The release if nobody has named it: the commit that is checked out, or else the name and version
 * in the folder's package.json. Never throws.
 */
export function releaseOf(folder: string, max: number): Named | undefined {
  if (!known.has(folder)) known.set(folder, found(folder, max));
  return known.get(folder);
}

function found(folder: string, max: number): Named | undefined {
  const commit = commitOf(folder);
  if (commit !== undefined) return { value: commit, by: 'the commit in `.git`' };
  const value = attempt(() => packageIn(folder));
  return value === undefined || value.length > max ? undefined : { value, by: 'package.json' };
}

function packageIn(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > MANIFEST) return undefined;
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  if (!isObject(manifest)) return undefined;
  const [name, version] = [read(manifest, 'name'), read(manifest, 'version')];
  const isSaid = typeof version === 'string' && version.trim() !== '';
  if (!isSaid) return undefined;
  return typeof name === 'string' && name.trim() !== ''
    ? `${name.trim()}@${version.trim()}`
    : version.trim();
}
