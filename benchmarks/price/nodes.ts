/** The Nodes on which requests are measured. */
import { execFileSync } from 'node:child_process';

/** By their major versions. */
export const NODES = ['20', '24'] as const;

const found = new Map<string, string>();

/** The path of a Node of this major version: this one, or the one that npx has or installs. */
export function nodeOf(major: string): string {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const known = found.get(major) ?? throughNpx(major);
  found.set(major, known);
  return known;
}

function throughNpx(major: string): string {
  const args = ['--yes', '--package', `node@${major}`, '--call', 'node -p process.execPath'];
  return execFileSync('npx', args, { encoding: 'utf8' }).trim();
}
