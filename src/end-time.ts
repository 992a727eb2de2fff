import type { BroadcastChannel } from 'node:worker_threads';
import { systemClock, type Clock } from './lib/clock.ts';
import { randomUUID } from './lib/random.ts';
import { endMemory } from './presence.ts';
import { hearNow, openChannel, post, type Word } from './thread-channel.ts';

/**
 * ms for which nobody may hold up an end before it counts as over. pino ends its workers one after
 * the other, and each reads its last lines before.
 */
const PAUSE = 2_000;

/** The part of the time after which others send too. What the end is held up for has the first places. */
const HEAD_START = 0.25;

interface Hold {
  /** When the end began, in ms of the clock, which is the same in all threads. */
  readonly began: number;
  /** Until when it is held up at most. */
  readonly until: number;
}

let memory: Float64Array | undefined;

/** Whether the end of the process is held up at this time, in ms of the clock. It is asked in each step of delivery. */
export function isEnding(now: number): boolean {
  memory ??= endMemory();
  return (memory[1] ?? 0) > now;
}

/**
 * How long the end of the process takes. Threads that hold it up tell all others, so that they have
 * `shutdownTimeout` together although they wait one after the other.
 */
export class EndTime {
  readonly #who = randomUUID();
  readonly #holds = new Map<string, Hold>();
  readonly #channel: BroadcastChannel;
  readonly #clock: Clock;
  /** The last hold, for threads that start during it while the main thread sleeps. */
  readonly #last = endMemory();

  /** `hurry` is called while another thread holds up the end. It should send what waits here. */
  constructor(hurry: () => void = () => undefined, clock: Clock = systemClock) {
    this.#clock = clock;
    const heed = (word: Word): void => {
      this.#hear(word);
      const own = this.#holds.get(this.#who);
      if (word.say === 'who' && own !== undefined) this.#tell(own);
      if (word.say !== 'end') return;
      const ms = word.until - clock.now();
      if (ms <= 0) return;
      clock.setTimer(() => {
        if ((this.#holds.get(word.who)?.until ?? 0) > clock.now()) hurry();
      }, ms * HEAD_START);
    };
    this.#channel = openChannel(heed);
    const [began = 0, until = 0] = this.#last;
    heed({ say: 'end', who: '', began, until });
    post(this.#channel, { say: 'who' });
  }

  /** The ms that the end has taken so far. 0 if the process does not end. */
  get spent(): number {
    hearNow(this.#channel, (word) => this.#hear(word));
    const now = this.#clock.now();
    const holds = [...this.#holds.values()].filter(({ until }) => until > 0 && until + PAUSE > now);
    return now - Math.min(now, ...holds.map(({ began }) => began));
  }

  /**
   * Notes that this thread holds up the end, for `ms` at most. The returned function says that this
   * is over. If all has `arrived`, the time does not count: the process may run on for long.
   */
  hold(ms: number): (arrived?: boolean) => void {
    const began = this.#clock.now() - this.spent;
    this.#tell({ began, until: this.#clock.now() + ms });
    return (arrived = false) => this.#tell({ began, until: arrived ? 0 : this.#clock.now() });
  }

  /** Calls `wait` with what is left of `ms`. It has to say whether all has arrived. */
  share<T extends boolean | Promise<boolean>>(ms: number, wait: (left: number) => T): T {
    const left = Math.max(0, ms - this.spent);
    const over = this.hold(left);
    const arrived = wait(left);
    if (typeof arrived === 'boolean') over(arrived);
    else void arrived.then(over);
    return arrived;
  }

  /** Nobody is told any more, and nothing is heard. */
  close(): void {
    this.#channel.close();
  }

  #hear(word: Word): void {
    if (word.say === 'end') this.#holds.set(word.who, word);
  }

  #tell(hold: Hold): void {
    this.#holds.set(this.#who, hold);
    this.#last.set([hold.began, hold.until]);
    post(this.#channel, { say: 'end', who: this.#who, ...hold });
  }
}
