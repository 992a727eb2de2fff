/** What pino and its worker tell each other. */
import {
  isMainThread,
  parentPort,
  receiveMessageOnPort,
  workerData,
  type MessagePort,
} from 'node:worker_threads';
import { isArray, isObject, read } from '../../src/lib/safe-read.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { PinoShape } from './records.ts';

/**
 * Whether pino has started this thread. pino tells so since version 8. In all versions there is the
 * memory of thread-stream.
 */
export function inPinoWorker(): boolean {
  if (isMainThread || !isObject(workerData)) return false;
  const memory = [read(workerData, 'stateBuf'), read(workerData, 'dataBuf')];
  return (
    isObject(read(workerData, 'workerData')) &&
    memory.every((each) => each instanceof SharedArrayBuffer)
  );
}

/** Whether pino will send its levels and keys. It does since version 8. */
export function willSayHow(): boolean {
  return told('pinoWillSendConfig') === true;
}

/** Whether pino writes to several streams in this thread. Then it waits for none of them. */
export function isAmongTargets(): boolean {
  return isArray(told('targets'));
}

/** What pino has told this thread at its start. */
function told(name: string): unknown {
  const data = isObject(workerData) ? read(workerData, 'workerData') : undefined;
  return isObject(data) ? read(data, name) : undefined;
}

/**
 * The index at which thread-stream, in all its versions, notes how far it has written the shared
 * memory.
 */
const WRITTEN = 4;

/**
 * ms after which memory that is empty counts as such. Before, pino may be about to fill it again.
 */
const REFILL = 1_000;

/**
 * Makes a function that tells whether pino's thread still has lines for which the shared memory (4
 * MiB) had no room. It has some while the memory is full. It may also have some when the memory
 * begins at 0 again, since it is then copying the next lines. `hasRead` says whether any line has
 * come yet.
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

/**
 * Receives pino's message about its levels and keys, which the main thread posts when the logger is
 * made.
 *
 * All targets share one port. It keeps messages until somebody listens, and then gives them to
 * those who listen at that time. If a target listens early it takes the only message from later
 * ones, and pino-abstract-transport's `expectPinoConfig` waits for ever. So we begin to listen when
 * somebody else does: pino itself, or a target that needs the message. In pino 8 and 9 that may be nobody.
 * Returns a function that listens in any case, and hears at once what waits at the port. It is for the
 * time of the first line, when all targets have started.
 */
export function overhear(
  receive: (shape: Partial<PinoShape>) => void,
  port: MessagePort | null = parentPort,
): () => void {
  if (port === null) return () => undefined;
  const shared = port;

  function listen(message: unknown): void {
    if (!isObject(message) || read(message, 'code') !== 'PINO_CONFIG') return;
    shared.off('message', listen);
    receive(shapeOf(message));
  }

  function hearNow(): void {
    // Node adds it once.
    shared.on('message', listen);
    for (let next = receiveMessageOnPort(shared); next; next = receiveMessageOnPort(shared)) {
      shared.emit('message', next.message);
    }
  }

  if (shared.listenerCount('message') > 0) {
    shared.on('message', listen);
    return hearNow;
  }
  // Node's `on`, `once` and `onmessage` all call this.
  const addEventListener: unknown = Reflect.get(shared, 'addEventListener');
  if (typeof addEventListener !== 'function') return hearNow;
  Object.defineProperty(shared, 'addEventListener', {
    configurable: true,
    writable: true,
    value(this: unknown, type: string, ...rest: unknown[]) {
      if (type === 'message') {
        // The inherited method is visible again.
        Reflect.deleteProperty(shared, 'addEventListener');
        shared.on('message', listen);
      }
      return Reflect.apply(addEventListener, this, [type, ...rest]);
    },
  });
  return hearNow;
}

/** The levels and keys in pino's message. Those that it does not contain stay as they were. */
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

/** The levels in `customLevels` (numbers by name), which pino passes to a single target. */
export function shapeOfLevels(customLevels: unknown): Partial<PinoShape> {
  if (!isObject(customLevels)) return {};
  const names = Object.entries(customLevels).map(([name, value]) => [String(value), name] as const);
  return { levelNames: Object.fromEntries(names) };
}
