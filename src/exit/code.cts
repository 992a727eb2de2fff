import { join } from 'node:path';

/**
 * The program of the thread that sends at the end of a process, as a text: a file could not be
 * found if the application is bundled. The build replaces this module by the whole of `worker.ts`.
 * The tests use this one, since they run what TypeScript has compiled.
 */
export function code(): string {
  return `require(${JSON.stringify(join(__dirname, 'worker.js'))});`;
}
