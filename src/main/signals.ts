import { VERSION } from '../lib/version.ts';
import { ends, type Ends } from '../exit/ends.ts';
import { foreignListeners, listen, listenFirst, ourListeners } from '../exit/listeners.ts';

const WINDOWS = process.platform === 'win32';

/** What ends a process, and leaves time for something before. */
const SIGNALS: readonly NodeJS.Signals[] = WINDOWS
  ? ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK']
  : ['SIGTERM', 'SIGINT', 'SIGHUP'];

interface Signals {
  users: number;
  start(): void;
  stop(): void;
}

/** With the version: another release may do it in another way. */
const KEY = Symbol.for(`errsight.signals ${VERSION}`);

/**
 * Sees that events arrive although a signal ends the process: where the application has no listener
 * for it, they are sent, for `shutdownTimeout` at most, and then the signal is raised again. So the
 * process ends as it would have done, killed by the signal. Where the application has a listener, the
 * end is its business, and what waits is merely sent early. Returns what ends the watch.
 *
 * Threads get no signals.
 */
export function watchSignals(): () => void {
  if (!process.getBuiltinModule('node:worker_threads').isMainThread) return () => undefined;
  const host = globalThis as { [KEY]?: Signals };
  const signals = (host[KEY] ??= createSignals(ends()));
  signals.users += 1;
  signals.start();
  let watching = true;
  return () => {
    if (!watching) return;
    watching = false;
    signals.users -= 1;
    if (signals.users === 0) signals.stop();
  };
}

function createSignals(all: Ends): Signals {
  let stops: readonly (() => void)[] = [];
  /** The one that the process ends by as soon as the events have arrived. */
  let pending: NodeJS.Signals | undefined;
  let unwatchExit: (() => void) | undefined;

  function stop(): void {
    for (const end of stops) end();
    stops = [];
  }

  function onSignal(signal: NodeJS.Signals, number?: number): void {
    // The second one: somebody is impatient.
    if (pending !== undefined) raise(pending);
    else if (isHandled(signal)) all.hurry();
    // Without a number it is no signal, but an `emit` of the application's; Deno never says one.
    else if (number !== undefined || process.versions['deno'] !== undefined) leave(signal);
  }

  function leave(signal: NodeJS.Signals): void {
    const flushed = all.flush();
    if (flushed === undefined) {
      raise(signal);
      return;
    }
    pending = signal;
    // The application runs on meanwhile. Whatever it does, the signal was first.
    unwatchExit = listen('exit', () => raise(signal));
    void flushed.then(() => {
      if (pending !== undefined) raise(pending);
    });
  }

  function raise(signal: NodeJS.Signals): void {
    pending = undefined;
    unwatchExit?.();
    all.giveUp();
    // The listeners of `signal-exit` take the signal only if there are none but theirs; without any
    // Node leaves it to the operating system. Where that ignores it (a container's first process),
    // the process goes on, as it would have done.
    stop();
    // A copy of this package in another realm (`vm`) got the signal too: the last one raises it.
    if (ourListeners(signal) > 0) return;
    // Windows can raise no other one.
    process.kill(process.pid, WINDOWS ? 'SIGINT' : signal);
  }

  return {
    users: 0,
    start() {
      if (stops.length > 0) return;
      // First, since a listener of the application's that was added by `once` is gone after it.
      stops = SIGNALS.map((signal) => listenFirst(signal, onSignal));
    },
    stop,
  };
}

/** Whether the application has a listener for it. */
function isHandled(signal: NodeJS.Signals): boolean {
  return foreignListeners(signal) > signalExits();
}

/**
 * How many listeners each signal has from copies of `signal-exit`, which does not handle signals: it
 * has its callbacks called before the process dies of them. Its versions 3 and 4 count alike, and in
 * the same way find out that they are alone.
 */
function signalExits(): number {
  const emitters = [
    Reflect.get(process, '__signal_exit_emitter__'),
    Reflect.get(globalThis, Symbol.for('signal-exit emitter')),
  ] as readonly ({ readonly count?: unknown } | undefined)[];
  return emitters
    .map((emitter) => emitter?.count)
    .reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);
}
