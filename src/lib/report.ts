import { writeSync } from 'node:fs';
import { systemClock } from './clock.ts';

/** What errsight says on stderr: its only voice in an application. */
export interface Reporter {
  /**
   * Something the operator should know. At most one line a minute of each kind; the others are
   * counted. Messages are of a kind that begin alike: up to a colon, a bracket or a semicolon, with any
   * number for a number.
   */
  warn(message: string): void;
  /** What is said at the end, when there is no next line to count it. Always printed. */
  last(message: string): void;
  /** Details, only with `debug`. */
  debug(message: string): void;
}

/** ms between two warnings of a kind. */
const QUIET = 60_000;

/** Kinds that are told apart; if there are more, the further ones share one. */
const KINDS = 64;

/** Characters of one line: a text of somebody else's must not flood the operator. */
const LINE = 1_000;

/** What was said so far of a kind, and what was not. */
interface Said {
  /** ms, by `now`. */
  last: number;
  unsaid: number;
}

/** By kind. */
export type History = Map<string, Said>;

/** Of this thread: several pipelines do not say more than one. */
export const shared: History = new Map();

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
      const said = saidOf(history, message);
      if (!debug && now() - said.last < QUIET) {
        said.unsaid += 1;
        return;
      }
      const { unsaid } = said;
      said.last = now();
      said.unsaid = 0;
      const more =
        unsaid > 0 ? ` (and ${unsaid} more since the last line; \`debug\` shows all)` : '';
      print(message, more);
    },
    last: (message) => print(message),
    debug(message) {
      if (debug) print(message);
    },
  };
}

function saidOf(history: History, message: string): Said {
  const own = (/^[^:;(`]*/.exec(message)?.[0] ?? '').replaceAll(/\d+/g, 'N').slice(0, 200);
  const kind = history.has(own) || history.size < KINDS ? own : '';
  let said = history.get(kind);
  if (said === undefined) history.set(kind, (said = { last: -Infinity, unsaid: 0 }));
  return said;
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
