import type { Context } from '../record.ts';

/**
 * The key under which a line of pino 7 to 9 carries a short id into the worker. It is not
 * `errsight`, since that belongs to the user, and would stand in the line twice if a child binds
 * it.
 */
export const SCOPE_FIELD = 'errsightScope';

/** What is known of the scope that a line was logged in. */
export interface ScopeField extends Context {
  /** The request, or other piece of work, that the scope belongs to. */
  readonly id?: string;
}

/** What can be under the key: a scope, a note, or both. */
export interface LineId {
  readonly scope: string | undefined;
  readonly note: number | undefined;
}

const ID = /^([\da-z]{0,12})(?:\.(-?\d{1,10}))?$/;

/** Reads what is under the key. Anybody may have written it. */
export function lineIdOf(field: unknown): LineId | undefined {
  const match = typeof field === 'string' ? ID.exec(field) : null;
  if (match === null || field === '') return undefined;
  return {
    scope: match[1] === '' ? undefined : match[1],
    note: match[2] === undefined ? undefined : Number(match[2]),
  };
}
