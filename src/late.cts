import type * as Client from './main/client.ts';
import type * as Init from './main/init.ts';
import type * as InThread from './in-thread.ts';
import type * as Lines from './main/pino/lines.ts';
import type * as Locals from './main/locals/locals.ts';
import type * as Pino from './main/pino/with.ts';
import type * as Requests from './main/requests/frameworks.ts';
import type * as Signals from './main/signals.ts';
import type * as Uses from './main/late-uses.ts';

/**
 * What is loaded with the first use of it, since who does without need not pay for it. CommonJS on purpose: only
 * there a module can be loaded at once, and later. Bundlers find the files by the names in the calls.
 */
export const loadClient = (): typeof Client => require('./main/client.js') as typeof Client;

export const loadInit = (): typeof Init => require('./main/init.js') as typeof Init;

export const loadInThread = (): typeof InThread => require('./in-thread.js') as typeof InThread;

export const loadLines = (): typeof Lines => require('./main/pino/lines.js') as typeof Lines;

export const loadLocals = (): typeof Locals => require('./main/locals/locals.js') as typeof Locals;

export const loadPino = (): typeof Pino => require('./main/pino/with.js') as typeof Pino;

export const loadFrameworks = (): typeof Requests =>
  require('./main/requests/frameworks.js') as typeof Requests;

export const loadSignals = (): typeof Signals => require('./main/signals.js') as typeof Signals;

export const loadUses = (): typeof Uses => require('./main/late-uses.js') as typeof Uses;
