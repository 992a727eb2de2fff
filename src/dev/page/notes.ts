// Notes beside fields: what the real ErrSight would change or lose, and what was filtered.
import type { EventView } from '../shapes.ts';
import { h } from './dom.ts';

export interface Notes {
  readonly items: EventView['notes'];
  readonly filtered: EventView['filtered'];
  /** The notes that are shown beside their field. */
  readonly shown: Set<object>;
}

export function notesOf({ notes, filtered }: EventView): Notes {
  return { items: notes, filtered, shown: new Set() };
}

/** The notes of a field and of the fields in it. */
export function notesAt(notes: Notes, path: string): HTMLElement[] {
  const isIn = (other: string): boolean =>
    other === path ||
    other.startsWith(`${path}.`) ||
    other.startsWith(`${path}[`) ||
    other.startsWith(`${path} `);
  const found = notes.items.filter((note) => !notes.shown.has(note) && isIn(note.path));
  return found.map((note) => {
    notes.shown.add(note);
    return noteView(note.rule, note.path === path ? '' : note.path, note.detail);
  });
}

function noteView(rule: string, path: string, detail: string): HTMLElement {
  return h(
    'p',
    { class: 'note' },
    h('b', {}, `⚠ ErrSight: ${rule.replaceAll('_', ' ')}`),
    path !== '' && h('code', {}, ` ${path}`),
    ` ${detail}`,
  );
}

/** Notes without a field to stand beside, such as one about a field that is not kept. */
export function otherNotes(notes: Notes): HTMLElement[] {
  return notes.items
    .filter((note) => !notes.shown.has(note))
    .map((note) => noteView(note.rule, note.path, note.detail));
}

/** The rule that has filtered the value at a path, if it was filtered. */
export function filteredMark(notes: Notes, path: string): HTMLElement | null {
  const found = notes.filtered.find((each) => each.path === path);
  if (found === undefined) return null;
  return h(
    'span',
    { class: 'mark' },
    `filtered by ${found.rule === 'name' ? 'its name' : 'its form'}`,
  );
}

export function filteredView({ filtered }: Notes): HTMLElement {
  if (filtered.length === 0) return h('p', { class: 'quiet' }, 'Nothing.');
  const items = filtered.map(({ path, rule }) =>
    h('li', {}, h('code', {}, path), ` by ${rule === 'name' ? 'its name' : 'its form'}`),
  );
  return h('ul', {}, items);
}
