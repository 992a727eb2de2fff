import { join } from 'node:path';

/** The program of the thread with the debugger, as a text; see `exit/code.cts`. */
export function threadCode(): string {
  return `require(${JSON.stringify(join(__dirname, 'worker.js'))});`;
}
