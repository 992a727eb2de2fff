import type { Clock } from '../lib/clock.ts';
import type { Relayed } from '../relayed.ts';
import type { Sorted } from './sort.ts';
import type { Streams } from './streams.ts';

/** What one process has put into a stream. */
export interface Entry {
  readonly id: string;
  readonly body: Uint8Array;
}

/** A queue that many relays share. Every method rejects while the queue can't be reached. */
export interface Queue {
  /** Entries that no relay has seen. Waits for some for about a second. */
  read(stream: string, count: number): Promise<readonly Entry[]>;
  /**
   * Entries of relays that are gone: a relay has taken them, and has not worked on them for `idle`
   * ms.
   */
  claim(stream: string, count: number, idle: number): Promise<readonly Entry[]>;
  /** Says that this relay still works on these. */
  keep(stream: string, ids: readonly string[]): Promise<void>;
  /** Takes entries out for good. */
  done(stream: string, ids: readonly string[]): Promise<void>;
  /** How many entries there are, including those that relays work on. */
  length(stream: string): Promise<number>;
  /** Moves an entry to the end of another stream. */
  move(from: string, to: string, entry: Entry): Promise<void>;
}

export interface RelayOptions {
  readonly queue: Queue;
  readonly streams: Streams;
  readonly clock: Clock;
  /** Sends events; see `relay` of the direct API. */
  readonly send: (body: Uint8Array) => Promise<Relayed>;
  /** See `createSorter`. */
  readonly sort: (body: Uint8Array) => Sorted;
  /** Hears what an operator should know. */
  readonly say: (text: string) => void;
  /** How many events were lost so far, by their reasons, in words. */
  readonly losses: () => string;
}

/** Entries that are read at a time. 20 of the largest are 10 MB. */
const COUNT = 20;

/** Entries that a relay works on at most, and their bytes. */
interface Room {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * The same for urgent entries. Further ones wait in the queue. A relay holds 10 MB more at worst.
 */
const URGENT: Room = { entries: 5_000, bytes: 24 * 1_048_576 };
/**
 * The same for repeats. The entries of ten processes fill a request. A relay sends what it has
 * taken before it hears of urgent entries elsewhere, so it takes no more repeats than it can send
 * at once.
 */
const OTHERS: Room = { entries: 10, bytes: 4 * 1_048_576 };
/** ms after which an entry was not sent at once, which means that the project has no room. */
const SLOW = 5_000;
/** ms between two checks whether anything urgent waits. */
const LOOK = 250;
/** ms for which repeats wait for urgent entries at most, since nobody may ever take those. */
const PATIENCE = 120_000;

/** ms between two signs of life. */
const BEAT = 5_000;
/** ms without a sign of life after which another relay takes the entries. */
const GONE = 15_000;
/** ms between attempts to reach the queue. */
const AGAIN = 1_000;

/**
 * Takes entries out of a queue, and has them sent. An entry stays in the queue until its events
 * have arrived, or never will, so each arrives at least once. Urgent entries have a stream of their
 * own, which nothing holds up. An entry that was new to its process, but is not new here, moves to
 * the other stream.
 */
export class Relay {
  readonly #options: RelayOptions;
  /** What is being sent, by stream. */
  readonly #work = new Map<string, Map<string, number>>();
  /** What is settled, but still in the queue, by stream. */
  readonly #over = new Map<string, Set<string>>();
  /** How many repeats it takes at a time. */
  #pace = OTHERS.entries;
  /** Since when repeats wait. */
  #heldSince: number | undefined;
  #isTroubled = false;
  #stopped = false;
  readonly #waiting = new Set<() => void>();
  readonly #pauses = new Set<() => void>();

  constructor(options: RelayOptions) {
    this.#options = options;
    const { urgent, others } = options.streams;
    for (const stream of [urgent, others]) {
      this.#work.set(stream, new Map());
      this.#over.set(stream, new Set());
    }
  }

  /** Works until `stop`. It rejects if the queue can't be reached, and can then be called again. */
  async run(): Promise<void> {
    const { streams } = this.#options;
    let isOver = false;
    const until = (): boolean => isOver || this.#stopped;
    const works = [
      this.#beat(until),
      this.#forward(streams.urgent, until),
      this.#forward(streams.others, until),
    ];
    try {
      await Promise.all(works);
    } finally {
      isOver = true;
      this.#wake();
      await Promise.allSettled(works);
    }
  }

