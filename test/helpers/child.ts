import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What takes 10 s has taken a minute beside other tests on a slow machine. */
export const PATIENCE = 240_000;

export interface ProgramOptions {
  readonly cwd?: string;
  /** All the program knows besides PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * ms after which a program that does not end is killed, and its test fails. Default `PATIENCE`. It
   * only ends what hangs.
   */
  readonly patience?: number;
  /** Is told the program's process id. */
  readonly onStart?: (pid: number) => void;
}

/** Has the ledgers of a program look whether their books add up, as those of the tests do. */
export const CHECKED: Readonly<Record<string, string>> = { ERRSIGHT_CHECK_LEDGER: '1' };

/** Runs a program without anything of tap's, and waits for its end. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const env = {
    // The Node that runs the tests comes first: npm and bin files look for it by its name.
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    ...CHECKED,
    ...options.env,
  };
  // `env -i`, since tap adds its own hooks to whatever environment `spawn` is given.
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const child = spawn('/usr/bin/env', ['-i', ...pairs, command, ...args], {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.patience ?? PATIENCE,
    killSignal: 'SIGKILL',
  });
  // `env` becomes the program.
  if (child.pid !== undefined) options.onStart?.(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

export interface FixtureOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own options. */
  readonly execArgv?: readonly string[];
  readonly patience?: number;
  readonly onStart?: (pid: number) => void;
}

/** Where one of `test/fixtures` lies. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url));
}

/**
 * Variables of a program whose clock goes ten times slower: a limit that no option changes is as long as a busy
 * machine needs.
 */
export const SLOW_CLOCK: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import ${pathToFileURL(fixturePath('slow-clock')).href}`,
};

/**
 * Runs one of `test/fixtures` as a process of its own. The program knows no ErrSight but the one
 * that `env` names.
 */
export function runFixture(name: string, options: FixtureOptions = {}): Promise<Ended> {
  const { execArgv = [], args = [], ...rest } = options;
  return runProgram(process.execPath, [...execArgv, fixturePath(name), ...args], rest);
}
