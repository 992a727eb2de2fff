import { sharedNumbers } from './lib/shared-numbers.ts';
import { nodeThreads } from './lib/node-threads.ts';

/**
 * What each thread has sent for a project, in memory that all threads share. ErrSight counts all
 * events of a project together, and the main thread and pino's worker send for the same one.
 *
 *   project   its number, its limit, when its window ends (a second, and ms), the count of announcements
 *   lane      one for each thread: its owner, events without an answer, the second of the last write
 *   seconds   the last 64 of each lane: which second it is, how many events were accepted in it
 *
 * Times are those of `systemClock`, which is the same in all threads.
 */
const NAME = 'errsight:sent:2';

/** If a process has more projects, or more threads that send, each further thread counts alone. */
const PROJECTS = 8;
const LANES = 8;
/** More than the 60 s of a window. */
const SECONDS = 64;

const NUMBER = 0;
const LIMIT = 1;
const ENDS = 2;
const ENDS_MS = 3;
const TOLD = 4;
const PROJECT_HEAD = 5;

const OWNER = 0;
const IN_FLIGHT = 1;
const WRITTEN = 2;
const LANE_HEAD = 3;

const LANE_SIZE = LANE_HEAD + 2 * SECONDS;
const PROJECT_SIZE = PROJECT_HEAD + LANES * LANE_SIZE;

/**
 * Seconds after which a lane's events in flight no longer count. A thread that was ended from
 * outside never takes its own back.
 */
const STUCK = 60;
/** Seconds without a write after which another thread may take the lane. */
const IDLE = 2 * SECONDS;

/** What a thread learns about others that send for the same project. */
export interface SentElsewhere {
  /** How many events the others have sent since this time, exact to the second. */
  used(since: number): number;
  /** How many events of the others have no answer yet. */
  inFlight(now: number): number;
  /** So many more events of this thread have no answer yet. Negative: so many have one now. */
  addInFlight(count: number, now: number): void;
  /** So many of this thread's events were accepted. */
  accepted(count: number, now: number): void;
  /** Tells the others the limit that a refusal named, and when its window ends, in ms. */
  announce(limit: number, endsAt: number): void;
  /** What another thread has announced. Undefined if there is nothing new. */
  news(): { readonly limit: number; readonly endsAt: number } | undefined;
}

/** Makes the shared memory. Threads that start later see it. */
export function shareSent(): Int32Array {
  return sharedNumbers(NAME, PROJECTS * PROJECT_SIZE).numbers;
}

/** The view of one thread, by default of this one. Undefined if there are too many projects. */
export function sentElsewhere(
  project: number,
  thread: number = nodeThreads().threadId,
): SentElsewhere | undefined {
  const numbers = shareSent();
  const start = placeOf(numbers, project);
  return start === undefined ? undefined : new Lane(numbers, start, thread + 1);
}

function placeOf(numbers: Int32Array, project: number): number | undefined {
  for (let start = 0; start < numbers.length; start += PROJECT_SIZE) {
    const taken = Atomics.compareExchange(numbers, start + NUMBER, 0, project);
    if (taken === 0 || taken === project) return start;
  }
  return undefined;
}

class Lane implements SentElsewhere {
  readonly #numbers: Int32Array;
  readonly #project: number;
  readonly #owner: number;
  /** This thread's lane. It is taken with the first event, since most threads send none. */
  #own: number | undefined;
  /**
   * How many announcements were read. It starts at 0, so that an earlier thread's announcement
   * counts too.
   */
  #told = 0;

  constructor(numbers: Int32Array, project: number, owner: number) {
    this.#numbers = numbers;
    this.#project = project;
    this.#owner = owner;
  }

