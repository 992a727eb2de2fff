import { isObject, read } from '../lib/safe-read.ts';
import { listenFirst } from '../exit/listeners.ts';
import { type EmitWatch, watchEmit } from '../exit/process-emit.ts';
import type { Level } from '../event/level.ts';

/** What nobody has caught. */
export interface Uncaught {
  /** What was thrown, or the reason of the rejection. */
  readonly value: unknown;
  readonly origin: NodeJS.UncaughtExceptionOrigin;
  readonly level: Extract<Level, 'fatal' | 'error'>;
  /** The error that Node makes of a reason that is no error. */
  readonly wrapper: object | undefined;
  /** Whether it was reported just now, and a listener has thrown it again. */
  readonly isAgain: boolean;
}

/**
 * Calls back for what nobody catches. Changes nothing about whether and how the process ends.
 * Returns a function that ends the watch.
 *
 *   a throw, or a rejection that    uncaughtExceptionMonitor  `fatal`; `error` if a domain takes it,
 *   Node turns into one                                       or a callback that was set with
 *                                                             setUncaughtExceptionCaptureCallback
 *   a rejection that a listener of  unhandledRejection        `error`, since the process goes on;
 *   the application's takes                                   the monitor sees nothing of it, unless
 *                                                             the listener throws it
 */
export function watchUncaught(callback: (uncaught: Uncaught) => void): () => void {
  /** The last reported reason of a rejection, until the listeners have run. */
  let told: { readonly value: unknown } | undefined;
  /** `--unhandled-rejections=strict` shows each rejection to the monitor, then to the listeners. */
  let strict = false;

  function onMonitor(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
    if (origin === 'unhandledRejection') {
      strict = true;
      process.nextTick(() => (strict = false));
    }
    const isWrapper = isObject(error) && read(error, 'code') === 'ERR_UNHANDLED_REJECTION';
    const wrapped = isWrapper && origin === 'unhandledRejection' ? rejected : undefined;
    callback({
      value: wrapped === undefined ? error : wrapped.reason,
      origin,
      level: process.hasUncaughtExceptionCaptureCallback() ? 'error' : 'fatal',
      wrapper: wrapped === undefined ? undefined : (error as object),
      isAgain: wrapped === undefined && told !== undefined && Object.is(told.value, error),
    });
  }

  function onRejection(reason: unknown): void {
    if (strict) {
      strict = false;
      return;
    }
    const now = { value: reason };
    told = now;
    process.nextTick(() => {
      if (told === now) told = undefined;
    });
    callback({
      value: reason,
      origin: 'unhandledRejection',
      level: 'error',
      wrapper: undefined,
      isAgain: false,
    });
  }

  const stops = [
    watchEmit(rejections),
    // First, since a listener of the application may throw, which ends the process at once.
    listenFirst('uncaughtExceptionMonitor', onMonitor),
    // Only with other listeners: alone it would keep a process alive that Node ends. First, since
    // it would hear nothing after a listener that exits or throws.
    listenFirst('unhandledRejection', onRejection, { inCompany: true }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The reason of the last rejection, until Node has dealt with it. */
let rejected: { readonly reason: unknown } | undefined;

/**
 * Remembers the reasons of rejections. If the reason is no Error, the monitor gets an error of Node
 * that says "#<Object>". A listener for rejections would keep the process alive. But Node emits the
 * event also without a listener.
 */
const rejections: EmitWatch = {
  before(event, reason) {
    if (event !== 'unhandledRejection') return;
    const now = { reason };
    rejected = now;
    process.nextTick(() => {
      if (rejected === now) rejected = undefined;
    });
  },
};
