/** A project that `errsight init` is let loose on. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { ROOT } from '../helpers/app.ts';
import { runProgram, type Ended } from '../helpers/child.ts';
import type { ProjectCase } from './projects.ts';

const CLI = join(ROOT, 'dist/esm/src/cli/main.js');

export type Files = Readonly<Record<string, string>>;

/** Writes a project into a folder of its own, which ends with the test. */
export function write(
  sub: Pick<Test, 'teardown'>,
  files: Files,
  { under = '.', packages = {} }: Pick<ProjectCase, 'under' | 'packages'> = {},
): string {
  const temporary = mkdtempSync(join(tmpdir(), 'errsight-init-test-'));
  sub.teardown(() => rmSync(temporary, { recursive: true }));
  const folder = join(temporary, under);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  for (const [name, real] of Object.entries({ ...packages, errsight: '.' })) {
    const place = join(temporary, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(real === '.' ? ROOT : join(ROOT, 'node_modules', real), place, 'junction');
  }
  return folder;
}

export function init(
  folder: string,
  args: readonly string[] = [],
  env: Files = {},
): Promise<Ended> {
  return runProgram(process.execPath, [CLI, 'init', ...args], {
    cwd: folder,
    env,
  });
}

/** All files of a project, by their names. */
export function read(folder: string): Files {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes('node_modules'));
  return Object.fromEntries(
    names.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );
}
