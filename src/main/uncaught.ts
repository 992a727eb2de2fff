import { isObject, read } from '../lib/safe-read.ts';
import { shared } from '../lib/shared-use.ts';
import { listen, listenFirst } from '../exit/listeners.ts';
import type { Level } from '../event/level.ts';

/** What nobody has caught. */
export interface Uncaught {
  /** What was thrown, or the reason of the rejection. */
  readonly value: unknown;
  readonly origin: NodeJS.UncaughtExceptionOrigin;
  readonly level: Extract<Level, 'fatal' | 'error'>;
  /** The error that Node makes of a reason that is none. */
  readonly wrapper: object | undefined;
  /** Whether it was told of just now, and a listener has thrown it. */
  readonly isAgain: boolean;
}

/**
 * Calls back for what nobody catches. Changes nothing about whether and how the process ends.
 * Returns what ends the watch.
 *
 *   a throw, or a rejection that    uncaughtExceptionMonitor  `fatal`; `error` where a domain takes it,
 *   Node turns into one                                       or who called
 *                                                             setUncaughtExceptionCaptureCallback
 *   a rejection that a listener of  unhandledRejection        `error`, since the process goes on;
 *   the application's takes                                   the monitor sees nothing of it, unless
 *                                                             the listener throws it
 */
export function watchUncaught(callback: (uncaught: Uncaught) => void): () => void {
  /** What is no object and was told of, until the listeners are through. */
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
    seeRejections(),
    listen('uncaughtExceptionMonitor', onMonitor),
    // Alone it would keep a process alive that Node ends. Behind a listener that exits or throws it
    // would hear nothing.
    listenFirst('unhandledRejection', onRejection, { inCompany: true }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The reason of the last rejection, until what Node does with it is done. */
let rejected: { readonly reason: unknown } | undefined;

/**
 * Remembers the reasons of rejections. Of one that is no Error the monitor is shown an error of Node's
 * that says "#<Object>", and a listener would keep the process alive. But Node emits the event also
 * where there is none.
 */
const seeRejections = shared(() => {
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const inherited = (): unknown =>
    own === undefined ? Reflect.get(Object.getPrototypeOf(process) as object, 'emit') : own.value;
  let isActive = true;

  // By its name it is left out of stacks, and that of a property stays where code is minified.
  const wrapper: { readonly errsightEmit: (this: unknown, ...args: unknown[]) => unknown } = {
    errsightEmit: function (...args) {
      if (isActive && args[0] === 'unhandledRejection') {
        const now = { reason: args[1] };
        rejected = now;
        process.nextTick(() => {
          if (rejected === now) rejected = undefined;
        });
      }
      return Reflect.apply(inherited() as () => unknown, this, args);
    },
  };

  Object.defineProperty(process, 'emit', {
    value: wrapper.errsightEmit,
    writable: true,
    configurable: true,
  });
  return () => {
    isActive = false;
    // Somebody who came later may have put another one before it, which calls it.
    if (Object.getOwnPropertyDescriptor(process, 'emit')?.value !== wrapper.errsightEmit) return;
    if (own === undefined) delete (process as Partial<NodeJS.Process>).emit;
    else Object.defineProperty(process, 'emit', own);
  };
});
