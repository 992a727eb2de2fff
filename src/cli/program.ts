import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals that are passed on to the program. It decides what happens. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * A terminal sends these to all programs in the foreground. `timeout` or a supervisor often sends
 * them to a whole group.
 */
const OF_GROUP: ReadonlySet<string> = new Set(['SIGINT', 'SIGQUIT']);

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
  const isOnTerminal = [process.stdin, process.stdout, process.stderr].some((each) => each.isTTY);
  // On a terminal the program gets the signals of the keyboard itself. Elsewhere it has a group of
  // its own, which gets a signal once, whether that came to us or to our group. npm and shells
  // would not pass it on.
  const isOwnGroup = !isOnTerminal && process.platform !== 'win32';
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['inherit', aside ? 2 : 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      detached: isOwnGroup,
      // There npm and similar programs are shell scripts.
      shell: process.platform === 'win32',
    });
    const pass = (signal: NodeJS.Signals): void => {
      if (!OF_GROUP.has(signal)) child.kill(signal);
      else if (isOwnGroup && child.pid !== undefined) signalGroup(child.pid, signal);
      else if (!isOnTerminal) child.kill(signal);
    };
    const end = (status: number): void => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve(status);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      const why = isMissing ? 'there is no such program' : (error.code ?? error.message);
      const hint = /[\s;&|<>$]/.test(command)
        ? `; a line of a shell is: -- sh -c '${command}'`
        : '';
      process.stderr.write(`errsight: ${command} could not be started: ${why}${hint}\n`);
      end(isMissing ? NOT_FOUND : NOT_RUNNABLE);
    });
    child.once('exit', (code, signal) => {
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    // The group has just ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
