import { attempt } from '../../lib/safe-read.ts';

/**
 * What pino's transports leave on the thread that makes them, in pino 7 to 10: listeners for the
 * end of the process. They are recognised by what they call, since names do not survive a bundler.
 */

/** Whether a transport has a worker that has not read its first line yet. */
export function pinoStarts(): boolean {
  return exitListeners().some(isOfStarting);
}

/**
 * Whether a transport may have a worker that has started, with or without ErrSight in it. They
 * share one listener, of on-exit-leak-free, which pino's destinations without a worker use too.
 */
export function pinoWasThere(): boolean {
  return exitListeners().some(isOfStarted);
}

/**
 * Ends the transports as pino does on `exit`, if the process ends without that event. This thread
 * sleeps until the workers are done.
 */
export function endPino(): void {
  for (const listener of exitListeners()) {
    if (isOfStarting(listener) || isOfStarted(listener)) attempt(() => listener(process.exitCode));
  }
}

const LEAK_FREE = /^function\s*[\w$]*\s*\(\)\s*\{\s*[\w$]+\(['"`]exit['"`]\);?\s*\}$/;

type Listener = (code: unknown) => void;

function isOfStarting(listener: Listener): boolean {
  const text = textOf(listener);
  return text.includes('.closed') && text.includes('.flushSync(') && text.includes('.end(');
}

function isOfStarted(listener: Listener): boolean {
  return LEAK_FREE.test(textOf(listener));
}

function exitListeners(): Listener[] {
  return process.listeners('exit') as Listener[];
}

function textOf(listener: Listener): string {
  return Function.prototype.toString.call(listener);
}
