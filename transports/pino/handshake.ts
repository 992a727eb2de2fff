/** What pino and its worker say to each other. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isObject, read } from '../../src/lib/safe-read.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { PinoShape } from './records.ts';

/** Whether pino started this thread: since version 8 it says so, all have the memory of thread-stream. */
export function inPinoWorker(): boolean {
  if (isMainThread || !isObject(workerData)) return false;
  const memory = [read(workerData, 'stateBuf'), read(workerData, 'dataBuf')];
  return (
    isObject(read(workerData, 'workerData')) &&
    memory.every((each) => each instanceof SharedArrayBuffer)
  );
}

/** Whether pino will say how it writes its lines: not before version 8. */
export function willSayHow(): boolean {
  const data = isObject(workerData) ? read(workerData, 'workerData') : undefined;
  return isObject(data) && read(data, 'pinoWillSendConfig') === true;
}

/** Where thread-stream, in all its versions, says how far it has written into the shared memory. */
const WRITTEN = 4;

/** ms after which memory that pino has emptied counts as empty, and not as about to be filled. */
const REFILL = 1_000;

/**
 * Tells whether pino's thread has lines for this one that the memory between them (4 MiB) had no room
 * for. That is so as long as it is full, and also when it begins again at 0: then that thread is just
 * copying what comes next. `hasRead` says whether anything has come yet.
 */
export function watchBacklog(hasRead: () => boolean): () => boolean {
  const state = inPinoWorker() ? read(workerData, 'stateBuf') : undefined;
  const data = inPinoWorker() ? read(workerData, 'dataBuf') : undefined;
  if (!(state instanceof SharedArrayBuffer) || !(data instanceof SharedArrayBuffer)) {
    return () => false;
  }
  const numbers = new Int32Array(state);
  let emptySince: number | undefined;
  return () => {
    const written = Atomics.load(numbers, WRITTEN);
    if (written !== 0) {
      emptySince = undefined;
      return written === data.byteLength;
    }
    emptySince ??= systemClock.now();
    return hasRead() && systemClock.now() - emptySince < REFILL;
  };
}

type Listener = (message: unknown) => void;

/** As much of a MessagePort as is needed to hear what others hear. */
export interface SharedPort {
  addEventListener: (type: string, ...rest: never[]) => unknown;
  on(type: 'message', listener: Listener): unknown;
  off(type: 'message', listener: Listener): unknown;
  listenerCount(type: 'message'): number;
}

/**
 * Hears pino's message about its levels and keys, which the main thread posts when it makes the
 * logger.
 *
 * All targets share one port. It keeps its messages until the first listener comes, and then gives
 * them to whoever listens by then. A target that listens early takes pino's one message from those
 * that come later, and pino-abstract-transport's `expectPinoConfig` waits for it for ever. So this
 * one begins to listen when the first other one does: pino itself, or a target that needs the message.
 */
export function overhear(
  receive: (shape: Partial<PinoShape>) => void,
  port: SharedPort | null = parentPort,
): void {
  if (port === null) return;
  const shared = port;

  function listen(message: unknown): void {
    if (!isObject(message) || read(message, 'code') !== 'PINO_CONFIG') return;
    shared.off('message', listen);
    receive(shapeOf(message));
  }

  if (shared.listenerCount('message') > 0) {
    shared.on('message', listen);
    return;
  }
  // Node's `on`, `once` and `onmessage` all end up here.
  const { addEventListener } = shared;
  Object.defineProperty(shared, 'addEventListener', {
    configurable: true,
    writable: true,
    value(this: unknown, type: string, ...rest: never[]) {
      if (type === 'message') {
        // What the port inherits comes to light again.
        Reflect.deleteProperty(shared, 'addEventListener');
        shared.on('message', listen);
      }
      return Reflect.apply(addEventListener, this, [type, ...rest]);
    },
  });
}

/** What pino's message says; what it does not say stays as it was. */
export function shapeOf(message: unknown): Partial<PinoShape> {
  const config = isObject(message) ? read(message, 'config') : undefined;
  if (!isObject(config)) return {};
  const messageKey = read(config, 'messageKey');
  const errorKey = read(config, 'errorKey');
  const levels = read(config, 'levels');
  const labels = isObject(levels) ? read(levels, 'labels') : undefined;
  return {
    ...(typeof messageKey === 'string' && { messageKey }),
    ...(typeof errorKey === 'string' && { errorKey }),
    ...(isObject(labels) && { levelNames: labels as Record<string, string> }),
  };
}

/** The same from `customLevels` (numbers by name), which pino gives to a single target. */
export function shapeOfLevels(customLevels: unknown): Partial<PinoShape> {
  if (!isObject(customLevels)) return {};
  const names = Object.entries(customLevels).map(([name, value]) => [String(value), name] as const);
  return { levelNames: Object.fromEntries(names) };
}
