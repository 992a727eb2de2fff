/** What makes events, and half of the code: it is loaded late, since a process that has no error needs none of it. */
export { rebuild } from './make/after-hook.ts';
export { createBuilder } from './make/builder.ts';
export { createScrubber } from './scrub/scrubber.ts';
export { describeThrown } from './error/thrown.ts';
export { isTellingKey } from './scrub/beside.ts';
export { Walk } from './scrub/plain-copy.ts';
