/** Reads the commit that is checked out from git's files, so that no program has to be started. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { attempt } from '../lib/safe-read.ts';

/** Folders that are looked into on the way up. */
const FOLDERS = 100;
/** Bytes of a file with one line. A path has 4,096 at most. */
const LINE = 8_192;
/** Bytes of `packed-refs` that are looked through: some 60,000 names. */
const PACKED = 4 * 1_048_576;
/** Bytes that are read at once. */
const CHUNK = 65_536;
/** Names that lead to other names. git itself gives up after 5. */
const HOPS = 5;

/** SHA-1 or SHA-256. */
const COMMIT = /^(?:[\da-f]{40}|[\da-f]{64})$/;
/** The name of a ref. It must not have dots between slashes, since it could then lead anywhere. */
const REF = /^refs\/[^\s\\:?*[~^]{1,1000}$/;

/**
 * The commit of the repository that a folder lies in, or undefined if there is none. Never throws.
 */
export function commitOf(folder: string): string | undefined {
  const gitFolder = gitFolderOf(folder);
  if (gitFolder === undefined) return undefined;
  // A worktree has its own HEAD, and shares its branches with the others.
  const common = firstLine(join(gitFolder, 'commondir'));
  const shared = common === undefined ? gitFolder : resolve(gitFolder, common);
  let said = firstLine(join(gitFolder, 'HEAD'));
  for (let hop = 0; said !== undefined && hop <= HOPS; hop += 1) {
    if (COMMIT.test(said)) return said;
    const ref = /^ref:\s*(\S+)$/.exec(said)?.[1];
    if (ref === undefined || !REF.test(ref) || ref.includes('..')) return undefined;
    said =
      firstLine(join(gitFolder, ref)) ?? firstLine(join(shared, ref)) ?? packedRef(shared, ref);
  }
  return undefined;
}

/**
 * The nearest `.git` on the way up. It is a folder, or in a worktree or a submodule a file that
 * names the folder.
 */
function gitFolderOf(start: string): string | undefined {
  const home = attempt(homedir);
  let folder = resolve(start);
  for (let count = 0; count < FOLDERS; count += 1) {
    const path = join(folder, '.git');
    const stat = attempt(() => statSync(path, { throwIfNoEntry: false }));
    if (stat?.isDirectory() === true) return path;
    if (stat?.isFile() === true) {
      const named = /^gitdir:\s*(.+)$/.exec(firstLine(path) ?? '')?.[1];
      if (named === undefined) return undefined;
      return isAbsolute(named) ? named : resolve(folder, named);
    }
    // A repository of the home folder itself is no application.
    if (dirname(folder) === folder || dirname(folder) === home) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

/** The first line of a small file. */
function firstLine(path: string): string | undefined {
  let line: string | undefined;
  readChunks(path, LINE, (text) => {
    line = /^[^\r\n]*/.exec(text.toString('utf8'))?.[0].trim();
    return false;
  });
  return line;
}

/** Looks for a ref in `packed-refs`, which has a line for each: the commit and the name. */
function packedRef(folder: string, ref: string): string | undefined {
  let found: string | undefined;
  let rest = '';
  // A chunk can end in the middle of a character.
  const end = ` ${Buffer.from(ref).toString('latin1')}`;
  readChunks(join(folder, 'packed-refs'), PACKED, (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE);
    found = lines.find((line) => line.endsWith(end))?.split(' ')[0];
    return found === undefined;
  });
  return found ?? (rest.trimEnd().endsWith(end) ? rest.split(' ')[0] : undefined);
}

/**
 * Reads a file up to `max` bytes, as long as `take` wants more. It reads files only, since a pipe
 * would not end.
 */
function readChunks(path: string, max: number, take: (chunk: Buffer) => boolean): void {
  attempt(() => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, max));
      for (let at = 0; at < max;) {
        const length = readSync(file, buffer, 0, buffer.length, at);
        at += length;
        if (length === 0 || !take(buffer.subarray(0, length))) return;
      }
    } finally {
      closeSync(file);
    }
  });
}
