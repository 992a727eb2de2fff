import { EndTime } from '../end-time.ts';
import { VERSION } from '../lib/version.ts';
import { systemClock } from '../lib/clock.ts';
import { nodeThreads } from '../lib/node-threads.ts';
import { watchCrash } from './death.ts';
import { watchExitListeners } from './exit-listeners.ts';
import { listen, listenFirst } from './listeners.ts';

/**
 * - `exit`: Node has emitted `exit`, so other listeners run too.
 * - `death`: Node ends the process without `exit`.
 */
export type Ending = 'exit' | 'death';

/**
 * A pipeline, as the end of the process needs it. One copy of this package also calls pipelines of
 * other copies.
 */
export interface Watch {
  /** The longest time in ms for which it may delay the end. */
  readonly patience: number;
  /** Whether it is waited for only after all others have sent what they had. */
  readonly isLast?: boolean;
  /** How many events were captured so far. */
  accepted(): number;
  /** How many events still wait or are in flight. */
  waiting(): number;
  /** Sends what waits, without waiting for the answer. */
  hurry(): void;
  /** Sends nothing for a moment: the process may end because of an error. */
  hold(): void;
  /**
   * Resolves when all that waits has arrived, after `ms` milliseconds at the latest. Never rejects.
   */
  flush(ms: number): Promise<unknown>;
  /**
   * Lets another thread send what is left. Returns a function that waits for it, up to `ms`
   * milliseconds from now.
   */
  handOver(ms: number, by: Ending): () => void;
  /** Prints how many events are lost, if any are. */
  giveUp(): void;
  /** Prints how many the end has cost in all, if no line has yet. */
  tellLost?(): void;
}

/** Ends the process for all pipelines together. */
export interface Ends {
  /** Adds a pipeline. Returns a function that removes it. */
  watch(watch: Watch): () => void;
  /**
   * Resolves when all has arrived or the time is over. Undefined if there is nothing to wait for.
   */
  flush(): Promise<unknown> | undefined;
  /**
   * Sends what came after `handOver` of this pipeline, from another thread. While listeners for `exit`
   * run, that waits for the last of them, so that all they capture goes together.
   */
  late(watch: Watch, by: Ending): void;
  hurry(): void;
  giveUp(): void;
}

/** The key has the version, since another release may work differently. */
const KEY = Symbol.for(`errsight.ends ${VERSION}`);

/**
 * There is one for the process, even if this package was loaded several times. If each copy had its
 * own listeners, each would delay the end for its whole time, one after the other.
 */
export function ends(): Ends {
  const host = globalThis as { [KEY]?: Ends };
  host[KEY] ??= createEnds();
  return host[KEY];
}

function createEnds(): Ends {
  /** Each pipeline, and how many events it had accepted when `beforeExit` last waited for it. */
  const watches = new Map<Watch, number>();
  let stops: readonly (() => void)[] = [];
  /** How the process ends, once it does. */
  let ending: Ending | undefined;
  /** The pipelines with late events, while listeners for `exit` run. */
  let late: Set<Watch> | undefined;
  /** Those that may have to say what they have lost. */
  const untold = new Set<Watch>();
  /** The pipelines that got more events while it hands over: a transport function can capture some. */
  let more: Set<Watch> | undefined;

  // The ms for which the end was delayed so far. All pipelines share them: a wait for two at once
  // does not take twice as long.
  let spent = 0;
  let holds = 0;
  let began = 0;
  /** The same, with what pino's workers have taken meanwhile. Only for the main thread, which they hold up. */
  let shared: EndTime | undefined;
  let tellOver: (() => void) | undefined;

  function hold(which: readonly Watch[]): void {
    if (holds === 0) {
      began = systemClock.now();
      const isWaiting = which.some((watch) => watch.waiting() > 0);
      if (isWaiting && nodeThreads().isMainThread) {
        shared ??= new EndTime();
        tellOver = shared.hold(Math.max(...which.map(left)));
      }
    }
    holds += 1;
  }

  function release(): void {
    holds -= 1;
    if (holds > 0) return;
    spent += systemClock.now() - began;
    tellOver?.();
    tellOver = undefined;
  }

  function left({ patience }: Watch): number {
    const own = spent + (holds > 0 ? systemClock.now() - began : 0);
    return patience - Math.max(own, shared?.spent ?? 0);
  }

  function flush(which: readonly Watch[]): Promise<unknown> | undefined {
    const worth = which.filter((watch) => watch.waiting() > 0 && left(watch) > 0);
    if (worth.length === 0) return undefined;
    const flushes = worth.map((watch) => watch.flush(left(watch)));
    hold(worth);
    return Promise.all(flushes).finally(release);
  }

  /**
   * What a transport function captures is sent too, in a second round. What it captures then is lost, and
   * told: in the last round nothing is sent.
   */
  function handOver(which: Iterable<Watch>, by: Ending, rounds = 2): void {
    const inOrder = [...which].toSorted(
      (a, b) => Number(a.isLast ?? false) - Number(b.isLast ?? false),
    );
    hold(inOrder);
    const outer = more;
    const gained = (more = rounds > 0 ? new Set() : undefined);
    // All hand over before we wait for the first, so that they can be sent in one order.
    const waits = inOrder.map((watch) => watch.handOver(rounds > 0 ? left(watch) : 0, by));
    for (const [index, wait] of waits.entries()) {
      // It may end pino's workers.
      if (inOrder[index]?.isLast === true) tellOver?.();
      wait();
    }
    more = outer;
    release();
    for (const watch of inOrder) untold.add(watch);
    if (gained !== undefined && gained.size > 0) {
      handOver(gained, by, rounds - 1);
      return;
    }
    // There is one line for all that the end costs, and listeners may capture more.
    if (late !== undefined) return;
    for (const watch of untold) watch.tellLost?.();
    untold.clear();
  }

  function onExitOver(): void {
    const which = late ?? [];
    late = undefined;
    handOver(which, 'exit');
  }

  function end(by: Ending): void {
    ending = by;
    handOver(watches.keys(), by);
  }

  function onBeforeExit(): void {
    // Node emits `beforeExit` each time the event loop is empty. Only new events justify a new
    // wait.
    const fresh = [...watches].filter(([watch, flushed]) => watch.accepted() !== flushed);
    for (const [watch] of fresh) watches.set(watch, watch.accepted());
    void flush(fresh.map(([watch]) => watch));
  }

  return {
    watch(watch) {
      if (watches.size === 0) {
        stops = [
          listen('beforeExit', onBeforeExit),
          // First, since another listener may call process.exit, which skips the listeners after
          // it.
          listenFirst('exit', () => end('exit')),
          watchCrash({
            onUncaught: () => {
              for (const each of watches.keys()) each.hold();
            },
            // Such an end emits no `exit`.
            onDeath: () => end('death'),
          }),
          watchExitListeners(() => (late = new Set()), onExitOver),
        ];
      }
      watches.set(watch, 0);
      // This pipeline was made for an error that an `exit` listener threw. The end has begun
      // already, so it would not hear of it.
      if (ending !== undefined) handOver([watch], ending);
      return () => {
        if (watches.delete(watch) && watches.size === 0) for (const stop of stops) stop();
      };
    },
    flush: () => flush([...watches.keys()]),
    late(watch, by) {
      const next = more ?? late;
      if (next === undefined) handOver([watch], by);
      else next.add(watch);
    },
    hurry() {
      for (const watch of watches.keys()) watch.hurry();
    },
    giveUp() {
      for (const watch of watches.keys()) watch.giveUp();
    },
  };
}
