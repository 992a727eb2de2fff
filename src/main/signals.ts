import { constants } from 'node:os';
import { setImmediate } from 'node:timers';
import { VERSION } from '../lib/version.ts';
import { nodeThreads } from '../lib/node-threads.ts';
import { ends, type Ends } from '../exit/ends.ts';
import { foreignListeners, listen, listenFirst, ourListeners } from '../exit/listeners.ts';

const WINDOWS = process.platform === 'win32';

/** The signals that end a process and leave time to act before. */
const SIGNALS: readonly NodeJS.Signals[] = WINDOWS
  ? ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK']
  : ['SIGTERM', 'SIGINT', 'SIGHUP'];

interface Signals {
  users: number;
  start(): void;
  stop(): void;
}

/** The key has the version, since another release may work differently. */
const KEY = Symbol.for(`errsight.signals ${VERSION}`);

/**
 * Lets events arrive although a signal ends the process. If the application has no listener for the
 * signal, the events are sent, for `shutdownTimeout` at most, and the signal is raised again. So
 * the signal kills the process as it would have done without us. If the application has a listener,
 * that decides about the end, and waiting events are only sent early. Returns a function that ends
 * the watch.
 *
 * Threads get no signals.
 */
export function watchSignals(): () => void {
  if (!nodeThreads().isMainThread) return () => undefined;
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
  /** The signal that ends the process as soon as the events have arrived. */
  let pending: NodeJS.Signals | undefined;
  let unwatchExit: (() => void) | undefined;

  function stop(): void {
    for (const end of stops) end();
    stops = [];
  }

  function onSignal(signal: NodeJS.Signals, number?: number): void {
    // This is the second signal: somebody is impatient.
    if (pending !== undefined) raise(pending);
    else if (isHandled(signal)) all.hurry();
    // Without a number it is no signal but an `emit` of the application. Deno never gives a number.
    else if (number !== undefined || process.versions['deno'] !== undefined) leave(signal);
  }

  function leave(signal: NodeJS.Signals): void {
    const flushed = all.flush();
    if (flushed === undefined) {
      raise(signal);
      return;
    }
    pending = signal;
    // The application runs on meanwhile. Even if it exits, the signal was first.
    unwatchExit = listen('exit', () => raise(signal));
    void flushed.then(() => {
      if (pending !== undefined) raise(pending);
    });
  }

  function raise(signal: NodeJS.Signals): void {
    pending = undefined;
    unwatchExit?.();
    all.giveUp();
    // The listeners of `signal-exit` act on the signal only if there are no others. Without any
    // listener, Node leaves the signal to the operating system. If that ignores it (a container's
    // first process), the process goes on, as it would without us.
    stop();
    // A copy of this package in another realm (`vm`) got the signal too. The last copy raises it.
    if (ourListeners(signal) > 0) return;
    // Windows can raise no other signal.
    process.kill(process.pid, WINDOWS ? 'SIGINT' : signal);
  }

  return {
    users: 0,
    start() {
      if (stops.length > 0) return;
      // First, since an application's listener added by `once` is gone after it ran.
      stops = [...SIGNALS.map((signal) => listenFirst(signal, onSignal)), watchKill(raise)];
    },
    stop,
  };
}

/**
 * Without us, a signal that the program sends itself ends it within that call. We hear of the signal in the next
 * turn of the event loop. So there is one, and if the program exits before it, the signal was first.
 */
function watchKill(raise: (signal: NodeJS.Signals) => void): () => void {
  const kill = Reflect.get(process, 'kill');
  const wrapper: typeof kill = (pid, signal = 'SIGTERM') => {
    kill(pid, signal);
    const sent = SIGNALS.find((name) => name === signal || constants.signals[name] === signal);
    if (pid === process.pid && sent !== undefined && !isHandled(sent)) {
      const unwatch = listen('exit', () => raise(sent));
      // The first may run before the loop reads signals, in the same turn.
      setImmediate(() => setImmediate(unwatch));
    }
    return true;
  };
  process.kill = wrapper;
  return () => {
    // Somebody may have replaced it after us, with a function that calls ours.
    if (process.kill === wrapper) process.kill = kill;
  };
}

/** Whether the application has a listener for it. */
function isHandled(signal: NodeJS.Signals): boolean {
  return foreignListeners(signal) > signalExits();
}

/**
 * How many listeners each signal has from copies of `signal-exit`. That package does not handle
 * signals: its callbacks run before the process dies of one. Its versions 3 and 4 count alike, and
 * check in the same way whether there are other listeners.
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
