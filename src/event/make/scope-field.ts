import type { Context } from '../record.ts';

/**
 * The key under which a line of pino 7 to 9 carries a short id into the worker. Not `errsight`, which is
 * the user's: as a child's binding it would stand in the line twice.
 */
export const SCOPE_FIELD = 'errsightScope';

/** What is known of the scope that a line was logged in. */
export interface ScopeField extends Context {
  /** The request, or the piece of work, that the scope belongs to. */
  readonly id?: string;
}

/** What is under the key: of a scope, of a note, or of both. */
export interface LineId {
  readonly scope: string | undefined;
  readonly note: number | undefined;
}

const ID = /^([\da-z]{0,12})(?:\.(-?\d{1,10}))?$/;

/** What stands under the key, by whomever it was written. */
export function lineIdOf(field: unknown): LineId | undefined {
  const match = typeof field === 'string' ? ID.exec(field) : null;
  if (match === null || field === '') return undefined;
  return {
    scope: match[1] === '' ? undefined : match[1],
    note: match[2] === undefined ? undefined : Number(match[2]),
  };
}
