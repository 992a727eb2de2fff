/** Finds the one event that makes requests fail: each next request holds half of the suspects. */
export class Suspects {
  /** The event is among so many of the next ones; 0 if no event is suspected. */
  #count = 0;

  /** One of the next `count` events made a request fail. 0: it has been dealt with. */
  suspect(count: number): void {
    this.#count = count;
  }

  /** So many of the next events were delivered, and are no suspects any more. */
  cleared(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }

  get isLooking(): boolean {
    return this.#count > 0;
  }

  /** How many events the next request may hold. */
  size(most: number): number {
    return this.#count > 0 ? Math.min(most, Math.ceil(this.#count / 2)) : most;
  }
}
