import type { Relayed } from '../relayed.ts';
import type { Lane } from './lanes.ts';
import type { SpoolHandle } from './spool/spool.ts';

/** Counts the repeats of one error that gave way, until its next event tells of them. */
export interface Repeats {
  lost: number;
}

/** Takes what became of an item; `pending` if nobody here will ever know. */
export type Receipt = (fate: Relayed) => void;

/** What is known of an event besides its bytes. */
export interface Kind {
  readonly lane: Lane;
  /** Where it counts if it gives way. */
  readonly repeats?: Repeats | undefined;
  /** How many that gave way it tells of. */
  readonly carries?: number | undefined;
  /** Is told once what became of it. */
  readonly receipt?: Receipt | undefined;
  /** Whether it may have been sent before, from here or by a process that is gone. */
  readonly wasSent?: boolean | undefined;
}

/** An event that waits to be sent. */
export interface Item extends Omit<Kind, 'wasSent'> {
  /** The number of its arrival here, from 1. */
  readonly seq: number;
  /** When it arrived: the clock's milliseconds; before now for what lay on the disk. */
  readonly at: number;
  /** JSON, as it goes over the wire; empty while it lies on the disk only. */
  bytes: Buffer;
  /** Where it lies on the disk, if it does. */
  handle: SpoolHandle | undefined;
  wasSent: boolean;
  /** How often somebody between refused it alone. */
  refusals: number;
}

/** Whether `a` is sent before `b` of the same lane. */
export function isOlder(a: Item, b: Item): boolean {
  return a.at === b.at ? a.seq < b.seq : a.at < b.at;
}
