import { nodeThreads } from './node-threads.ts';

/**
 * Numbers that this thread shares with all threads that start later. Those get them in Node's
 * environment data, since a starting thread hears no messages. The name has a version, since
 * another release may use the numbers differently.
 */
export function sharedNumbers(name: string, count: number): SharedNumbers {
  const threads = nodeThreads();
  const { isSharedArrayBuffer } = process.getBuiltinModule('node:util').types;
  const bytes = count * Int32Array.BYTES_PER_ELEMENT;
  const given: unknown = threads.getEnvironmentData(name);
  if (isSharedArrayBuffer(given) && given.byteLength === bytes) {
    return { numbers: new Int32Array(given), isNew: false };
  }
  const made = new SharedArrayBuffer(bytes);
  threads.setEnvironmentData(name, made);
  return { numbers: new Int32Array(made), isNew: true };
}

export interface SharedNumbers {
  readonly numbers: Int32Array;
  /** Whether they were made by this call. */
  readonly isNew: boolean;
}
