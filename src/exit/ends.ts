import { VERSION } from '../lib/version.ts';
import { systemClock } from '../lib/clock.ts';
import { watchDeath } from './death.ts';
import { listen, listenFirst } from './listeners.ts';

/**
 * - `exit`: Node has emitted `exit`, so others who listen do their part.
 * - `death`: Node ends the process without it.
 */
export type Ending = 'exit' | 'death';

/** A pipeline as the end of the process sees it. One copy of this package calls those of others. */
export interface Watch {
  /** ms for which it may hold up the end. */
  readonly patience: number;
  /** How many events were captured so far. */
  accepted(): number;
  /** How many of them are still here. */
  waiting(): number;
  /** Sends what waits, in the background. */
  hurry(): void;
  /** Resolves when what waits has arrived, after so many ms at the latest. Never rejects. */
  flush(ms: number): Promise<unknown>;
  /** Has another thread send what is left. What is returned waits for it, up to so many ms from now. */
  handOver(ms: number, by: Ending): () => void;
  /** Says what is lost, if anything is. */
  giveUp(): void;
}

/** How the process ends for all pipelines together. */
export interface Ends {
  /** Returns what ends the watch. */
  watch(watch: Watch): () => void;
  /** Resolves when all has arrived, or time is over; undefined if there is nothing to wait for. */
  flush(): Promise<unknown> | undefined;
  /** Sends from another thread, and sleeps until that is done or time is over. */
  handOver(watches: Iterable<Watch>, by: Ending): void;
  hurry(): void;
  giveUp(): void;
}

/** With the version: another release may do it in another way. */
const KEY = Symbol.for(`errsight.ends ${VERSION}`);

/**
 * Once per process, however often this package was loaded: with listeners of their own each copy
 * would hold up the end for its whole patience, one after the other.
 */
export function ends(): Ends {
  const host = globalThis as { [KEY]?: Ends };
  host[KEY] ??= createEnds();
  return host[KEY];
}

function createEnds(): Ends {
  /** With how many events each had accepted when `beforeExit` last waited for it. */
  const watches = new Map<Watch, number>();
  let stops: readonly (() => void)[] = [];

  // How long the end was held up, which is one time for all: who waits for two pipelines at once
  // does not wait twice as long.
  let spent = 0;
  let holds = 0;
  let began = 0;

  function hold(): void {
    if (holds === 0) began = systemClock.now();
    holds += 1;
  }

  function release(): void {
    holds -= 1;
    if (holds === 0) spent += systemClock.now() - began;
  }

  function left({ patience }: Watch): number {
    return patience - spent - (holds > 0 ? systemClock.now() - began : 0);
  }

  function flush(which: readonly Watch[]): Promise<unknown> | undefined {
    const worth = which.filter((watch) => watch.waiting() > 0 && left(watch) > 0);
    if (worth.length === 0) return undefined;
    const flushes = worth.map((watch) => watch.flush(left(watch)));
    hold();
    return Promise.all(flushes).finally(release);
  }

  function handOver(which: Iterable<Watch>, by: Ending): void {
    hold();
    // All begin before the first one waits.
    const waits = Array.from(which, (watch) => watch.handOver(left(watch), by));
    for (const wait of waits) wait();
    release();
  }

  function onBeforeExit(): void {
    // Node emits this again each time the loop runs empty: only new events are worth a new wait.
    const fresh = [...watches].filter(([watch, flushed]) => watch.accepted() !== flushed);
    for (const [watch] of fresh) watches.set(watch, watch.accepted());
    void flush(fresh.map(([watch]) => watch));
  }

  return {
    watch(watch) {
      if (watches.size === 0) {
        stops = [
          listen('beforeExit', onBeforeExit),
          // First: another listener may call process.exit, which skips those behind it.
          listenFirst('exit', () => handOver(watches.keys(), 'exit')),
          // Of such an end there is no `exit`.
          watchDeath(() => handOver(watches.keys(), 'death')),
        ];
      }
      watches.set(watch, 0);
      return () => {
        if (watches.delete(watch) && watches.size === 0) for (const stop of stops) stop();
      };
    },
    flush: () => flush([...watches.keys()]),
    handOver,
    hurry() {
      for (const watch of watches.keys()) watch.hurry();
    },
    giveUp() {
      for (const watch of watches.keys()) watch.giveUp();
    },
  };
}
