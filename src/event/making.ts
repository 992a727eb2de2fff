/**
 * The code that makes events, which is half of all. It is loaded late, since a process without an
 * error does not need it.
 */
export { rebuild } from './make/after-hook.ts';
export { createBuilder } from './make/builder.ts';
export { createScrubber } from './scrub/scrubber.ts';
export { describeThrown } from './error/thrown.ts';
export { isTellingKey } from './scrub/beside.ts';
export { Walk } from './scrub/plain-copy.ts';
