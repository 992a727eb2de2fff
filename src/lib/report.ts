import { writeSync } from 'node:fs';
import { systemClock } from './clock.ts';

/** What errsight says on stderr: its only voice in an application. */
export interface Reporter {
  /** Something the operator should know. At most one line a minute; the others are counted. */
  warn(message: string): void;
  /** Details, only with `debug`. */
  debug(message: string): void;
}

/** ms between two warnings. */
const QUIET = 60_000;

/** Characters of one line: a text of somebody else's must not flood the operator. */
const LINE = 1_000;

/** What was said so far, and what was not. */
interface History {
  /** ms, by `now`. */
  last: number;
  unsaid: number;
}

/** Of this thread: several pipelines do not say more than one. */
export const shared: History = { last: -Infinity, unsaid: 0 };

export interface ReporterOptions {
  /** Prints everything. */
  readonly debug: boolean;
  /** Never printed, wherever it turns up. */
  readonly apiKey: string | undefined;
  /** Milliseconds. */
  readonly now?: () => number;
  /** Default: the thread's. */
  readonly history?: History;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { debug, apiKey, now = () => systemClock.now(), history = shared } = options;
  const print = (message: string, more = ''): void => {
    // Before the cut, which could leave half of it.
    const safe = apiKey === undefined ? message : message.replaceAll(apiKey, '[API key]');
    write(`${oneLine(safe, LINE - more.length)}${more}`);
  };
  return {
    warn(message) {
      if (!debug && now() - history.last < QUIET) {
        history.unsaid += 1;
        return;
      }
      const { unsaid } = history;
      history.last = now();
      history.unsaid = 0;
      const more =
        unsaid > 0 ? ` (and ${unsaid} more since the last line; \`debug\` shows all)` : '';
      print(message, more);
    },
    debug(message) {
      if (debug) print(message);
    },
  };
}

/** Without control characters, since messages quote what hooks and servers wrote. */
function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

function write(line: string): void {
  try {
    // Not console.error: in a worker that is lost while the process exits.
    writeSync(2, `errsight: ${line}\n`);
  } catch {
    // stderr is closed or full. There is nobody left to tell.
  }
}
