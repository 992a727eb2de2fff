import { writeSync } from 'node:fs';
import { systemClock } from './clock.ts';
import { remembering } from './remember.ts';

/** Prints lines on stderr. errsight prints nowhere else in an application. */
export interface Reporter {
  /**
   * Something the operator should know. At most one line of each kind is printed a minute, and the
   * others are counted. Messages are of one kind if they begin alike: up to a colon, a semicolon, a
   * bracket or a backtick, whatever numbers they contain. Returns whether it was printed.
   */
  warn(message: string): boolean;
  /** A line at the end, when no later line could count it. It is always printed. */
  last(message: string): void;
  /** Details, which are printed only with `debug`. */
  debug(message: string): void;
}

/** ms between two warnings of one kind. */
const QUIET = 60_000;

/** How many kinds are told apart. All further kinds count as one. */
const KINDS = 64;

/** The most characters of a line. A text of somebody else must not flood stderr. */
const LINE = 1_000;

/** What was printed of a kind, and what was not. */
interface Said {
  /** When a line was last printed, in ms of `now`. */
  last: number;
  unsaid: number;
}

/** What was printed, by kind. */
export type History = Map<string, Said>;

/** The history of this thread, so that several pipelines print no more than one. */
export const shared: History = new Map();

export interface ReporterOptions {
  /** Whether to print everything. */
  readonly debug: boolean;
  /** The key, which is never printed, wherever it occurs. */
  readonly apiKey: string | undefined;
  /** The clock, in milliseconds. */
  readonly now?: () => number;
  /** Default: that of this thread. */
  readonly history?: History;
}

export function createReporter(options: ReporterOptions): Reporter {
  const { debug, apiKey, now = () => systemClock.now(), history = shared } = options;
  const print = (message: string, more = ''): void => {
    // Before the text is cut, which could leave a part of the key.
    const safe = apiKey === undefined ? message : message.replaceAll(apiKey, '[API key]');
    write(`${oneLine(safe, LINE - more.length)}${more}`);
  };
  return {
    warn(message) {
      const said = saidOf(history, message);
      if (!debug && now() - said.last < QUIET) {
        said.unsaid += 1;
        return false;
      }
      const { unsaid } = said;
      said.last = now();
      said.unsaid = 0;
      const more =
        unsaid > 0 ? ` (and ${unsaid} more since the last line; \`debug\` shows all)` : '';
      print(message, more);
      return true;
    },
    last: (message) => print(message),
    debug(message) {
      if (debug) print(message);
    },
  };
}

/** A full queue says the same of each event that it loses. */
const kindOf = remembering(
  (message) => (/^[^:;(`]*/.exec(message)?.[0] ?? '').replaceAll(/\d+/g, 'N').slice(0, 200),
  { maxEntries: KINDS, maxLength: LINE },
);

function saidOf(history: History, message: string): Said {
  const own = kindOf(message);
  const kind = history.has(own) || history.size < KINDS ? own : '';
  let said = history.get(kind);
  if (said === undefined) history.set(kind, (said = { last: -Infinity, unsaid: 0 }));
  return said;
}

/** Removes control characters, since messages quote texts of hooks and servers. */
function oneLine(text: string, max: number): string {
  const line = text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

function write(line: string): void {
  try {
    // Not with console.error: a worker loses that while the process exits.
    writeSync(2, `errsight: ${line}\n`);
  } catch {
    // stderr is closed or full. There is nobody left to tell.
  }
}
