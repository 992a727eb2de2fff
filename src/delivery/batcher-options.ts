import type { Clock } from '../lib/clock.ts';
import type { Ledger } from './ledger.ts';
import type { Knowledge } from './policy.ts';
import type { Rate } from './rate.ts';
import type { Sender } from './send.ts';
import type { Spool } from './spool/spool.ts';

export interface BatcherOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  /** Where the fate of each event is written down. */
  readonly ledger: Ledger;
  /** Sends as soon as so many events wait. */
  readonly batchSize: number;
  /** Milliseconds that an event waits for others at most. */
  readonly flushInterval: number;
  /** Events that may wait. What is in flight, one request's worth, comes on top. */
  readonly maxQueueSize: number;
  /** Bytes that may wait. */
  readonly maxQueueBytes: number;
  /** From 0 to 1, like `Math.random`. */
  readonly random?: () => number;
  /** What an earlier sender of this process knew of the server. */
  readonly known?: Knowledge | undefined;
  /** What is known of the project's limit; shared by its senders. Default: one of its own. */
  readonly rate?: Rate | undefined;
  /** Keeps events on the disk until they have arrived. */
  readonly spool?: Spool | undefined;
  /** Brings an event up to date that may have lain on the disk for days. */
  readonly refresh?: (bytes: Buffer) => Buffer;
  /** Is called before events are taken to be sent: it may replace or add some. Must not throw. */
  readonly catchUp?: (() => void) | undefined;
  /** Makes an event smaller that was too large for the server; undefined if it cannot. */
  readonly shrink?: (bytes: Buffer) => Buffer | undefined;
}
