/** One event is made at a time: what a hook logs or captures meanwhile would call the hook for ever. */
export class Turn {
  #isTaken = false;

  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Makes an event; `failed` answers in its place when that throws, while it is still this one's turn. */
  take<T>(make: () => T, failed: (error: unknown) => T): T {
    this.#isTaken = true;
    try {
      return make();
    } catch (error) {
      return failed(error);
    } finally {
      this.#isTaken = false;
    }
  }
}
