import t from 'tap';
import { makeBreadcrumb, Ring } from '../../src/event/make/breadcrumbs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import type { Breadcrumb } from '../../src/event/event.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

function crumb(input: unknown): Breadcrumb {
  return makeBreadcrumb(input as object, scrub, NOW);
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();

t.test('a ring keeps the last few, oldest first', (t) => {
  const cases: readonly (readonly [capacity: number, pushed: number, kept: readonly number[]])[] = [
    [0, 3, []],
    [1, 3, [2]],
    [3, 2, [0, 1]],
    [3, 3, [0, 1, 2]],
    [3, 4, [1, 2, 3]],
    [3, 8, [5, 6, 7]],
  ];
  for (const [capacity, pushed, kept] of cases) {
    const ring = new Ring<number>(capacity);
    for (let item = 0; item < pushed; item += 1) ring.push(item);
    t.strictSame(ring.toArray(), kept, `${pushed} in ${capacity}`);
    ring.clear();
    t.strictSame(ring.toArray(), []);
    ring.push(9);
    t.strictSame(ring.toArray(), capacity === 0 ? [] : [9], 'and works after clear');
  }
  t.end();
});

t.test('what is missing in a breadcrumb is filled in', (t) => {
  t.strictSame(crumb({}), { timestamp: '2026-01-02T03:04:05.678Z', level: 'info' });
  t.strictSame(
    crumb({ message: 'm', category: 'c', level: 'WARN', timestamp: 0, data: { a: 1 } }),
    {
      timestamp: '1970-01-01T00:00:00.000Z',
      level: 'warning',
      category: 'c',
      message: 'm',
      data: { a: 1 },
    },
  );
  t.end();
});

t.test('wrong types in a breadcrumb are left out, and nothing throws', (t) => {
  const empty = { timestamp: '2026-01-02T03:04:05.678Z', level: 'info' };
  const cases: readonly unknown[] = [
    { message: 1, category: 2, level: 3, timestamp: 'never', data: 4 },
    { message: null, category: null, level: null, timestamp: null, data: null },
    { level: 'banana', timestamp: Number.NaN },
    { timestamp: new Date(Number.NaN) },
    { timestamp: revoked.proxy },
    { timestamp: new Proxy(new Date(0), {}) },
    { timestamp: Object.create(Date.prototype) as unknown },
    { timestamp: Symbol('s') },
    { timestamp: 10n },
    { category: ' \u0085\u0000 ' },
    revoked.proxy,
    {
      get message(): never {
        throw new Error('no');
      },
    },
    undefined,
    null,
    'text',
  ];
  for (const given of cases) t.strictSame(crumb(given), empty);
  t.strictSame(crumb({ data: [1, 2] }).data, { value: [1, 2] });
  t.strictSame(crumb({ data: () => 1 }).data, { value: '[Function]' });
  t.strictSame(crumb({ data: revoked.proxy }).data, { value: '[Unreadable]' });
  t.end();
});

t.test('what ErrSight would cut, trim or fail on is seen to before', (t) => {
  t.equal(crumb({ category: '  db \u0000 ' }).category, 'db');
  t.equal(crumb({ category: 'c'.repeat(99) }).category?.length, 60);
  t.match(crumb({ category: `\u0000 ${'c'.repeat(99)}` }).category, /^c{56}\.{3}$/);
  t.equal(crumb({ message: 'm'.repeat(999) }).message?.length, 500);
  const keys = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`k${index}`, index]));
  t.equal(Object.keys(crumb({ data: keys }).data ?? {}).length, 20);
  const cases: readonly (readonly [given: object, kept: object])[] = [
    [
      { sql: 'SELECT 1', duration_ms: 3 },
      { sql: 'SELECT 1', duration_ms: 3 },
    ],
    [{ sql: 1 }, { sql: '1' }],
    [{ sql: ['SELECT'] }, { sql: '["SELECT"]' }],
    [{ sql: null }, { sql: 'null' }],
    [
      { sql: 's', duration_ms: true },
      { sql: 's', duration_ms: 'true' },
    ],
    [
      { sql: 's', duration_ms: { ms: 1 } },
      { sql: 's', duration_ms: '{"ms":1}' },
    ],
  ];
  for (const [data, kept] of cases) t.strictSame(crumb({ data }).data, kept);
  t.end();
});

t.test('secrets in a breadcrumb do not leave', (t) => {
  t.strictSame(
    crumb({ message: 'GET /a?token=abc', data: { password: 'x', url: 'https://u:p@h/' } }),
    {
      timestamp: '2026-01-02T03:04:05.678Z',
      level: 'info',
      message: 'GET /a?token=[Filtered]',
      data: { password: '[Filtered]', url: 'https://[Filtered]@h/' },
    },
  );
  t.end();
});
