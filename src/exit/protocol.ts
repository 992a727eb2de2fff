import type { Lane } from '../delivery/lanes.ts';
import type { Knowledge } from '../delivery/policy.ts';

/** An event that had not arrived when the process began to exit. */
export interface Leftover {
  readonly bytes: Uint8Array;
  readonly lane: Lane;
  /** Whether it may have arrived already: it was in flight, or had no answer. */
  readonly wasSent: boolean;
}

/** What the main thread hands to its last worker, and where the worker writes what it did. */
export interface ExitWork {
  readonly host: string;
  readonly apiKey: string;
  /** ms for one request. */
  readonly timeout: number;
  /** ms for all of them. */
  readonly patience: number;
  readonly batchSize: number;
  /** The way to the server, see `SenderOptions`: the worker does not read it from its environment. */
  readonly proxy: string | undefined;
  readonly ca: string | undefined;
  /** The module of a transport that stands in for ErrSight's API. */
  readonly transport: string | undefined;
  readonly events: readonly Leftover[];
  /** What the main thread knew of the server. */
  readonly known: Knowledge;
  /** See `ExitState`. */
  readonly state: SharedArrayBuffer;
}

/** What became of an event; 0 as long as nothing has. */
export const DELIVERED = 1;
export const REJECTED = 2;

/** What both threads see: the main one sleeps, and can be told in no other way. */
export interface ExitState {
  /** One number, 0 until the worker is through. The main thread sleeps on it. */
  readonly done: Int32Array;
  /** One of these for each event, in their order. */
  readonly fates: Uint8Array;
}

export function createState(events: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT + events);
}

export function readState(buffer: SharedArrayBuffer): ExitState {
  return {
    done: new Int32Array(buffer, 0, 1),
    fates: new Uint8Array(buffer, Int32Array.BYTES_PER_ELEMENT),
  };
}
