import { writeSync } from 'node:fs';

/** What errsight says on stderr: its only voice in an application. */
export interface Reporter {
  /** Something the operator should know. At most one line a minute; the others are counted. */
  warn(message: string): void;
  /** Details, only with `debug`. */
  debug(message: string): void;
}

/** ms between two warnings. */
const QUIET = 60_000;

export function createReporter(
  debug: boolean,
  now: () => number = () => performance.now(),
): Reporter {
  let last = -Infinity;
  let unsaid = 0;
  return {
    warn(message) {
      if (!debug && now() - last < QUIET) {
        unsaid += 1;
        return;
      }
      last = now();
      const more =
        unsaid > 0 ? ` (and ${unsaid} more since the last line; \`debug\` shows all)` : '';
      unsaid = 0;
      print(`${message}${more}`);
    },
    debug(message) {
      if (debug) print(message);
    },
  };
}

function print(message: string): void {
  try {
    // Not console.error: in a worker that is lost while the process exits.
    writeSync(2, `errsight: ${message}\n`);
  } catch {
    // stderr is closed or full. There is nobody left to tell.
  }
}