  used(since: number): number {
    const first = secondOf(since);
    let used = 0;
    for (const lane of this.#others()) {
      for (let at = lane + LANE_HEAD; at < lane + LANE_SIZE; at += 2) {
        if (Atomics.load(this.#numbers, at) >= first) used += Atomics.load(this.#numbers, at + 1);
      }
    }
    return used;
  }

  inFlight(now: number): number {
    let count = 0;
    for (const lane of this.#others()) {
      if (secondOf(now) - Atomics.load(this.#numbers, lane + WRITTEN) > STUCK) continue;
      count += Math.max(0, Atomics.load(this.#numbers, lane + IN_FLIGHT));
    }
    return count;
  }

  addInFlight(count: number, now: number): void {
    const lane = this.#take(now);
    if (lane === undefined) return;
    Atomics.add(this.#numbers, lane + IN_FLIGHT, count);
  }

  accepted(count: number, now: number): void {
    const lane = this.#take(now);
    if (lane === undefined) return;
    const second = secondOf(now);
    const at = lane + LANE_HEAD + 2 * (second % SECONDS);
    // No other thread writes here. One that reads between these two lines counts too little once.
    if (Atomics.load(this.#numbers, at) !== second) {
      Atomics.store(this.#numbers, at + 1, 0);
      Atomics.store(this.#numbers, at, second);
    }
    Atomics.add(this.#numbers, at + 1, count);
  }

  announce(limit: number, endsAt: number): void {
    Atomics.store(this.#numbers, this.#project + LIMIT, Math.min(limit, 2 ** 31 - 1));
    Atomics.store(this.#numbers, this.#project + ENDS, Math.floor(endsAt / 1_000));
    // To the second one thread would begin its window before another, and what it sends then would count for the
    // last one.
    Atomics.store(this.#numbers, this.#project + ENDS_MS, Math.ceil(endsAt % 1_000));
    this.#told = Atomics.add(this.#numbers, this.#project + TOLD, 1) + 1;
  }

  news(): { readonly limit: number; readonly endsAt: number } | undefined {
    const told = Atomics.load(this.#numbers, this.#project + TOLD);
    if (told === this.#told) return undefined;
    this.#told = told;
    return {
      limit: Atomics.load(this.#numbers, this.#project + LIMIT),
      endsAt:
        Atomics.load(this.#numbers, this.#project + ENDS) * 1_000 +
        Atomics.load(this.#numbers, this.#project + ENDS_MS),
    };
  }

  *#others(): Generator<number> {
    for (const lane of this.#lanes()) {
      const owner = Atomics.load(this.#numbers, lane + OWNER);
      if (owner !== 0 && owner !== this.#owner) yield lane;
    }
  }

  *#lanes(): Generator<number> {
    const first = this.#project + PROJECT_HEAD;
    for (let index = 0; index < LANES; index += 1) yield first + index * LANE_SIZE;
  }

  /** This thread's lane, to write to. Undefined if too many threads send for this project. */
  #take(now: number): number | undefined {
    this.#own = this.#isOwn(this.#own) ? this.#own : this.#claim(now);
    if (this.#own !== undefined) Atomics.store(this.#numbers, this.#own + WRITTEN, secondOf(now));
    return this.#own;
  }

  /** Another thread may have taken it while this one was silent for long. */
  #isOwn(lane: number | undefined): boolean {
    return lane !== undefined && Atomics.load(this.#numbers, lane + OWNER) === this.#owner;
  }

  #claim(now: number): number | undefined {
    const lanes = [...this.#lanes()];
    const owned = (owner: number): number[] =>
      lanes.filter((lane) => Atomics.load(this.#numbers, lane + OWNER) === owner);
    const idle = lanes.filter(
      (lane) => secondOf(now) - Atomics.load(this.#numbers, lane + WRITTEN) > IDLE,
    );
    for (const lane of [...owned(this.#owner), ...owned(0), ...idle]) {
      const holder = Atomics.load(this.#numbers, lane + OWNER);
      if (Atomics.compareExchange(this.#numbers, lane + OWNER, holder, this.#owner) !== holder) {
        continue;
      }
      if (holder !== this.#owner) Atomics.store(this.#numbers, lane + IN_FLIGHT, 0);
      return lane;
    }
    return undefined;
  }
}

function secondOf(ms: number): number {
  return Math.max(1, Math.floor(ms / 1_000));
}
