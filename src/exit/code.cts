import { join } from 'node:path';

/**
 * The program of the thread that sends at the end of a process, as a text: a file could not be found where
 * the application is bundled. The build puts the whole of `worker.ts` in the place of this module, which
 * serves what TypeScript alone has compiled.
 */
export function code(): string {
  return `require(${JSON.stringify(join(__dirname, 'worker.js'))});`;
}
