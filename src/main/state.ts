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
  /** `watchesOf` makes them, since what they call needs this state. */
  watches: Watches | undefined;
  readonly workers: Workers;
  readonly console: Console;
  /** `localsOf` makes them. */
  locals: Locals | undefined;
  /** Writes notes for the workers that this thread starts from now on. */
  readonly notes: NoteWriter;
  /** What is known of pino's lines; `linesOf` makes it. */
  lines: PinoLines | undefined;
  /** Knows what was reported, so that it is not reported again. */
  readonly reported: Reported;
  /** The client that `init` started. */
  client: Client | undefined;
  /** The stats after `close`. Undefined until somebody has called it. */
  ended: (() => Stats) | undefined;
  /** The config of the last call of `init`. */
  config: InitConfig | undefined;
  /** Whether `init` was called. It may have decided that there is no client. */
  isDecided: boolean;
  /**
   * All clients that have not ended, also those of loggers and replaced ones that still deliver.
   */
  readonly clients: Set<Client>;
  /** Called before a flush. They collect what still waits in loggers. */
  readonly gatherers: Set<() => void>;
  /** The makers that complete breadcrumbs. That of the process-wide client is first. */
  makers: readonly CrumbMaker[];
  /** The standby of `withErrsight`, if it has an API key. */
  standby: Standby | undefined;
  /** Ends what the last `withErrsight` started. */
  endPinoSide: (() => void) | undefined;
}

/**
 * The key has the version, since another release may keep other things there. Two releases stay
 * apart.
 */
const KEY = Symbol.for(`errsight.process ${VERSION}`);

/**
 * The state behind the public API. It is on globalThis, since an application can load this package
 * twice: as a module and as CommonJS, from two folders, or in a bundle.
 */
export function processState(): ProcessState {
  const host = globalThis as { [KEY]?: ProcessState };
  host[KEY] ??= createState();
  return host[KEY];
}

function createState(): ProcessState {
  const notes = new NoteWriter();
  const state: Omit<ProcessState, 'console'> = {
    scopes: new Scopes(),
    watches: undefined,
    workers: new Workers(notes),
    locals: undefined,
    notes,
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
 * Whether everything that clients and loggers have taken up to now arrives within `timeout` ms. The
 * default is the `shutdownTimeout` of each. Never rejects.
 */
export async function flushAll(timeout?: number): Promise<boolean> {
  const { clients, workers } = processState();
  // Each client flushes the workers too.
  if (clients.size === 0) return workers.flush(timeout);
  const arrived = await Promise.all([...clients].map((client) => client.flush(timeout)));
  return arrived.every(Boolean);
}
