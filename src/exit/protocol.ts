import type { Lane } from '../delivery/lanes.ts';
import type { Knowledge } from '../delivery/policy.ts';
import { attempt } from '../lib/safe-read.ts';
import type { Said } from '../pipeline/remaining.ts';

/** An event that had not arrived when the process began to exit. */
export interface Leftover {
  readonly bytes: Uint8Array;
  readonly lane: Lane;
  /** Whether it may have arrived before. */
  readonly wasSent: boolean;
  /** See `Item`. */
  readonly refusals: number;
}

/**
 * Events that go to one project in one way, and where the worker writes the results. The last
 * worker of the main thread is given an array of these.
 */
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
  /** In the order in which they are sent. */
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
  /** The last thing that the worker has said. */
  said(): Said;
  say(said: Said): void;
}

/** Bytes for what is said, as JSON. The reason in it has 200 characters at most. */
const SAID = 2_048;
/** Two numbers: see `done`, and how many bytes are said. */
const HEAD = 2 * Int32Array.BYTES_PER_ELEMENT;

export function createState(events: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD + SAID + events);
}

export function readState(buffer: SharedArrayBuffer): ExitState {
  const length = new Int32Array(buffer, Int32Array.BYTES_PER_ELEMENT, 1);
  const text = new Uint8Array(buffer, HEAD, SAID);
  return {
    done: new Int32Array(buffer, 0, 1),
    fates: new Uint8Array(buffer, HEAD + SAID),
    said() {
      const bytes = Buffer.from(text.slice(0, Atomics.load(length, 0)));
      return attempt(() => JSON.parse(bytes.toString()) as Said) ?? {};
    },
    say(said) {
      const bytes = Buffer.from(JSON.stringify(said));
      if (bytes.length > SAID) return;
      // A reader finds nothing while the bytes are being written.
      Atomics.store(length, 0, 0);
      text.set(bytes);
      Atomics.store(length, 0, bytes.length);
    },
  };
}
