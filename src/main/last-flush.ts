import { systemClock } from '../lib/clock.ts';
import { randomUUID } from '../lib/random.ts';
import { takenPlaces, waitingInThreads } from '../presence.ts';
import { hearNow, openChannel, post } from '../thread-channel.ts';

/** ms between two looks at what other threads have sent. */
const LOOK = 5;
/** ms that are kept for the last answers of other threads. */
export const ANSWER = 250;

interface Unsent {
  readonly unsent: number;
  readonly why?: string | undefined;
}

/**
 * Tells other threads to send what waits in them, and sleeps until they have, for `ms` milliseconds
 * at most. They run on while the main thread ends, but are not told of the end. `isMeant` picks the
 * threads, since pino ends its own workers itself. Returns how many of their events have not
 * arrived, and why.
 */
export function flushAsleep(isMeant: (thread: number) => boolean, ms: number): Unsent {
  const unsent = count(waiting(isMeant));
  if (unsent === 0 || ms <= 0) return { unsent };
  let why: string | undefined;
  const until = systemClock.now() + ms;
  const channel = openChannel(() => undefined);
  const id = randomUUID();
  // So that they say in time why they have not sent all.
  post(channel, { say: 'flush', id, timeout: Math.max(ms / 2, ms - ANSWER) });
  const answers = new Map<number, number>();
  const asleep = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (;;) {
    // Every pipeline of a thread answers.
    hearNow(channel, (word) => {
      if (word.say !== 'flushed' || word.id !== id) return;
      why ??= word.why;
      answers.set(word.thread, (answers.get(word.thread) ?? 0) + 1);
    });
    const places = placesByThread();
    // If a thread has answered and still has events, it no longer tries to send them, for instance
    // because of a rate limit.
    const open = [...waiting(isMeant).keys()].filter(
      (thread) => (answers.get(thread) ?? 0) < (places.get(thread) ?? 1),
    );
    const left = until - systemClock.now();
    if (open.length === 0 || left <= 0) break;
    Atomics.wait(asleep, 0, 0, Math.min(LOOK, left));
  }
  channel.close();
  return { unsent: count(waiting(isMeant)), why };
}

function waiting(isMeant: (thread: number) => boolean): ReadonlyMap<number, number> {
  return new Map([...waitingInThreads()].filter(([thread]) => isMeant(thread)));
}

function count(events: ReadonlyMap<number, number>): number {
  return [...events.values()].reduce((sum, each) => sum + each, 0);
}

/** How many pipelines each thread has. */
function placesByThread(): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const thread of takenPlaces().values()) places.set(thread, (places.get(thread) ?? 0) + 1);
  return places;
}
