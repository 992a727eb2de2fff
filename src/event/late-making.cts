import type * as Making from './making.ts';

/** CommonJS on purpose: only there a module can be loaded at once, and later. */
export const loadMaking = (): typeof Making => require('./making.js') as typeof Making;
