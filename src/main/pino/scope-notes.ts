import { SCOPE, type NoteWriter } from '../../notes/writer.ts';
import { currentSpan } from '../span.ts';
import { describe, type ScopeRules, type Told } from './scope.ts';
import type { Scope } from '../scope.ts';

/** What the note of a line says of the scope: a place where it stands, or all of it. */
export type ScopeNote = { readonly place: number } | Told;

interface Known {
  readonly rules: ScopeRules;
  /** See `Scope.revision`. */
  readonly revision: number;
  readonly note: ScopeNote;
  /** The oldest of the places that it needs. Undefined if it needs none. */
  readonly oldest: number | undefined;
}

/**
 * Notes what scopes say. Lines of one scope mostly say the same of it, which takes ten times as
 * long to describe as the line takes pino. So it is noted once, and again after a change.
 */
export class ScopeNotes {
  readonly #writer: NoteWriter;
  readonly #known = new WeakMap<Scope, Known>();

  constructor(writer: NoteWriter) {
    this.#writer = writer;
  }

  of(scope: Scope, rules: ScopeRules): ScopeNote {
    const revision = currentSpan() === undefined ? scope.revision : undefined;
    if (revision === undefined) return describe(scope, rules, this.#writer);
    const known = this.#known.get(scope);
    if (known?.revision === revision && known.rules === rules && this.#isThere(known)) {
      return known.note;
    }
    const told = describe(scope, rules, this.#writer);
    const place =
      told.scope || told.crumbs ? this.#writer.note(SCOPE, JSON.stringify(told)) : undefined;
    const note = place === undefined ? told : { place };
    const oldest = place === undefined ? undefined : (told.crumbs ?? []).reduce(older, place);
    this.#known.set(scope, { rules, revision, note, oldest });
    return note;
  }

  #isThere({ oldest }: Known): boolean {
    return oldest === undefined || this.#writer.keeps(oldest);
  }
}

function older(one: number, other: number): number {
  return ((other - one) | 0) < 0 ? other : one;
}
