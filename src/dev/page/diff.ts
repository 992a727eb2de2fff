// The differences between two events of an issue.
import type { EventShape } from '../shapes.ts';
import { h, long, plural, type Children } from './dom.ts';
import { isBag, text } from './values.ts';

/** Fields that always differ and say nothing. */
const IGNORED = new Set(['id', 'occurred_at', 'fingerprint', 'is_regression', 'resolved']);
const MOST = 100;

interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every field that differs, by its path. */
export function differences(before: EventShape, after: EventShape): Difference[] {
  const found: Difference[] = [];
  const compare = (one: unknown, other: unknown, path: string, depth: number): void => {
    if (found.length >= MOST || Object.is(one, other)) return;
    const areBoth = isNested(one) && isNested(other);
    if (!areBoth || depth > 20) {
      if (text(one) !== text(other)) found.push({ path, before: one, after: other });
      return;
    }
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      if (depth === 0 && IGNORED.has(key)) continue;
      const inner = path === '' ? key : `${path}.${key}`;
      compare(
        (one as Record<string, unknown>)[key],
        (other as Record<string, unknown>)[key],
        inner,
        depth + 1,
      );
    }
  };
  compare(before, after, '', 0);
  return found;
}

function isNested(value: unknown): value is object {
  return isBag(value) || Array.isArray(value);
}

export function diffView(before: EventShape, after: EventShape): HTMLElement {
  const found = differences(before, after);
  if (found.length === 0) return h('p', { class: 'quiet' }, 'Nothing differs but the time.');
  const rows = found.map(({ path, before: one, after: other }) =>
    h('div', {}, h('dt', {}, path), h('dd', {}, side('del', one), side('ins', other))),
  );
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'quiet' },
      `${plural(found.length, 'field')} differ${found.length === 1 ? 's' : ''}.`,
    ),
    h('dl', { class: 'tree diff' }, rows),
  );
}

function side(tag: 'del' | 'ins', value: unknown): HTMLElement {
  const content: Children =
    value === undefined ? [h('span', { class: 'quiet' }, 'not there')] : [long(text(value))];
  return h(tag, {}, h('span', { class: 'sign' }, tag === 'del' ? '− ' : '+ '), ...content);
}
