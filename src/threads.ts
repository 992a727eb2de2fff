import { setImmediate } from 'node:timers';
import { systemClock, type Clock, type Timer } from './lib/clock.ts';
import { randomUUID } from './lib/random.ts';
import { nodeThreads } from './lib/node-threads.ts';
import { openChannel, post, type Asking, type Speaker } from './thread-channel.ts';
import { bringBy, recorder, recordElsewhere } from './recorder.ts';
import {
  clearPlace,
  isSeenHere,
  leavePlace,
  noteFailedEnd,
  takenPlaces,
  takePlace,
  workerOf,
} from './presence.ts';

/**
 * ms that a pipeline waits before it flushes. By then lines that were just logged have left the
 * thread that logged them, and have been read here.
 */
const ARRIVAL = 20;

/** ms after which a pipeline that does not answer counts as dead. */
const DEAD = 60_000;

/** A pipeline that can be flushed from other threads. */
export interface Flushable {
  /**
   * Resolves with whether all events that it has accepted arrive within `timeout` ms. Never
   * rejects.
   */
  flush(timeout: number): Promise<boolean>;
  /** How many events it has accepted so far. */
  taken(): number;
  /** Why events have not arrived. */
  readonly trouble: string | undefined;
  /** Whether earlier lines of the logger are still on their way to it. */
  isReceiving?(): boolean;
}

/**
 * Lets other threads flush the pipeline of this thread. Returns a function that ends this, and
 * tells them whether all events have arrived. Keeps no thread alive, and never throws.
 */
export function answerFlushes(
  pipeline: Flushable,
  clock: Clock = systemClock,
): (arrived: boolean) => void {
  const { threadId, isMainThread } = nodeThreads();
  const self: Speaker = { who: randomUUID(), thread: threadId, place: takePlace() };
  const channel = openChannel((word) => {
    if (word.say === 'who') post(channel, { say: 'here', ...self });
    if (word.say === 'flush') answer(word, clock.now() + word.timeout);
    // Only threads that don't record hear this, since a channel does not hear itself.
    if (word.say === 'record' && !isMainThread) recordElsewhere();
  });
  bringBy((event) => post(channel, { say: 'recorded', event }));

  function answer(asked: Asking, until: number, wasReceiving = false): void {
    clock.setTimer(() => {
      const isReceiving = pipeline.isReceiving?.() ?? false;
      // When the logger has handed over its last lines, they are read one turn later. So wait once
      // more.
      if ((isReceiving || wasReceiving) && clock.now() < until) {
        answer(asked, until, isReceiving);
        return;
      }
      const { id, known = {} } = asked;
      const taken = pipeline.taken();
      const isNew = known[self.who] !== taken;
      // It is said before the flush, since the asking thread may not have time to wait for the end.
      if (isNew) post(channel, { say: 'flushing', taken, ...self });
      const flushed = isNew ? pipeline.flush(until - clock.now()) : Promise.resolve(true);
      void flushed.then((arrived) => {
        post(channel, { say: 'flushed', id, arrived, why: pipeline.trouble, ...self });
      });
    }, ARRIVAL);
  }

  post(channel, { say: 'here', ...self });
  return (arrived) => {
    if (!arrived) noteFailedEnd();
    post(channel, { say: 'gone', arrived, ...self });
    leavePlace(self.place);
    channel.close();
  };
}

/** The pipelines of other threads, and of pino's streams on this one. */
export interface Others {
  /** How many pipelines are known. */
  readonly count: number;
  /** The numbers of their threads. */
  threads(): ReadonlySet<number>;
  /**
   * Resolves once unknown pipelines have had time to say that they are there: a second at most.
   * These are in threads that began before `watchPresence`. Resolves with false after `timeout` ms.
   * Never rejects.
   */
  meet(timeout: number): Promise<boolean>;
  /**
   * Resolves with whether all events that those pipelines have accepted so far arrive within
   * `timeout` ms. A pipeline that does not answer is asked again by the next flush. It is given up
   * only if its thread has ended, or was silent for a minute. With `news` a pipeline that has
   * accepted nothing since its last flush is not waited for. Never rejects. Keeps the process alive
   * until it resolves.
   */
  flush(timeout: number, options?: { readonly news?: boolean }): Promise<boolean>;
  close(): void;
}

/** How often `meet` checks whether an older thread has answered, and ms between two checks. */
const LOOKS = 20;
const LOOK = 50;
/** ms after which a pipeline counts as gone that has freed its place without saying so. */
const LEAVING = 1_000;

interface Other {
  readonly thread: number;
  /** The index of its place, if this thread sees that memory. */
  readonly index: number | undefined;
  /** Since when it has not answered, in ms of the clock. */
  silentSince: number | undefined;
  /** How many events it had accepted at its last flush. */
  taken: number | undefined;
}

interface Asked {
  readonly missing: Set<string>;
  readonly settle: (arrived: boolean) => void;
  arrived: boolean;
}

/**
 * Finds the pipelines that exist, and each new one. `onChange` is called with how many there are
 * when one has said that it is there, or has gone.
 */
export function findOthers(
  clock: Clock = systemClock,
  onChange: (count: number) => void = () => undefined,
): Others {
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
      // So far we knew only its place, and waited for it by that.
      const stranger = index === undefined ? undefined : nameOf(index);
      if (stranger !== undefined && there.delete(stranger)) {
        for (const each of asked.values()) {
          if (each.missing.delete(stranger)) each.missing.add(who);
        }
      }
      there.set(who, other);
      onChange(there.size);
    }
    follow(thread);
    return other;
  }

  /**
   * Waits in several steps, not by the clock alone: messages are read only when this thread has
   * time.
   */
  async function meetAll(): Promise<void> {
    let before = 0;
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await new Promise<void>((resolve) => clock.setTimer(resolve, LOOK));
      if (before > 0 && there.size === before) return;
      before = there.size;
    }
  }

  /**
   * Adds pipelines that have taken a place but have said nothing yet. Removes those that are gone.
   */
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
      // It has closed and will say so soon, or its thread has ended and another thread has freed
      // its place.
      if (index !== undefined && !taken.has(index)) other.silentSince ??= now - DEAD + LEAVING;
      if (other.silentSince === undefined || now - other.silentSince <= DEAD) continue;
      if (index !== undefined) clearPlace(index, thread);
      leave(who, false);
    }
  }

  /** Notices the end of a thread that had no time to say anything. */
  function follow(thread: number): void {
    if (followed.has(thread)) return;
    followed.add(thread);
    const worker = workerOf(thread);
    if (worker === 'ended') died(thread);
    else worker?.once('exit', () => died(thread));
  }

  function died(thread: number): void {
    // Its last message may still be on its way.
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
    if (there.delete(who)) onChange(there.size);
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
      // pino gives its lines to the worker in a later turn of the event loop.
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
        const late = (): void => {
          for (const who of asked.get(id)?.missing ?? []) {
            const other = there.get(who);
            if (other !== undefined) other.silentSince ??= until - timeout;
          }
          settle(false);
        };
        const timer: Timer = clock.setTimer(() => clock.onceRead(late), until - clock.now(), {
          ref: true,
        });
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

/** The name of a pipeline that has a place but has not said who it is. */
function nameOf(index: number): string {
  return `place ${index}`;
}
