import { setImmediate } from 'node:timers';
import { systemClock, type Clock, type Timer } from './lib/clock.ts';
import { randomUUID } from './lib/random.ts';
import { openChannel, post, type Asking, type Speaker } from './thread-channel.ts';
import { bringBy, recorder, recordElsewhere } from './recorder.ts';
import {
  clearPlace,
  isSeenHere,
  leavePlace,
  takenPlaces,
  takePlace,
  workerOf,
} from './presence.ts';

/**
 * ms that a pipeline waits before it flushes: lines that were logged just before have left the
 * thread that logged them by then, and been read here.
 */
const ARRIVAL = 20;

/** ms after which one that has been asked and said nothing counts as dead, not as late. */
const DEAD = 60_000;

/** A pipeline that can be flushed from other threads. */
export interface Flushable {
  /** Whether what it has taken arrives within `timeout` ms. Never rejects. */
  flush(timeout: number): Promise<boolean>;
  /** How many events it has taken so far. */
  taken(): number;
  /** Whether lines that were logged before are still on their way to it. */
  isReceiving?(): boolean;
}

/**
 * Lets the pipeline of this thread be flushed from others. What is returned ends it, and says
 * whether all has arrived. Keeps no thread alive, and never throws.
 */
export function answerFlushes(
  pipeline: Flushable,
  clock: Clock = systemClock,
): (arrived: boolean) => void {
  const { threadId, isMainThread } = process.getBuiltinModule('node:worker_threads');
  const self: Speaker = { who: randomUUID(), thread: threadId, place: takePlace() };
  const channel = openChannel((word) => {
    if (word.say === 'who') post(channel, { say: 'here', ...self });
    if (word.say === 'flush') answer(word, clock.now() + word.timeout);
    // Said to other threads than the one that records; a channel does not hear itself.
    if (word.say === 'record' && !isMainThread) recordElsewhere();
  });
  bringBy((event) => post(channel, { say: 'recorded', event }));

  function answer(asked: Asking, until: number, wasReceiving = false): void {
    clock.setTimer(() => {
      const isReceiving = pipeline.isReceiving?.() ?? false;
      // The last lines have been handed over when that is over, and are read a moment later.
      if ((isReceiving || wasReceiving) && clock.now() < until) {
        answer(asked, until, isReceiving);
        return;
      }
      const { id, known = {} } = asked;
      const taken = pipeline.taken();
      const isNew = known[self.who] !== taken;
      // Said before it flushes: whoever asks may have no time to wait for the end of it.
      if (isNew) post(channel, { say: 'flushing', taken, ...self });
      const flushed = isNew ? pipeline.flush(until - clock.now()) : Promise.resolve(true);
      void flushed.then((arrived) => post(channel, { say: 'flushed', id, arrived, ...self }));
    }, ARRIVAL);
  }

  post(channel, { say: 'here', ...self });
  return (arrived) => {
    post(channel, { say: 'gone', arrived, ...self });
    leavePlace(self.place);
    channel.close();
  };
}

/** The pipelines of other threads, and of pino's streams on this one. */
export interface Others {
  /** How many there are, as far as is known. */
  readonly count: number;
  /** The numbers of their threads. */
  threads(): ReadonlySet<number>;
  /**
   * Whether those that nobody knows of yet had a second to answer within `timeout` ms: those in threads
   * that are older than what `watchPresence` began. Never rejects.
   */
  meet(timeout: number): Promise<boolean>;
  /**
   * Whether what those pipelines have taken up to now arrives within `timeout` ms. One that does not
   * answer is asked again by the next flush; only a thread that has ended, or was silent for a minute,
   * is given up. With `news` one that has taken nothing since its last flush is not waited for. Never
   * rejects; keeps the process alive until it settles.
   */
  flush(timeout: number, options?: { readonly news?: boolean }): Promise<boolean>;
  close(): void;
}

/** How often it is looked whether an older thread has answered, and ms between two looks. */
const LOOKS = 20;
const LOOK = 50;
/** ms after which a pipeline that has given its place back counts as gone, though it has not said so. */
const LEAVING = 1_000;

interface Other {
  readonly thread: number;
  /** Its place, where this thread can see it. */
  readonly index: number | undefined;
  /** By the clock, since when it has been asked and not answered. */
  silentSince: number | undefined;
  /** Events that it had taken when it was flushed last. */
  taken: number | undefined;
}

interface Asked {
  readonly missing: Set<string>;
  readonly settle: (arrived: boolean) => void;
  arrived: boolean;
}

