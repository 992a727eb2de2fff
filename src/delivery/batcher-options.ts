import type { Clock } from '../lib/clock.ts';
import type { Ledger } from './ledger.ts';
import type { Knowledge } from './policy.ts';
import type { Rate } from './rate.ts';
import type { Sender } from './send.ts';
import type { Spool } from './spool/spool.ts';

export interface BatcherOptions {
  readonly sender: Sender;
  readonly clock: Clock;
  /** Learns the fate of each event. */
  readonly ledger: Ledger;
  /** A request is sent as soon as so many events wait. */
  readonly batchSize: number;
  /** The most milliseconds that an event waits for others. */
  readonly flushInterval: number;
  /** How many events may wait in memory. The events of the request in flight don't count. */
  readonly maxQueueSize: number;
  /** How many bytes of events may wait in memory. */
  readonly maxQueueBytes: number;
  /** Returns a number from 0 to 1, like `Math.random`, which is the default. */
  readonly random?: () => number;
  /** What an earlier batcher of this process has learned about the server. */
  readonly known?: Knowledge | undefined;
  /** The project's rate limit, which all its senders share. Default: a `Rate` of its own. */
  readonly rate?: Rate | undefined;
  /** Whether the end of the process waits for its events at this time, in ms of the clock. */
  readonly isEnding?: ((now: number) => boolean) | undefined;
  /** Keeps events on the disk until they have arrived. */
  readonly spool?: Spool | undefined;
  /** Updates an event that may have been on the disk for days. */
  readonly refresh?: (bytes: Buffer) => Buffer;
  /** Is called before events are taken to be sent: it may replace or add some. Must not throw. */
  readonly catchUp?: (() => void) | undefined;
  /** Makes an event smaller that is too large for the server. Returns undefined if it can't. */
  readonly shrink?: (bytes: Buffer) => Buffer | undefined;
}
