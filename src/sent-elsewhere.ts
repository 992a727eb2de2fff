import { sharedNumbers } from './lib/shared-numbers.ts';

/**
 * What each thread has sent for a project, in memory that all of them see. ErrSight counts the events of a
 * project together, and main thread and pino's worker send for the same one.
 *
 *   project   its number; its limit and the second at which its window ends, and how often they were told
 *   lane      one for each thread: who it is, events without an answer, and when it was written to
 *   seconds   of each lane the last 64: which second it is, and how many events were accepted in it
 *
 * Times are those of `systemClock`, which is one for all threads.
 */
const NAME = 'errsight:sent:1';

/** A process that reports to more projects counts those by thread, as it does with more threads. */
const PROJECTS = 8;
const LANES = 8;
/** A window has 60. */
const SECONDS = 64;

const NUMBER = 0;
const LIMIT = 1;
const ENDS = 2;
const TOLD = 3;
const PROJECT_HEAD = 4;

const OWNER = 0;
const IN_FLIGHT = 1;
const WRITTEN = 2;
const LANE_HEAD = 3;

const LANE_SIZE = LANE_HEAD + 2 * SECONDS;
const PROJECT_SIZE = PROJECT_HEAD + LANES * LANE_SIZE;

/** Seconds after which no request is waited for: a thread that was ended takes nothing back. */
const STUCK = 60;
/** Seconds after which a lane that nobody writes to is another thread's. */
const IDLE = 2 * SECONDS;

/** What a thread learns of the others that send for the same project. */
export interface SentElsewhere {
  /** Events that the others have sent since a moment, by the second. */
  used(since: number): number;
  /** Events of the others that have no answer yet. */
  inFlight(now: number): number;
  /** So many more of this thread's events have no answer; negative for those that have one now. */
  fly(count: number, now: number): void;
  /** So many of this thread's events were accepted. */
  accepted(count: number, now: number): void;
  /** A refusal has told the limit. */
  announce(limit: number, endsAt: number): void;
  /** What another thread was told; undefined if that is known here. */
  news(): { readonly limit: number; readonly endsAt: number } | undefined;
}

/** Makes the memory, for threads that start from now on. */
export function shareSent(): Int32Array {
  return sharedNumbers(NAME, PROJECTS * PROJECT_SIZE).numbers;
}

/** The view of one thread, by default of this one. undefined if there are too many projects. */
export function sentElsewhere(
  project: number,
  thread: number = process.getBuiltinModule('node:worker_threads').threadId,
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
  /** Taken with the first event: most threads send none. */
  #own: number | undefined;
  /** What was told before this thread began counts as well, as long as it is not too old. */
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

  fly(count: number, now: number): void {
    const lane = this.#take(now);
    if (lane === undefined) return;
    Atomics.add(this.#numbers, lane + IN_FLIGHT, count);
  }

  accepted(count: number, now: number): void {
    const lane = this.#take(now);
    if (lane === undefined) return;
    const second = secondOf(now);
    const at = lane + LANE_HEAD + 2 * (second % SECONDS);
    // Nobody else writes here. Whoever reads in between counts too little, once.
    if (Atomics.load(this.#numbers, at) !== second) {
      Atomics.store(this.#numbers, at + 1, 0);
      Atomics.store(this.#numbers, at, second);
    }
    Atomics.add(this.#numbers, at + 1, count);
  }

  announce(limit: number, endsAt: number): void {
    Atomics.store(this.#numbers, this.#project + LIMIT, Math.min(limit, 2 ** 31 - 1));
    Atomics.store(this.#numbers, this.#project + ENDS, Math.ceil(endsAt / 1_000));
    this.#told = Atomics.add(this.#numbers, this.#project + TOLD, 1) + 1;
  }

  news(): { readonly limit: number; readonly endsAt: number } | undefined {
    const told = Atomics.load(this.#numbers, this.#project + TOLD);
    if (told === this.#told) return undefined;
    this.#told = told;
    return {
      limit: Atomics.load(this.#numbers, this.#project + LIMIT),
      endsAt: Atomics.load(this.#numbers, this.#project + ENDS) * 1_000,
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

  /** This thread's lane, for it to write to. undefined if too many threads send for this project. */
  #take(now: number): number | undefined {
    this.#own = this.#isOwn(this.#own) ? this.#own : this.#claim(now);
    if (this.#own !== undefined) Atomics.store(this.#numbers, this.#own + WRITTEN, secondOf(now));
    return this.#own;
  }

  /** Another thread may have it, if this one was silent for long. */
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
