import { SUSPECT } from './item.ts';
import type { Outcome } from './outcome.ts';
import { troubleOf } from './trouble.ts';

/** After so many ms without any success a line says so, however few requests there were. */
const SILENT_MS = 30_000;
/** The least ms between the line about a trouble and the line that it is over. */
const TROUBLE_MS = 60_000;

/** What becomes of events while there is a trouble. */
export const HELD = '; events are held';

/** Which lines there are to print about troubles with the server, and when. */
export class News {
  /** The trouble that the last line was about; undefined if there is none. */
  #trouble: string | undefined;
  #troubleAt = -Infinity;
  /** Whether that trouble is over and no line has said so yet. */
  #isOver = false;
  /** Since when nothing has arrived, and the line about that. */
  #silentSince = Infinity;
  #silence: string | undefined;

  /** Remembers since when nothing arrives, and why. `refusals`: how often the event was refused alone. */
  note(outcome: Outcome, { refusals }: { readonly refusals: number }, now: number): void {
    // A single event that is refused again has a line of its own.
    if (outcome.kind === 'aborted' || refusals >= SUSPECT) return;
    const isTimeless = outcome.kind === 'rate_limited' && (outcome.retryAfterMs ?? 0) === 0;
    const isTrouble = outcome.kind === 'retry' || outcome.kind === 'too_large' || isTimeless;
    this.#silence = isTrouble ? troubleOf(outcome, HELD) : undefined;
    this.#silentSince = isTrouble ? Math.min(this.#silentSince, now) : Infinity;
  }

  /** Returns the message, unless the last line was about the same trouble. */
  tell(trouble: string, message: string, now: number): string | undefined {
    this.#isOver = false;
    if (this.#trouble === trouble) return undefined;
    this.#trouble = trouble;
    this.#troubleAt = now;
    return message;
  }

  /** Events have arrived. */
  over(): void {
    this.#isOver = this.#trouble !== undefined;
  }

  /**
   * When there is a line to print; Infinity if there is none. The line that a trouble is over comes at least
   * a minute after the line about the trouble. Each kind of line is printed once a minute, so if the
   * trouble came back within that minute, "over" would be the last line.
   */
  get at(): number {
    const overAt = this.#isOver ? this.#troubleAt + TROUBLE_MS : Infinity;
    const isUntold = this.#trouble === undefined || this.#isOver;
    return Math.min(overAt, isUntold ? this.#silentSince + SILENT_MS : Infinity);
  }

  /** The line that nothing arrives, or that the trouble is over. Each is returned once. */
  take(now: number): string | undefined {
    const message = this.#silence;
    if (message !== undefined && this.#silentSince + SILENT_MS <= now) {
      return this.tell('unreachable', message, now);
    }
    return this.takeOver();
  }

  /** The line that the trouble is over, when there is no later time for it. */
  takeOver(): string | undefined {
    if (!this.#isOver) return undefined;
    this.#isOver = false;
    this.#trouble = undefined;
    return 'ErrSight takes events again';
  }
}
