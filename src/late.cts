import type * as Client from './main/client.ts';
import type * as InThread from './in-thread.ts';

/**
 * What is loaded with the first use of it: the client, which is half of the code, since who has no API key need
 * not pay for it, and pino's side of a bundle. CommonJS on purpose: only there a module can be loaded at once,
 * and later. Bundlers find both by the names in the calls.
 */
export const loadClient = (): typeof Client => require('./main/client.js') as typeof Client;

export const loadInThread = (): typeof InThread => require('./in-thread.js') as typeof InThread;
