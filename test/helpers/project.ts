import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** A folder with a project in it, and the paths that were opened since. */
export interface Project {
  readonly folder: string;
  readonly root: string;
  readonly opened: string[];
}

/** Writes the files of a project; the folder goes with the test. */
export function createProject(
  test: Pick<Test, 'teardown'>,
  files: Readonly<Record<string, string | Buffer>>,
): Project {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'errsight-project-')));
  const root = join(folder, 'project');
  fs.mkdirSync(root);
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(join(root, name, '..'), { recursive: true });
    fs.writeFileSync(join(root, name), content);
  }
  const opened: string[] = [];
  const { openSync } = fs;
  fs.openSync = (path, ...rest) => {
    opened.push(String(path));
    return openSync(path, ...rest);
  };
  syncBuiltinESMExports();
  test.teardown(() => {
    fs.openSync = openSync;
    syncBuiltinESMExports();
    fs.rmSync(folder, { recursive: true });
  });
  return { folder, root, opened };
}
