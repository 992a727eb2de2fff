import type { MessagePort } from 'node:worker_threads';
import type { PausedFrame } from '../../event/record.ts';

/** What the thread with the debugger is given. */
export interface LocalsWork {
  /** See `STARTING`. */
  readonly state: SharedArrayBuffer;
  /** Where its messages go. */
  readonly port: MessagePort;
  readonly maxPauses: number;
  /** ms. */
  readonly maxMs: number;
}

/** The debugger is not connected yet. */
export const STARTING = 0;
export const CONNECTED = 1;
/** It is disconnected, or will never be connected. */
export const ENDED = 2;

/** What the thread tells the main one. */
export type LocalsMessage =
  | { readonly kind: 'paused'; readonly description: string; readonly frames: readonly PausedFrame[] }
  | { readonly kind: 'spent' }
  | { readonly kind: 'failed'; readonly why: string };

/**
 * Identifies an error in both threads: its stack. The debugger describes an error by that. Undefined
 * where there are no frames.
 */
export function keyOf(stack: unknown): string | undefined {
  return typeof stack === 'string' && stack.includes('\n    at ') ? stack : undefined;
}
