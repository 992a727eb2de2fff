import { setImmediate as tick } from 'node:timers/promises';
import type { Clock } from '../../src/lib/clock.ts';

interface Pending {
  readonly at: number;
  readonly ref: boolean;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 1_000;
  #nextId = 1;
  /** In order of creation, which decides between timers of the same time. */
  readonly #timers = new Map<number, Pending>();

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, ms: number, options?: { readonly ref?: boolean }): number {
    const id = this.#nextId++;
    const at = this.#now + (ms > 0 ? ms : 0);
    this.#timers.set(id, { at, ref: options?.ref === true, callback });
    return id;
  }

  clearTimer(timer: NodeJS.Timeout | number): void {
    this.#timers.delete(Number(timer));
  }

  /** Whatever arrives here is read at once. */
  onceRead(callback: () => void): void {
    callback();
  }

  /** How many timers are pending. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How many of them would keep a process alive. */
  get pendingRefs(): number {
    return [...this.#timers.values()].filter((timer) => timer.ref).length;
  }

  /**
   * Goes on by `ms` milliseconds: runs what is due, in order, each at its own time, and lets all
   * promises settle before, between and after.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#runUntil(end);
    this.#now = end;
  }

  /** Stands still for `ms` milliseconds and then runs what is due, late: a machine that slept. */
  async oversleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.#runUntil(this.#now);
  }

  async #runUntil(end: number): Promise<void> {
    await tick();
    const next = this.#due(end);
    if (next === undefined) return;
    const [id, timer] = next;
    this.#timers.delete(id);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    await this.#runUntil(end);
  }

  #due(end: number): [number, Pending] | undefined {
    let first: [number, Pending] | undefined;
    for (const entry of this.#timers) {
      if (entry[1].at <= end && (first === undefined || entry[1].at < first[1].at)) first = entry;
    }
    return first;
  }
}
