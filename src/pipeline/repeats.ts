import { Issues } from '../event/make/issues.ts';
import { recorder } from '../recorder.ts';
import type { ErrsightEvent } from '../event/event.ts';
import type { Level } from '../event/level.ts';
import type { Context, LogRecord } from '../event/record.ts';
import type { Config } from '../options/config.ts';
import type { EventQueue } from './queue.ts';

/** Counts repeats of an error that need no event of their own. */
export class RepeatCounter {
  readonly #config: Config;
  readonly #queue: EventQueue;
  readonly #issues: Issues;

  constructor(config: Config, queue: EventQueue) {
    this.#config = config;
    this.#queue = queue;
    this.#issues = new Issues(queue.groups);
  }

  /** Remembers that the error of this record has become this event, in the group with this key. */
  learn(record: LogRecord, event: ErrsightEvent, group: string): void {
    if (this.#canCount) this.#issues.learn(record, event, group);
  }

  /** See `Pipeline.count`. */
  count(record: LogRecord, contexts: readonly Context[], level: Level): boolean {
    if (!this.#canCount || !this.#queue.isFull) return false;
    const repeats = this.#issues.groupOf(record, contexts);
    return repeats !== undefined && this.#queue.giveWay(repeats, level);
  }

  /**
   * Whether it is known without the event if it will be sent. That is so if no function of the
   * user's decides.
   */
  get #canCount(): boolean {
    const { beforeSend, sampleRate, ignoreErrors, spool } = this.#config;
    const isOpen = beforeSend === undefined && sampleRate === 1 && ignoreErrors.length === 0;
    return isOpen && spool === false && this.#queue.late === undefined && recorder() === undefined;
  }
}