  /** Reads nothing more. What is being sent goes on until `send` settles. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Tells of trouble once, and waits before another attempt. */
  async failed(error: unknown): Promise<void> {
    if (!this.#isTroubled) {
      this.#options.say(`Redis: trying again every second: ${String(error)}`);
    }
    this.#isTroubled = true;
    await this.#pause(AGAIN);
  }

  /** Whether anything is being sent. */
  get isBusy(): boolean {
    return [...this.#work.values()].some((each) => each.size > 0);
  }

  /** Removes settled entries from the queue. */
  async settle(): Promise<void> {
    for (const [stream, ids] of this.#over) {
      const told = [...ids];
      if (told.length === 0) continue;
      await this.#options.queue.done(stream, told);
      for (const id of told) ids.delete(id);
    }
  }

  async #beat(until: () => boolean): Promise<void> {
    while (!until()) {
      await this.settle();
      if (this.#isTroubled) this.#options.say('Redis is there again');
      this.#isTroubled = false;
      for (const [stream, work] of this.#work) {
        const ids = [...work.keys()];
        if (ids.length > 0) await this.#options.queue.keep(stream, ids);
        await this.#claim(stream, until);
      }
      if (!until()) await this.#pause(BEAT);
    }
  }

  async #claim(stream: string, until: () => boolean): Promise<void> {
    const { queue } = this.#options;
    const count = this.#isUrgent(stream) ? COUNT : 1;
    while (!until() && this.#hasRoom(stream)) {
      const entries = await queue.claim(stream, count, GONE);
      this.#take(stream, entries);
      if (entries.length < count) return;
    }
  }

  async #forward(stream: string, until: () => boolean): Promise<void> {
    const { queue } = this.#options;
    while (!until()) {
      if (!this.#hasRoom(stream)) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      else if (await this.#isHeld(stream)) await this.#pause(LOOK);
      else this.#take(stream, await queue.read(stream, this.#isUrgent(stream) ? COUNT : 1));
    }
  }

  #isUrgent(stream: string): boolean {
    return stream === this.#options.streams.urgent;
  }

  /**
   * Whether repeats have to wait for urgent entries of any relay. Each relay counts only what it
   * sends itself, so its repeats would take the places of another relay's fatal errors.
   */
  async #isHeld(stream: string): Promise<boolean> {
    const { queue, streams, clock } = this.#options;
    if (this.#isUrgent(stream)) return false;
    if ((await queue.length(streams.urgent)) === 0) this.#heldSince = undefined;
    else this.#heldSince ??= clock.now();
    return this.#heldSince !== undefined && clock.now() - this.#heldSince < PATIENCE;
  }

  #hasRoom(stream: string): boolean {
    const room = this.#isUrgent(stream) ? URGENT : { ...OTHERS, entries: this.#pace };
    const work = this.#work.get(stream) ?? new Map<string, number>();
    if (work.size >= room.entries) return false;
    let sum = 0;
    for (const size of work.values()) sum += size;
    return sum < room.bytes;
  }

  #take(stream: string, entries: readonly Entry[]): void {
    const work = this.#work.get(stream);
    const over = this.#over.get(stream);
    for (const entry of entries) {
      // They were its own entries, but it could not say so for a while.
      if (work === undefined || work.has(entry.id) || over?.has(entry.id) === true) continue;
      work.set(entry.id, entry.body.length);
      void this.#handle(stream, entry);
    }
  }

  async #handle(stream: string, entry: Entry): Promise<void> {
    const { queue, streams, clock, sort, send, say, losses } = this.#options;
    const start = clock.now();
    try {
      if (this.#isUrgent(stream) && sort(entry.body).urgent === undefined) {
        await queue.move(stream, streams.others, entry);
      } else {
        if (!this.#isUrgent(stream)) sort(entry.body);
        const fate = await send(entry.body);
        if (fate === 'lost')
          say(`entry ${entry.id}: not all of its events will arrive; so far ${losses()}`);
        if (fate !== 'pending') this.#over.get(stream)?.add(entry.id);
      }
      await this.settle();
    } catch {
      // The queue can't be reached. Settled entries are removed later, and the rest is claimed
      // again.
    } finally {
      if (!this.#isUrgent(stream)) {
        const isSlow = clock.now() - start > SLOW;
        this.#pace = isSlow ? 1 : Math.min(OTHERS.entries, this.#pace * 2);
      }
      this.#work.get(stream)?.delete(entry.id);
      this.#wake();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#options.clock.clearTimer(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#options.clock.setTimer(end, ms, { ref: true });
      this.#pauses.add(end);
    });
  }

  #wake(): void {
    for (const each of this.#waiting) each();
    this.#waiting.clear();
    if (this.#stopped) for (const each of this.#pauses) each();
  }
}
