import type { Batcher } from '../delivery/batcher.ts';
import type { FateOf } from '../delivery/leftovers.ts';
import type { Item } from '../delivery/item.ts';
import type { Ledger } from '../delivery/ledger.ts';
import type { Reporter } from '../lib/report.ts';
import { recorder } from '../recorder.ts';
import type { EventQueue } from './queue.ts';

/** What the thread that sends at the end of the process says of it. */
export interface Said {
  /** Why events have not arrived. */
  readonly trouble?: string | undefined;
  /** The same, for when this thread has not heard of a trouble either. */
  readonly silence?: string | undefined;
  /** Why ErrSight could not read one. */
  readonly rejected?: string | undefined;
}

/** Handles events that have not arrived when the process ends, and says so on stderr. */
export class Remaining {
  readonly #batcher: Batcher;
  readonly #ledger: Ledger;
  readonly #queue: EventQueue;
  readonly #reporter: Reporter;
  #lostAtEnd = 0;
  #toldAtEnd = 0;
  #why: string | undefined;

  constructor(batcher: Batcher, ledger: Ledger, queue: EventQueue, reporter: Reporter) {
    this.#batcher = batcher;
    this.#ledger = ledger;
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
  settle(taken: readonly Item[], fateOf: FateOf, { rejected, trouble, silence }: Said = {}): void {
    const lost = this.#batcher.settleRemaining(taken, fateOf, rejected);
    this.#lostAtEnd += lost;
    // There may be no time left to send the later ones, which tells no cause.
    if (lost > 0) this.#why = trouble ?? this.#batcher.trouble ?? silence ?? this.#why;
  }

  /** See `Pipeline.tellLost`. */
  tellLost(): void {
    this.#warnLost();
    this.#tellEarlier();
  }

  /** Says that events had not arrived when the process ended, and why. */
  #warnLost(): void {
    if (this.#lostAtEnd === this.#toldAtEnd) return;
    this.#toldAtEnd = this.#lostAtEnd;
    this.#reporter.last(
      `${hadEvents(this.#lostAtEnd)} not arrived when the process ended${because(this.#why)}`,
    );
  }

  /**
   * Says what is lost by an end of the process that only a signal tells of. `unanswered` are those
   * on their way.
   */
  giveUp(lost: number, unanswered: number): void {
    const { trouble } = this.#batcher;
    this.#lostAtEnd += lost;
    this.#why = trouble;
    this.#warnLost();
    if (unanswered > 0) {
      this.#reporter.last(`${events(unanswered)} may not have arrived${because(trouble)}`);
    }
    this.#tellEarlier();
  }

  /** Says that events had not arrived when the time of `close` was over. */
  closed(): void {
    const { dropped } = this.#ledger;
    const { trouble } = this.#batcher;
    if (dropped.shutdown > 0) {
      this.#reporter.last(
        `${hadEvents(dropped.shutdown)} not arrived when the time to close was over${because(trouble)}`,
      );
    }
    this.#tellEarlier();
  }

  /** Says what was lost earlier, as far as no line has counted it. */
  #tellEarlier(): void {
    const losses = this.#ledger.takeUntold();
    const count = losses.reduce((sum, [, each]) => sum + each, 0);
    if (count === 0) return;
    const what = losses.map(([reason, each]) => `${reason}: ${each}`).join(', ');
    this.#reporter.last(`${hadEvents(count)} been lost earlier (${what})`);
  }
}

/** `1 event had` or `2 events had`. */
function hadEvents(count: number): string {
  return `${events(count)} had`;
}

function events(count: number): string {
  return count === 1 ? '1 event' : `${count} events`;
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`;
}
