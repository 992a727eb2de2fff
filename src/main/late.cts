import type * as Late from './client.ts';

/** Takes pino's lines on this thread; only in a bundle, where pino has no worker. */
export type OpenPino = (target: object) => (line: string) => void;
export const openPino: OpenPino | undefined = undefined;

/**
 * Loads the client, which is half of the code, with the first use of it: who has no API key need not pay for
 * it. CommonJS on purpose: only there a module can be loaded at once, and later. For bundlers, which know
 * one kind of import that waits for nothing, the build takes `transports/at-once.ts` in its place.
 */
export const loadClient = (): typeof Late => require('./client.js') as typeof Late;
