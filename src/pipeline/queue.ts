import type { Batcher } from '../delivery/batcher.ts';
import type { Item, Receipt } from '../delivery/item.ts';
import { laneOf } from '../delivery/lanes.ts';
import { createGrouper, type Group, type Grouper } from '../event/make/group.ts';
import { withListedUser } from '../event/make/log-list.ts';
import { fit } from '../event/wire/fit.ts';
import { recorder } from '../recorder.ts';
import type { ErrsightEvent } from '../event/event.ts';
import type { Level } from '../event/level.ts';
import type { Scrubber } from '../event/scrub/scrubber.ts';
import type { Tally } from '../presence.ts';

/** How an event was put into the queue. */
export interface Queued {
  /** See `Batcher.add`. */
  readonly seq: number;
  /** The key of its group. */
  readonly group: string;
  readonly isFirst: boolean;
  readonly carries: number;
}

/** Turns events into bytes, and puts them in the batcher's queue. */
export class EventQueue {
  readonly groups: Grouper = createGrouper();
  readonly #batcher: Batcher;
  readonly #scrub: Scrubber;
  readonly #tally: Tally;
  /** Gets what comes after the queue was emptied for good; see `Remaining`. */
  late: ((event: Item) => void) | undefined;

  constructor(batcher: Batcher, scrub: Scrubber, tally: Tally) {
    this.#batcher = batcher;
    this.#scrub = scrub;
    this.#tally = tally;
  }

  /** Puts an event in the queue. Throws only if it cannot be written as JSON. */
  add(event: ErrsightEvent, receipt?: Receipt): Queued {
    const { group, key, isFirst } = this.groups.of(event);
    const carries = group.lost;
    const bytes = this.#bytesOf(event, carries);
    group.lost = 0;
    const kind = { lane: laneOf(event.level, isFirst), repeats: group, carries, receipt };
    this.#tally(1);
    if (this.late === undefined) {
      return { seq: this.#batcher.add(bytes, kind), group: key, isFirst, carries };
    }
    const item = this.#batcher.addRemaining(Buffer.from(bytes), kind);
    this.late(item);
    return { seq: item.seq, group: key, isFirst, carries };
  }

  /** Whether the event still waits here, so that another event can take its place. */
  canReplace({ seq }: Queued): boolean {
    return this.late === undefined && this.#batcher.canReplace(seq);
  }

  /** Replaces an event that waits by another one. */
  replace({ seq, isFirst, carries }: Queued, event: ErrsightEvent): void {
    const bytes = this.#bytesOf(event, carries);
    this.#batcher.replace(seq, bytes, laneOf(event.level, isFirst));
  }

  /** Takes back an event, if it still waits here, because another event tells the same better. */
  withdraw({ seq }: Queued): boolean {
    return this.late === undefined && this.#batcher.withdraw(seq);
  }

  get isFull(): boolean {
    return this.#batcher.isFull;
  }

  /** Counts an event instead of making it, if it would only push out an older one of its group. */
  giveWay(repeats: Group, level: Level): boolean {
    const kind = { lane: laneOf(level, false), repeats };
    if (!this.#batcher.wouldReplaceOwn(kind)) return false;
    this.#tally(1);
    this.#batcher.giveWay(kind);
    return true;
  }

  #bytesOf(event: ErrsightEvent, carries: number): Buffer {
    const bytes = fit(withListedUser(withRepeats(event, carries), this.#scrub));
    tellRecorder(bytes);
    return bytes;
  }
}

/** If events are recorded, the recorder gets them as soon as they are made. */
function tellRecorder(bytes: Buffer): void {
  recorder()?.put(JSON.parse(bytes.toString()) as ErrsightEvent);
}

/** It stands first among the metadata, since ErrSight keeps 50 keys. */
function withRepeats(event: ErrsightEvent, count: number): ErrsightEvent {
  if (count === 0) return event;
  return { ...event, metadata: { errsight_repeats_lost: count, ...event.metadata } };
}
