/** What pino and its worker say to each other. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { isObject, read } from '../../src/lib/safe-read.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { PinoShape } from './records.ts';

/** ms to wait for pino to say how it writes; it says so when the logger is made, long before. */
const PATIENCE = 1_000;

/** Whether pino started this thread. */
export function inPinoWorker(): boolean {
  if (isMainThread || !isObject(workerData)) return false;
  const data = read(workerData, 'workerData');
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

/**
 * Waits for pino's message about its levels and keys, which the main thread posts when it makes the
 * logger. The lines wait meanwhile. It may never come, where no logger is made of the transport, or
 * where another target that was quicker to listen has had it; what is known by then holds.
 */
export function handshake(receive: (shape: Partial<PinoShape>) => void): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, PATIENCE);
    parentPort?.on('message', function listen(message: unknown) {
      if (!isObject(message) || read(message, 'code') !== 'PINO_CONFIG') return;
      parentPort?.off('message', listen);
      clearTimeout(patience);
      receive(shapeOf(message));
      resolve();
    });
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
