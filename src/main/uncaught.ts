import { isObject } from '../lib/safe-read.ts';
import { listen, listenFirst } from '../exit/listeners.ts';
import type { Level } from '../event/level.ts';

type Uncaught = (
  error: unknown,
  origin: NodeJS.UncaughtExceptionOrigin,
  level: Extract<Level, 'fatal' | 'error'>,
) => void;

/**
 * Calls back for what nobody catches. Changes nothing about whether and how the process ends.
 * Returns what ends the watch.
 *
 *   a throw, or a rejection that    uncaughtExceptionMonitor  `fatal`
 *   Node turns into one
 *   a rejection that a listener of  unhandledRejection        `error`, since the process goes on;
 *   the application's takes                                   the monitor sees nothing of it
 */
export function watchUncaught(callback: Uncaught): () => void {
  /** The rejections that were told of: a listener that throws one shows it to the monitor as well. */
  const told = new WeakSet<object>();
  /** The same for what is no object, until the listeners are through. */
  let toldPrimitive: { readonly value: unknown } | undefined;
  /** `--unhandled-rejections=strict` shows each rejection to the monitor, then to the listeners. */
  let strict = false;

  function onMonitor(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
    const known = isObject(error)
      ? told.has(error)
      : toldPrimitive !== undefined && Object.is(toldPrimitive.value, error);
    if (known) return;
    if (origin === 'unhandledRejection') {
      strict = true;
      process.nextTick(() => (strict = false));
    }
    callback(error, origin, 'fatal');
  }

  function onRejection(reason: unknown): void {
    if (strict) {
      strict = false;
      return;
    }
    if (isObject(reason)) {
      if (told.has(reason)) return;
      told.add(reason);
    } else {
      toldPrimitive = { value: reason };
      process.nextTick(() => (toldPrimitive = undefined));
    }
    callback(reason, 'unhandledRejection', 'error');
  }

  const stops = [
    listen('uncaughtExceptionMonitor', onMonitor),
    // Alone it would keep a process alive that Node ends. Behind a listener that exits or throws it
    // would hear nothing.
    listenFirst('unhandledRejection', onRejection, { inCompany: true }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
