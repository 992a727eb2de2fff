import type { Lane } from '../delivery/lanes.ts';
import type { Knowledge } from '../delivery/policy.ts';

/** An event that had not arrived when the process began to exit. */
export interface Leftover {
  readonly bytes: Uint8Array;
  readonly lane: Lane;
  /** Whether it was sent before, so that it may have arrived. */
  readonly wasSent: boolean;
}

/** The work that the main thread gives to its last worker, and where that writes the results. */
export interface ExitWork {
  readonly host: string;
  readonly apiKey: string;
  /** ms for one request. */
  readonly timeout: number;
  /** ms for all requests. */
  readonly patience: number;
  readonly batchSize: number;
  /** See `SenderOptions`. The worker does not read its own environment. */
  readonly proxy: string | undefined;
  readonly ca: string | undefined;
  /** The path of a module with a transport. */
  readonly transport: string | undefined;
  readonly events: readonly Leftover[];
  /** What the main thread has learned about the server. */
  readonly known: Knowledge;
  /** See `ExitState`. */
  readonly state: SharedArrayBuffer;
}

/** What became of an event; 0 while it is not known. */
export const DELIVERED = 1;
export const REJECTED = 2;

/** Memory that both threads see. The main thread sleeps, so nothing else can reach it. */
export interface ExitState {
  /** One number: 0 until the worker is done. The main thread waits for it. */
  readonly done: Int32Array;
  /** A number for each event, in their order. */
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
