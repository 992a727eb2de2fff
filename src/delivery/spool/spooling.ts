/** What keeps events on the disk. It is loaded by those who want it. */
export { spoolHome } from './home.ts';
export { createSpool } from './spool.ts';
