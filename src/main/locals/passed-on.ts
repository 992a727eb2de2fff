import type { Debugger } from 'node:inspector';

/** Files of Node whose native code throws errors of its own, as `ENOENT`, and passes none on. */
const FILES = /^node:(?:internal\/)?fs(?:$|\/)/;
/** The first version of V8 without the fault. */
const MENDED = 13;

/**
 * Whether native code may be passing an error on in this file, as `vm.runInContext` does. If anything runs
 * in the application's thread while it is paused for that, V8 before version 13 (Node 22) forgets
 * the error: no handler is called, and Node aborts with "async hook stack has become corrupted".
 */
export function mayPassOn(file = '', v8: string = process.versions.v8): boolean {
  return Number.parseInt(v8, 10) < MENDED && file.startsWith('node:') && !FILES.test(file);
}

/** Whether the statement at this place is a `throw`, which makes the error known to V8 anew. */
export function isThrow(
  source: string,
  { lineNumber, columnNumber = 0 }: Omit<Debugger.Location, 'scriptId'>,
): boolean {
  const line = source.split('\n', lineNumber + 1)[lineNumber] ?? '';
  return line.startsWith('throw ', columnNumber);
}
