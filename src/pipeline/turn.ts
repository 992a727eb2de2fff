/**
 * Only one event is made at a time. Otherwise what a hook logs or captures would call the hook for
 * ever.
 */
export class Turn {
  #isTaken = false;

  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Makes an event. If that throws, `failed` answers instead, while no other event can be made. */
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