/** Learns of the pipelines that are there, and of each that comes. */
export function findOthers(clock: Clock = systemClock): Others {
  const there = new Map<string, Other>();
  const asked = new Map<string, Asked>();
  const followed = new Set<number>();
  let met: Promise<void> | undefined;
  let isClosed = false;

  const channel = openChannel((word) => {
    if (word.say === 'here') meetOne(word);
    if (word.say === 'gone') {
      meetOne(word);
      leave(word.who, word.arrived);
    }
    if (word.say === 'recorded') recorder()?.put(word.event);
    if (word.say === 'flushing') meetOne(word).taken = word.taken;
    if (word.say === 'flushed') {
      meetOne(word).silentSince = undefined;
      const each = asked.get(word.id);
      if (each !== undefined) answer(each, word.who, word.arrived);
    }
  });
  post(channel, { say: 'who' });

  function meetOne({ who, thread, place }: Speaker): Other {
    const index = place !== undefined && isSeenHere(place) ? place.index : undefined;
    const other: Other = there.get(who) ?? {
      thread,
      index,
      silentSince: undefined,
      taken: undefined,
    };
    if (!there.has(who)) {
      // It was waited for by its place as long as it had not said who it is.
      const stranger = index === undefined ? undefined : nameOf(index);
      if (stranger !== undefined && there.delete(stranger)) {
        for (const each of asked.values()) {
          if (each.missing.delete(stranger)) each.missing.add(who);
        }
      }
      there.set(who, other);
    }
    follow(thread);
    return other;
  }

  /** Looks, and not only at the clock: what was said is heard when this thread has time. */
  async function meetAll(): Promise<void> {
    let before = 0;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await new Promise<void>((resolve) => clock.setTimer(resolve, LOOK));
      if (before > 0 && there.size === before) return;
      before = there.size;
    }
  }

  /** Whoever has noted itself, and not been heard yet. */
  function look(): void {
    if (isClosed) return;
    const known = new Set([...there.values()].map(({ index }) => index));
    const taken = takenPlaces();
    for (const [index, thread] of taken) {
      if (!known.has(index)) {
        there.set(nameOf(index), { thread, index, silentSince: undefined, taken: undefined });
        follow(thread);
      }
    }
    const now = clock.now();
    for (const [who, other] of there) {
      const { thread, index } = other;
      // It has closed, which it is about to say; or its thread has ended, as another one has seen.
      if (index !== undefined && !taken.has(index)) other.silentSince ??= now - DEAD + LEAVING;
      if (other.silentSince === undefined || now - other.silentSince <= DEAD) continue;
      if (index !== undefined) clearPlace(index, thread);
      leave(who, false);
    }
  }

  /** Hears of the end of a thread that had no time to say anything. */
  function follow(thread: number): void {
    if (followed.has(thread)) return;
    followed.add(thread);
    const worker = workerOf(thread);
    if (worker === 'ended') died(thread);
    else worker?.once('exit', () => died(thread));
  }

  function died(thread: number): void {
    // What it said last may still be on its way.
    setImmediate(() =>
      setImmediate(() => {
        for (const [index, owner] of takenPlaces()) {
          if (owner === thread) clearPlace(index, thread);
        }
        for (const [who, other] of there) if (other.thread === thread) leave(who, false);
      }),
    );
  }

  function leave(who: string, arrived: boolean): void {
    there.delete(who);
    for (const each of asked.values()) answer(each, who, arrived);
  }

  function answer(each: Asked, who: string, arrived: boolean): void {
    if (!each.missing.delete(who)) return;
    each.arrived &&= arrived;
    if (each.missing.size === 0) each.settle(each.arrived);
  }

  return {
    get count() {
      look();
      return there.size;
    },
    threads() {
      look();
      return new Set([...there.values()].map(({ thread }) => thread));
    },
    async meet(timeout) {
      met ??= meetAll();
      let timer: Timer | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = clock.setTimer(() => resolve(false), timeout, { ref: true });
      });
      const isMet = await Promise.race([met.then(() => true), late]);
      if (timer !== undefined) clock.clearTimer(timer);
      return isMet;
    },
    async flush(timeout, { news = false } = {}) {
      const until = clock.now() + timeout;
      look();
      if (there.size === 0) return true;
      // pino hands its lines to the worker in a later turn of the event loop.
      await new Promise(setImmediate);
      look();
      if (there.size === 0) return true;
      const id = randomUUID();
      return new Promise((resolve) => {
        const settle = (arrived: boolean): void => {
          asked.delete(id);
          clock.clearTimer(timer);
          resolve(arrived);
        };
        const timer: Timer = clock.setTimer(
          () => {
            for (const who of asked.get(id)?.missing ?? []) {
              const other = there.get(who);
              if (other !== undefined) other.silentSince ??= until - timeout;
            }
            settle(false);
          },
          until - clock.now(),
          { ref: true },
        );
        asked.set(id, { missing: new Set(there.keys()), settle, arrived: true });
        const known = Object.fromEntries(
          [...there].flatMap(([who, { taken }]) => (taken === undefined ? [] : [[who, taken]])),
        );
        const left = Math.max(0, until - clock.now());
        post(channel, { say: 'flush', id, timeout: left, ...(news && { known }) });
      });
    },
    close() {
      isClosed = true;
      there.clear();
      for (const each of asked.values()) each.settle(false);
      channel.close();
    },
  };
}

/** What stands for a pipeline that has a place, and has not said who it is. */
function nameOf(index: number): string {
  return `place ${index}`;
}
