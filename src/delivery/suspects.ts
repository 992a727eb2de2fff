/**
 * Finds the events that make requests fail, of which there may be many. Each refused request makes
 * the next one smaller. Each one that passes makes them larger again.
 */
export class Suspects {
  /** One of so many of the next events made a request fail. 0 if that is known of none. */
  #count = 0;
  /** How many events a request may hold while no event is suspected. Infinity: no search is on. */
  #size = Infinity;
  #isUp = false;

  /** A request with so many events was refused. If it was one, that has been dealt with. */
  refused(count: number): void {
    this.#count = count > 1 ? count : 0;
    this.#size = Math.ceil(count / 2);
  }

  /** One of the next `count` events made a request fail, by the server's own words. 0: it is known. */
  halve(count: number): void {
    this.#count = count;
    this.#isUp = true;
  }

  /** So many of the next events were delivered. A request may hold `most` if nothing is wrong. */
  passed(count: number, most: number): void {
    this.#isUp = this.isLooking;
    if (this.#count > 0) this.#count = Math.max(0, this.#count - count);
    else this.#size *= 2;
    if (this.#count === 0 && this.#size >= most) this.reset();
  }

  /** Goes on with a search of another sender, which has seen that others pass. */
  reset(size: number = Infinity): void {
    this.#count = 0;
    this.#size = size;
    this.#isUp = size < Infinity;
  }

  /** All requests are refused for so long that this is an outage. */
  giveUp(): void {
    this.#isUp = false;
  }

  get isLooking(): boolean {
    return this.#count > 0 || this.#size < Infinity;
  }

  /** Whether a request has passed since the search began, so that the server is up. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /**
   * How many events the next request may hold. It is a quarter of the suspects until something has
   * passed: until then each try in vain costs a wait, and nobody knows whether the server is up.
   */
  size(most: number): number {
    if (this.#count === 0) return Math.min(most, this.#size);
    return Math.min(most, Math.ceil(this.#count / (this.#isUp ? 2 : 4)));
  }
}
