import { VERSION } from './lib/version.ts';

/** With the version, since another release may have other options. */
const KEY = Symbol.for(`errsight.stream ${VERSION}`);

/**
 * The options of the last stream of pino's on this thread. By them `wrapHandler` reports what no line tells of
 * in a process whose only logger is that one.
 */
export function streamOptions(): object | undefined {
  return (globalThis as { [KEY]?: object })[KEY];
}

export function keepStreamOptions(options: object): void {
  (globalThis as { [KEY]?: object })[KEY] = options;
}
