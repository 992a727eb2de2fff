import type * as Spooling from './spooling.ts';

/** CommonJS on purpose: only there a module can be loaded at once, and later. */
export const loadSpool = (): typeof Spooling => require('./spooling.js') as typeof Spooling;
