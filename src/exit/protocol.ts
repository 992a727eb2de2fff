import type { Remaining } from '../delivery/batcher.ts';

/** What the main thread hands to its last worker, and where the worker writes what it did. */
export interface ExitWork {
  readonly host: string;
  readonly apiKey: string;
  /** ms for one request. */
  readonly timeout: number;
  /** The way to the server, see `SenderOptions`: the worker does not read it from its environment. */
  readonly proxy: string | undefined;
  readonly ca: string | undefined;
  readonly requests: readonly Remaining[];
  /** Two 32-bit integers, see `DONE` and `DELIVERED`. */
  readonly state: SharedArrayBuffer;
}

/** 0 until the worker is through. The main thread sleeps on this. */
export const DONE = 0;
/** Events that arrived. */
export const DELIVERED = 1;
