import type { Relayed } from '../relayed.ts';
import type { Lane } from './lanes.ts';
import type { SpoolHandle } from './spool/spool.ts';

/** Counts the repeats of an error that gave way. The next event of that error reports the count. */
export interface Repeats {
  lost: number;
}

/** The `refusals` of an event that was refused alone while others passed, and of one that is kept. */
export const SUSPECT = 2;
export const KEPT = 3;

/** Is called with what became of an item. `pending`: this process will never know. */
export type Receipt = (fate: Relayed) => void;

/** What is known about an event besides its bytes. */
export interface Kind {
  readonly lane: Lane;
  /** Where it is counted if it gives way. */
  readonly repeats?: Repeats | undefined;
  /** How many lost repeats it reports. */
  readonly carries?: number | undefined;
  /** Is called once with what became of it. */
  readonly receipt?: Receipt | undefined;
  /** Whether it may have been sent before, by this process or an earlier one. */
  readonly wasSent?: boolean | undefined;
  /** See `Item`. */
  readonly refusals?: number | undefined;
}

/** An event that waits to be sent. */
export interface Item extends Omit<Kind, 'wasSent' | 'refusals'> {
  /** Its number in the order of arrival, from 1. */
  readonly seq: number;
  /**
   * When it arrived, in ms of the clock. It is in the past for an event that was found on the disk.
   */
  readonly at: number;
  /** The JSON that is sent. It is empty while the event is only on the disk. */
  bytes: Buffer;
  /** Where it is on the disk, if it is there. */
  handle: SpoolHandle | undefined;
  wasSent: boolean;
  /** Whether ErrSight may have it, since the answer to a request with it was missing or no answer of ErrSight's. */
  mayBeStored: boolean;
  /**
   * Whether a proxy or firewall refused it alone. 0: no. 1: while nothing passed. 2: while others
   * passed. 3: once more, so that it is kept aside.
   */
  refusals: number;
}

/** Whether the item is on the disk. It is not if it was never written, or had to give way there. */
export function isOnDisk({ handle }: Item): boolean {
  return handle?.isGone === false;
}

/** Whether `a` is sent before `b` of the same lane. */
export function isOlder(a: Item, b: Item): boolean {
  return a.at === b.at ? a.seq < b.seq : a.at < b.at;
}
