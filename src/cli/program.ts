import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that are passed on to the program. It decides what happens. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * A terminal sends these to all programs in the foreground, so the program has got them already.
 */
const OF_TERMINAL: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

/** The statuses of shells for a program that does not exist, and for one that can't be run. */
const NOT_FOUND = 127;
const NOT_RUNNABLE = 126;

/**
 * Runs a program with our stdin, stdout and stderr, and with more variables. Passes signals on.
 * Resolves with its status as a shell has it. For a signal that is 128 plus its number.
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
      // There npm and similar programs are shell scripts.
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
