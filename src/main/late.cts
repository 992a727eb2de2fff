import type * as Late from './client.ts';

/**
 * Loads the client, which is half of the code, with the first use of it: who has no API key need not pay for
 * it. CommonJS on purpose: only there a module can be loaded at once, and later. For bundlers, which know
 * one kind of import that waits for nothing, the build takes `transports/at-once.ts` in its place.
 */
export const loadClient = (): typeof Late => require('./client.js') as typeof Late;
