import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own options. */
  readonly execArgv?: readonly string[];
}

/** ms after which a program that does not end is killed, and its test fails. */
const PATIENCE = 30_000;

/**
 * Runs one of `test/fixtures` as a process of its own, without tap's hooks, and waits for its end.
 * The program knows no ErrSight but the one that `env` names.
 */
export async function runFixture(
  t: Pick<Test, 'teardown'>,
  name: string,
  options: ChildOptions = {},
): Promise<Ended> {
  const path = fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
  const child = spawn(
    process.execPath,
    [...(options.execArgv ?? []), path, ...(options.args ?? [])],
    {
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
    },
  );
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
