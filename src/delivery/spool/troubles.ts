/** Reports each trouble once, until it is over. Never throws. */
export class Troubles {
  readonly #report: (message: string) => void;
  /** Troubles that were reported and are not over. */
  readonly #told = new Set<string>();

  constructor(report: (message: string) => void) {
    this.#report = report;
  }

  /** Reports a trouble, unless it was reported and is not over. */
  tell(trouble: string, message: string): void {
    if (this.#told.has(trouble)) return;
    this.#told.add(trouble);
    try {
      this.#report(message);
    } catch {
      // If `report` itself fails nobody is left to tell.
    }
  }

  /** This trouble is over: the next one of its name is reported again. */
  over(trouble: string): void {
    this.#told.delete(trouble);
  }
}
