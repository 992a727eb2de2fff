// Values as a tree that can be searched.
import { h, long, show } from './dom.ts';
import { filteredMark, notesAt, type Notes } from './notes.ts';
import { isBag } from './values.ts';

/** How many parts of a list or an object are shown at first. */
const MOST = 100;
/** How many levels are open at first. */
const OPEN = 2;

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [String(index), item] as const);
  return isBag(value) ? Object.entries(value) : [];
}

/** A row for each key of an object. Nested objects fold. */
export function tree(value: unknown, path: string, notes: Notes, depth = 0): HTMLElement {
  const entries = entriesOf(value);
  const rows = h('dl', { class: 'tree' });
  const add = (from: number): void => {
    const part = entries.slice(from, from + MOST);
    rows.append(
      ...part.map(([key, item]) => pair(key, item, inner(value, path, key), notes, depth)),
    );
    const rest = entries.length - from - part.length;
    if (rest <= 0) return;
    const more = h('button', { type: 'button' }, `${rest} more`);
    const row = h('div', {}, h('dt', {}, '…'), h('dd', {}, more));
    more.addEventListener('click', () => {
      row.remove();
      add(from + MOST);
    });
    rows.append(row);
  };
  add(0);
  return rows;
}

function inner(value: unknown, path: string, key: string): string {
  return Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
}

function pair(key: string, value: unknown, path: string, notes: Notes, depth: number): HTMLElement {
  const isNested = entriesOf(value).length > 0;
  const own = isNested ? [] : notesAt(notes, path);
  const row = h('div', { class: isNested ? 'nested' : '' }, h('dt', {}, key));
  if (!isNested) {
    row.append(h('dd', {}, leaf(value), filteredMark(notes, path), own));
    return row;
  }
  const count = entriesOf(value).length;
  const summary = h('summary', {}, Array.isArray(value) ? `[${count}]` : `{${count}}`);
  const details = h('details', {}, summary);
  // The parts are made when it is opened: a hostile value has a hundred thousand.
  const make = (): void => {
    if (details.childElementCount === 1) details.append(tree(value, path, notes, depth + 1));
  };
  details.addEventListener('toggle', make);
  if (depth < OPEN && count <= 12) {
    make();
    details.open = true;
  }
  row.append(h('dd', {}, details, notesAt(notes, path)));
  return row;
}

function leaf(value: unknown): HTMLElement {
  if (typeof value === 'string') return h('span', { class: 's' }, long(value));
  const json = JSON.stringify(value) ?? 'undefined';
  return h('span', { class: value === null ? 'quiet' : 'n' }, json);
}

/** Several trees under a field that searches all of them. */
export function searchable(
  parts: readonly (readonly [string, unknown, string])[],
  notes: Notes,
): HTMLElement {
  const body = h('div', { class: 'parts' });
  const input = h('input', {
    type: 'search',
    placeholder: 'find a key or value',
    'aria-label': 'find a key or value',
  });
  const before = new Set(notes.shown);
  const draw = (): void => {
    const wanted = input.value.trim().toLowerCase();
    // Found values have other paths than in the whole value, beside which their notes stand.
    const own = wanted === '' ? { ...notes, shown: new Set(before) } : NONE;
    const shown = parts.flatMap(([name, value, path], index) => {
      const kept = wanted === '' ? value : search(value, wanted, 0);
      const isThere = kept !== undefined && entriesOf(kept).length > 0;
      const view = isThere ? tree(kept, path, own, wanted === '' ? 0 : -100) : null;
      // The notes about values that are not kept and so have no row.
      const isLast = parts.findLastIndex(([, , other]) => other === path) === index;
      const rest = isLast ? notesAt(own, path) : [];
      if (view === null && rest.length === 0) return [];
      const isWide = Object.values(kept ?? {}).some(isLarge) || entriesOf(kept).length > 8;
      return [h('div', { class: isWide ? 'wide' : '' }, h('h3', {}, name), view, rest)];
    });
    show(
      body,
      shown.length > 0
        ? shown
        : h('p', { class: 'quiet' }, wanted === '' ? 'Nothing.' : 'Nothing found.'),
    );
    for (const note of own.shown) notes.shown.add(note);
  };
  input.addEventListener('input', draw);
  draw();
  return h('div', {}, input, body);
}

/** Whether a value needs the whole width. */
function isLarge(value: unknown): boolean {
  return entriesOf(value).length > 0 || (typeof value === 'string' && value.length > 200);
}

const NONE: Notes = { items: [], filtered: [], shown: new Set() };
/** How many levels are searched. */
const MAX_DEPTH = 100;

/** The parts of a value that hold the wanted text; undefined if none does. */
function search(value: unknown, wanted: string, depth: number): unknown {
  const entries = entriesOf(value);
  if (entries.length === 0) {
    return JSON.stringify(value).toLowerCase().includes(wanted) ? value : undefined;
  }
  if (depth > MAX_DEPTH) return undefined;
  const kept = entries.flatMap(([key, item]) => {
    if (key.toLowerCase().includes(wanted)) return [[key, item] as const];
    const found = search(item, wanted, depth + 1);
    return found === undefined ? [] : [[key, found] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
