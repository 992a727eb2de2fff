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
  const data = isObject(workerData) ? read(workerData, 'workerData') : undefined;
  return isObject(data) && read(data, 'pinoWillSendConfig') === true;
}

/** Whether pino writes to several streams in this thread. Then it waits for none of them. */
export function isAmongTargets(): boolean {
  const data = isObject(workerData) ? read(workerData, 'workerData') : undefined;
  return isObject(data) && isArray(read(data, 'targets'));
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

type Listener = (message: unknown) => void;

/** The part of a MessagePort that is needed to hear its messages. */
export interface SharedPort {
  addEventListener: (type: string, ...rest: never[]) => unknown;
  on(type: 'message', listener: Listener): unknown;
  off(type: 'message', listener: Listener): unknown;
  listenerCount(type: 'message'): number;
}

/**
 * Receives pino's message about its levels and keys, which the main thread posts when the logger is
 * made.
 *
 * All targets share one port. It keeps messages until somebody listens, and then gives them to
 * those who listen at that time. If a target listens early it takes the only message from later
 * ones, and pino-abstract-transport's `expectPinoConfig` waits for ever. So we begin to listen when
 * somebody else does: pino itself, or a target that needs the message.
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
  // Node's `on`, `once` and `onmessage` all call this.
  const { addEventListener } = shared;
  Object.defineProperty(shared, 'addEventListener', {
    configurable: true,
    writable: true,
    value(this: unknown, type: string, ...rest: never[]) {
      if (type === 'message') {
        // The inherited method is visible again.
        Reflect.deleteProperty(shared, 'addEventListener');
        shared.on('message', listen);
      }
      return Reflect.apply(addEventListener, this, [type, ...rest]);
    },
  });
}

/** Lets those who listen hear the messages that wait at the port, now and not in the next turn. */
export function hearNow(port: MessagePort | null = parentPort): void {
  // The port keeps its messages for those who will listen.
  if (port === null || port.listenerCount('message') === 0) return;
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    port.emit('message', next.message);
  }
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
