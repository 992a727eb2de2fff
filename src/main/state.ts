import { VERSION } from '../lib/version.ts';
import { Console } from './console/console.ts';
import { Reported } from './reported.ts';
import { Scopes } from './scopes.ts';
import { Workers } from './workers.ts';
import { loadLines, loadLocals } from '../late.cts';
import { NoteWriter } from '../notes/writer.ts';
import type { InitConfig } from '../options/config.ts';
import type { RequestConfig } from '../options/requests.ts';
import type { Client } from './client.ts';
import type { Locals } from './locals/locals.ts';
import type { PinoLines } from './pino/lines.ts';
import type { CrumbMaker } from './steps.ts';
import type { Stats } from '../stats.ts';
import type { Watches } from './watch/watches.ts';

/** A client that is made when it is needed. */
export interface Standby {
  /** See `projectOf`. */
  readonly project: string;
  readonly request: RequestConfig;
  readonly client: () => Client | undefined;
}

/** What exists once per process, however often this package was loaded. */
export interface ProcessState {
  readonly scopes: Scopes;
  /** `watchesOf` makes them: what they call needs this state. */
  watches: Watches | undefined;
  readonly workers: Workers;
  readonly console: Console;
  /** `localsOf` makes them. */
  locals: Locals | undefined;
  /** For the workers that this thread starts from now on. */
  readonly notes: NoteWriter;
  /** What is known of pino's lines; `linesOf` makes it. */
  lines: PinoLines | undefined;
  /** What was reported, and is not to be reported again. */
  readonly reported: Reported;
  /** The one that `init` started. */
  client: Client | undefined;
  /** The stats of one that `close` has ended. */
  ended: (() => Stats) | undefined;
  /** What `init` was called with last. */
  config: InitConfig | undefined;
  /** Whether `init` has had its say; it may have been that there is no client. */
  isDecided: boolean;
  /** All that have not ended: those of loggers, and replaced ones that still deliver, too. */
  readonly clients: Set<Client>;
  /** They bring what still waits in loggers, before it is looked at what there is to send. */
  readonly gatherers: Set<() => void>;
  /** Who completes breadcrumbs, the process-wide client's first. */
  makers: readonly CrumbMaker[];
  /** That of `withErrsight`, with an API key. */
  standby: Standby | undefined;
  /** Ends what the last `withErrsight` started. */
  endPinoSide: (() => void) | undefined;
}

/** With the version, since another release may keep other things there: two releases keep apart. */
const KEY = Symbol.for(`errsight.process ${VERSION}`);

/**
 * The state behind the public API. On globalThis, since an application can load this package twice:
 * as a module and as CommonJS, from two folders, or in a bundle.
 */
export function processState(): ProcessState {
  const host = globalThis as { [KEY]?: ProcessState };
  host[KEY] ??= createState();
  return host[KEY];
}

function createState(): ProcessState {
  const state: Omit<ProcessState, 'console'> = {
    scopes: new Scopes(),
    watches: undefined,
    workers: new Workers(),
    locals: undefined,
    notes: new NoteWriter(),
    lines: undefined,
    reported: new Reported(),
    client: undefined,
    ended: undefined,
    config: undefined,
    isDecided: false,
    clients: new Set(),
    gatherers: new Set(),
    makers: [],
    standby: undefined,
    endPinoSide: undefined,
  };
  return Object.assign(state, { console: new Console(state) });
}

export function linesOf(state: ProcessState): PinoLines {
  return (state.lines ??= new (loadLines().PinoLines)(state));
}

export function localsOf(state: ProcessState): Locals {
  return (state.locals ??= new (loadLocals().Locals)());
}

/**
 * Whether what all clients and loggers have taken up to now arrives within `timeout` ms, by default
 * the `shutdownTimeout` of each. Never rejects.
 */
export async function flushAll(timeout?: number): Promise<boolean> {
  const { clients, workers } = processState();
  // Each client flushes the workers too.
  if (clients.size === 0) return workers.flush(timeout);
  const arrived = await Promise.all([...clients].map((client) => client.flush(timeout)));
  return arrived.every(Boolean);
}
