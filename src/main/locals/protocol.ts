import type { MessagePort } from 'node:worker_threads';
import { isObject, read } from '../../lib/safe-read.ts';
import type { PausedFrame } from '../../event/record.ts';

/** What the thread with the debugger is given. */
export interface LocalsWork {
  /** See `STARTING`. */
  readonly state: SharedArrayBuffer;
  /** The port for its messages. */
  readonly port: MessagePort;
  readonly maxPauses: number;
  /** ms. */
  readonly maxMs: number;
}

/** Numbers in memory that both threads see: the state, and whether the debugger is at work. */
export const NUMBERS = 2;

/** The debugger is not connected yet. */
export const STARTING = 0;
export const CONNECTED = 1;
/** It is disconnected, or will never be connected. */
export const ENDED = 2;

/** What the thread tells the main one. */
export type LocalsMessage =
  | {
      readonly kind: 'paused';
      /** See `keyOf`. */
      readonly key: string;
      readonly frames: readonly PausedFrame[];
      /** Whether it may be captured in a later turn: a rejection, or one that was asked for. */
      readonly isLasting: boolean;
    }
  | { readonly kind: 'spent' }
  | { readonly kind: 'failed'; readonly why: string };

/** What the main thread tells the other one: to end, or which issue repeats. */
export type LocalsOrder =
  { readonly kind: 'end' } | { readonly kind: 'want'; readonly place: string };

/**
 * The frames of a stack, which errors of one issue have in common. The names by which V8 calls a
 * method are left out, since they depend on when the stack is read.
 */
export function placeOf(stack: unknown): string | undefined {
  const from = typeof stack === 'string' ? stack.indexOf('\n    at ') : -1;
  if (from === -1) return undefined;
  return (stack as string).slice(from, from + MAX_PLACE).replaceAll(/ \[as [^\]\n]*\]/g, '');
}

/** UTF-16 units. */
const MAX_PLACE = 8_000;

/**
 * Identifies what was thrown in both threads: an error by its stack, since the debugger describes an
 * error by its stack, and a text by itself. Undefined if there are no frames.
 */
export function keyOf(thrown: unknown): string | undefined {
  if (typeof thrown === 'string') return `text ${thrown}`;
  const stack = isObject(thrown) ? read(thrown, 'stack') : undefined;
  return typeof stack === 'string' && stack.includes('\n    at ') ? stack : undefined;
}
