import { errorCode } from './folder.ts';

/** Reports each trouble once, until it is over. Never throws. */
export class Troubles {
  readonly #report: (message: string) => void;
  /** Troubles that were reported and are not over. */
  readonly #told = new Set<string>();
  /** Whether the disk had no room since the last sign of life. */
  #wasFull = false;

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

  /** The spool could not be written. */
  failed(error: unknown): void {
    this.#wasFull ||= isFull(error);
    this.tell(
      // A full disk has room for a moment whenever less important events give way.
      isFull(error) ? 'room' : 'write',
      `the spool cannot be written (${errorCode(error)}): events are held in memory only`,
    );
  }

  /** A file of another spool could not be read. */
  unreadable(name: string, error: unknown): void {
    this.tell(
      `read ${name}`,
      `a file in the spool's folder cannot be read (${errorCode(error)}), and is left there`,
    );
  }

  /** To be called with each sign of life: the disk has had room for so long, or it has not. */
  beat(): void {
    if (!this.#wasFull) this.over('room');
    this.#wasFull = false;
  }
}

/** Whether there was no room on the disk, or no more that this user may have. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errorCode(error));
}
