/**
 * Looks for the one event over which a request fails: by halves, each of which is a smaller request.
 */
export class Suspects {
  /** So many of the events that are next hold the one that spoils the request, 0 if none does. */
  #count = 0;

  /** A request of so many events failed over one of them; 0 if it is out of the way. */
  among(count: number): void {
    this.#count = count;
  }

  /** So many of the events that were next are no more among them. */
  cleared(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }

  /** Whether it is looking. */
  get isLooking(): boolean {
    return this.#count > 0;
  }

  /** How many events the next request may hold. */
  size(most: number): number {
    return this.#count > 0 ? Math.min(most, Math.ceil(this.#count / 2)) : most;
  }
}
