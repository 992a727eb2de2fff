import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { runProgram, type Ended } from '../helpers/child.ts';

/** This repository; the tests run from dist/esm/test/package. */
export const ROOT: string = fileURLToPath(new URL('../../../../', import.meta.url));

const FIXTURES = join(ROOT, 'test/package/consumers');

type Environment = Readonly<Record<string, string>>;

/** A project that has installed errsight. */
export interface Consumer {
  readonly folder: string;
  /** Runs a program in the project and waits for its end. It inherits nothing but PATH. */
  run(command: string, args: readonly string[], env?: Environment): Promise<Ended>;
  /** The same for Node. */
  node(args: readonly string[], env?: Environment): Promise<Ended>;
}

/**
 * Packs this package as `npm publish` would and installs the tarball with npm into an empty project.
 * There is no network to fetch anything else from: a dependency would fail it. The project ends with
 * the test.
 */
export async function installPacked(t: Pick<Test, 'setTimeout' | 'teardown'>): Promise<Consumer> {
  // npm, Jest and the compiler take their time on a busy machine.
  t.setTimeout(600_000);
  const project = emptyProject(t);
  try {
    // Scripts would build, and other tests are reading what is built.
    await succeed(project, 'npm', ['pack', ROOT, '--ignore-scripts']);
    const tarball = readdirSync(project.folder).find((name) => name.endsWith('.tgz'));
    writeFileSync(join(project.folder, 'package.json'), '{ "private": true }');
    await succeed(project, 'npm', ['install', `./${tarball}`]);
  } catch (error) {
    // The test file ends here, and tap tears nothing down.
    rmSync(project.folder, { recursive: true });
    throw error;
  }
  return project;
}

/** npm asks no registry, for nothing. With the project as HOME it reads no configuration either. */
const OFFLINE: Environment = {
  npm_config_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
};

/**
 * Makes a project of one of `consumers/`, with errsight from the project that has it installed and
 * other packages from this repository. The project ends with the test.
 */
export function makeConsumer(
  t: Pick<Test, 'teardown'>,
  installed: Consumer,
  fixture: string,
  packages: readonly string[] = [],
): Consumer {
  const project = emptyProject(t);
  cpSync(join(FIXTURES, fixture), project.folder, { recursive: true });
  const modules = join(project.folder, 'node_modules');
  cpSync(join(installed.folder, 'node_modules'), modules, {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const name of packages) {
    const link = join(modules, name);
    mkdirSync(dirname(link), { recursive: true });
    // Their own dependencies are found from where they really lie.
    symlinkSync(join(ROOT, 'node_modules', name), link, 'junction');
  }
  return project;
}

function emptyProject(t: Pick<Test, 'teardown'>): Consumer {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-consumer-')));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    run: (command, args, env) => run(folder, command, args, env),
    node: (args, env) => run(folder, process.execPath, args, env),
  };
}

function run(
  cwd: string,
  command: string,
  args: readonly string[],
  env: Environment = {},
): Promise<Ended> {
  return runProgram(command, args, {
    cwd,
    // What npm and Jest leave in either folder is gone with the project.
    env: { HOME: cwd, TMPDIR: cwd, ...OFFLINE, ...env },
  });
}

async function succeed(project: Consumer, command: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await project.run(command, args);
  if (code === 0) return;
  throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
}
