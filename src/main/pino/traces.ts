/**
 * What pino's transports leave on the thread that makes them, in pino 7 to 10: listeners for the end
 * of the process. Told by what they call, since names do not survive a bundler.
 */

/** Whether one of them has a worker that has not read its first line yet. */
export function pinoStarts(): boolean {
  return exitListeners().some(
    (text) => text.includes('.closed') && text.includes('.flushSync(') && text.includes('.end('),
  );
}

/**
 * Whether one of them may have a worker that has started, with or without ErrSight in it. They share
 * one listener, of on-exit-leak-free, which pino's destinations without a worker use too.
 */
export function pinoWasThere(): boolean {
  return exitListeners().some((text) => LEAK_FREE.test(text));
}

const LEAK_FREE = /^function\s*[\w$]*\s*\(\)\s*\{\s*[\w$]+\(['"`]exit['"`]\);?\s*\}$/;

function exitListeners(): string[] {
  return process.listeners('exit').map((listener) => Function.prototype.toString.call(listener));
}
