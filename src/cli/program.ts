import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Passed on to the program, which says what becomes of it. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** A terminal sends these to all programs in front of it, so that the program has them already. */
const OF_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** What shells say of a program that is not there, and of one that can't be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/**
 * Runs a program with what we have for stdin, stdout and stderr, and more variables. Passes signals on.
 * Resolves with its status as a shell has it: 128 and its number for a signal.
 *
 * @param aside its stdout goes to stderr, since something else is read from stdout
 */
export function runProgram(
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  aside: boolean,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['inherit', aside ? 2 : 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      // There npm and its like are scripts of a shell.
      shell: process.platform === 'win32',
    });
    const isOnTerminal = [process.stdin, process.stdout, process.stderr].some((each) => each.isTTY);
    const pass = (signal: NodeJS.Signals): void => {
      if (!isOnTerminal || !OF_TERMINAL.has(signal)) child.kill(signal);
    };
    const end = (status: number): void => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve(status);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      const why = isMissing ? 'there is no such program' : (error.code ?? error.message);
      process.stderr.write(`errsight: ${command} could not be started: ${why}\n`);
      end(isMissing ? NOT_FOUND : NOT_RUNNABLE);
    });
    child.once('exit', (code, signal) => {
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
