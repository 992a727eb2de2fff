// Draws the steps that led to an event: their times before it, gaps to scale, and counts of repeated queries.
import type { Crumb, EventShape } from '../shapes.ts';
import { coloured } from './colour.ts';
import { h, long } from './dom.ts';
import { levelMark } from './list.ts';
import { notesAt, type Notes } from './notes.ts';
import { leadOf, stepsOf, type Step } from './steps.ts';
import { tree } from './tree.ts';
import { duration } from './when.ts';

/** A gap of at least so many milliseconds is drawn, with a pixel for each 50 of them up to a bound. */
const GAP_MS = 200;
const PIXEL_MS = 50;
const MAX_PIXELS = 40;
/** A query is marked if it runs so often in one trail. */
const REPEATED = 3;

export function trailView(event: EventShape, notes: Notes): HTMLElement {
  const steps = stepsOf(event.breadcrumbs);
  const counts = new Map<string, number>();
  for (const { what, isQuery, times } of steps) {
    if (isQuery) counts.set(what, (counts.get(what) ?? 0) + times);
  }
  const rows = steps.map((step, at) => {
    const gap = step.time - (steps[at - 1]?.time ?? step.time);
    return row(step, event, gap, counts.get(step.what) ?? 0, notes);
  });
  return h('ol', { class: 'trail' }, rows);
}

function row(step: Step, event: EventShape, gap: number, count: number, notes: Notes): HTMLElement {
  const { crumb, index, what, isQuery, status, times, took } = step;
  const isRepeated = isQuery && count >= REPEATED;
  const isOdd = crumb.level !== 'info' && crumb.level !== 'debug';
  const item = h(
    'li',
    {},
    h('span', { class: 'before number', title: crumb.timestamp }, leadOf(step, event)),
    h(
      'span',
      { class: `category c-${(crumb.category ?? '').toLowerCase().replaceAll(/[^a-z]/g, '')}` },
      crumb.category ?? '',
    ),
    h(
      'span',
      { class: 'what' },
      isOdd && [levelMark(crumb.level), ' '],
      isQuery ? coloured(what.slice(0, 600), 'sql') : long(what),
      isRepeated &&
        h('b', { class: 'repeated', title: 'the same query again and again' }, ` ×${count} ⚠`),
      isRepeated || times === 1 ? null : h('b', {}, ` ×${times}`),
      facts(crumb, index, notes),
      notesAt(notes, `breadcrumbs[${index}]`),
    ),
    h('span', { class: 'status number' }, status),
    h('span', { class: 'took number' }, took > 0 ? duration(took) : ''),
  );
  if (gap >= GAP_MS) {
    item.style.marginTop = `${Math.min(MAX_PIXELS, Math.round(gap / PIXEL_MS))}px`;
    item.dataset['gap'] = `${duration(gap)} later`;
  }
  return item;
}

function facts({ data }: Crumb, index: number, notes: Notes): HTMLElement | null {
  const keys = Object.keys(data).filter((key) => !['sql', 'status', 'duration_ms'].includes(key));
  if (keys.length === 0) return null;
  const rest = Object.fromEntries(keys.map((key) => [key, data[key]]));
  return h(
    'details',
    { class: 'more' },
    h('summary', {}, keys.slice(0, 4).join(', ')),
    tree(rest, `breadcrumbs[${index}].data`, notes, 9),
  );
}
