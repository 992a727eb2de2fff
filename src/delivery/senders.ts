/** What waits in a sender that must not wait for repeats of another one. */
export interface Urgent {
  /** How many events that are no repeats. */
  readonly others: number;
  /** How many of these are fatal errors. */
  readonly fatal: number;
}

/** The senders of a project in one thread, and what waits in each. */
export class Senders {
  readonly #urgent = new Map<object, () => Urgent>();

  /** Adds a sender. `urgent` tells what waits in it. Returns a function that removes it. */
  join(sender: object, urgent: () => Urgent): () => void {
    this.#urgent.set(sender, urgent);
    return () => void this.#urgent.delete(sender);
  }

  /** What waits in all but this one. */
  urgentBeside(own: object | undefined): Urgent & { readonly isAlone: boolean } {
    let [fatal, others] = [0, 0];
    let isAlone = true;
    for (const [sender, urgent] of this.#urgent) {
      if (sender === own) continue;
      const waits = urgent();
      fatal += waits.fatal;
      others += waits.others;
      isAlone = false;
    }
    return { fatal, others, isAlone };
  }
}
