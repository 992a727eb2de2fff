import type { Batcher, FateOf } from '../delivery/batcher.ts';
import type { Item } from '../delivery/item.ts';
import type { Reporter } from '../lib/report.ts';
import { recorder } from '../recorder.ts';
import type { EventQueue } from './queue.ts';

/** Handles events that have not arrived when the process ends, and says so on stderr. */
export class Remaining {
  readonly #batcher: Batcher;
  readonly #queue: EventQueue;
  readonly #reporter: Reporter;
  #lostAtEnd = 0;
  #toldAtEnd = 0;

  constructor(batcher: Batcher, queue: EventQueue, reporter: Reporter) {
    this.#batcher = batcher;
    this.#queue = queue;
    this.#reporter = reporter;
  }

  /** See `Pipeline.takeRemaining`. */
  take(late: ((event: Item) => void) | undefined): readonly Item[] {
    const isRecording = recorder() !== undefined;
    this.#queue.late = late;
    if (isRecording) this.#queue.late = (event) => this.settle([event], () => 'delivered');
    const remaining = this.#batcher.takeRemaining();
    if (!isRecording) return remaining;
    this.settle(remaining, () => 'delivered');
    return [];
  }

  /** See `Pipeline.settleRemaining`. */
  settle(taken: readonly Item[], fateOf: FateOf): void {
    const lost = this.#batcher.settleRemaining(taken, fateOf);
    if (lost > 0) this.warnLost(lost);
  }

  /** Says that events had not arrived when the process ended. */
  warnLost(lost: number): void {
    this.#lostAtEnd += lost;
    // Events of `exit` listeners come one by one, and must not print a line each.
    if (this.#lostAtEnd < 2 * this.#toldAtEnd) return;
    // Further events may be captured and lost before the next line.
    const soFar = this.#toldAtEnd === 0 ? '' : ', so far';
    this.#toldAtEnd = this.#lostAtEnd;
    this.#reporter.last(`${hadEvents(this.#lostAtEnd)} not arrived when the process ended${soFar}`);
  }

  /** Says that events had not arrived when the time of `close` was over. */
  warnClosed(lost: number): void {
    if (lost === 0) return;
    this.#reporter.last(`${hadEvents(lost)} not arrived when the time to close was over`);
  }
}

/** `1 event had` or `2 events had`. */
function hadEvents(count: number): string {
  return count === 1 ? '1 event had' : `${count} events had`;
}
