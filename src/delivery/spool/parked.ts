import type { Entry } from './segment.ts';

/** The events that lie on the disk only, the oldest first. */
export class Parked {
  /** The next one last; among them some that are no longer parked. */
  #entries: Entry[] = [];
  #sorted = true;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(entry: Entry): void {
    entry.state = 'parked';
    this.#count++;
    this.#entries.push(entry);
    this.#sorted = false;
  }

  clear(): void {
    this.#entries = [];
    this.#count = 0;
  }

  /** The oldest, without taking it. */
  get first(): Entry | undefined {
    // Nearly sorted each time, which costs little more than to look at it.
    if (!this.#sorted) this.#entries.sort(youngestFirst);
    this.#sorted = true;
    while (this.#entries.length > 0 && this.#entries.at(-1)?.state !== 'parked') {
      this.#entries.pop();
    }
    return this.#entries.at(-1);
  }

  /** Takes one, whichever it is, for another state. */
  take(entry: Entry, state: 'live' | 'gone'): void {
    this.#count--;
    // It may be parked again, and must not be in here twice. Any other is passed over later.
    if (this.#entries.at(-1) === entry) this.#entries.pop();
    entry.state = state;
    if (this.#count === 0) this.#entries = [];
  }
}

function youngestFirst(a: Entry, b: Entry): number {
  return b.at - a.at || b.offset - a.offset;
}
