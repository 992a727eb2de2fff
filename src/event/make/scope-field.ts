import { isObject, read } from '../../lib/safe-read.ts';
import type { Context } from '../record.ts';

/**
 * The key under which a line of pino carries the scope of whoever logged it, into the worker. Not
 * `errsight`, which is the user's: as a child's binding it would stand in the line twice.
 */
export const SCOPE_FIELD = 'errsightScope';

/** What is under it. An event's line says all; a breadcrumb's only whose it is. */
export interface ScopeField extends Context {
  /** The request, or the piece of work, that the scope belongs to. */
  readonly id?: string;
}

/** Characters of an id; ours have ten at most. */
const ID = 60;

/** The id in what stands under the key, by whomever it was written. */
export function scopeIdOf(field: unknown): string | undefined {
  const id = isObject(field) ? read(field, 'id') : undefined;
  return typeof id === 'string' && id !== '' && id.length <= ID ? id : undefined;
}
