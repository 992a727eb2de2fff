/**
 * Numbers that several threads see: this thread's own, and those of all threads that start after they were
 * made. They go to them in Node's environment data, since a thread that is starting hears no message. The
 * name has a version in it: another release may lay its numbers out in another way.
 */
export function sharedNumbers(name: string, count: number): SharedNumbers {
  const threads = process.getBuiltinModule('node:worker_threads');
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
  /** Whether nobody had made them before. */
  readonly isNew: boolean;
}
