import tap, { type Test } from 'tap';
import type { JsonObject } from '../../src/dev/json.ts';
import { sanitize, type SanitizedEvent } from '../../src/dev/sanitize.ts';

const NOW = Date.UTC(2025, 10, 21, 10, 0);
const DAY = 24 * 60 * 60 * 1000;

/** Rule, path, and detail of each silent change. */
type Notes = [rule: string, path: string, detail: string][];

function run(data: JsonObject): { event: SanitizedEvent; notes: Notes } {
  const notes: Notes = [];
  const event = sanitize(data, NOW, (...note) => notes.push(note));
  return { event, notes };
}

/** Name, what is sent in the field, what is stored, and the rules and paths of what is noted. */
type Row = readonly [name: string, sent: unknown, stored: unknown, noted?: readonly string[]];

function check(t: Test, field: string, kept: keyof SanitizedEvent, rows: readonly Row[]): void {
  for (const [name, sent, stored, noted = []] of rows) {
    const { event, notes } = run(sent === undefined ? {} : { [field]: sent });
    t.strictSame(event[kept], stored, `${name}: stored`);
    t.same(
      notes.map(([rule, path]) => `${rule} ${path}`),
      noted,
      `${name}: noted`,
    );
  }
  t.end();
}

await tap.test('an empty object becomes an event of defaults, and nothing is noted', (t) => {
  t.same(run({}), {
    event: {
      level: 'info',
      message: '',
      backtrace: '',
      environment: 'production',
      release: null,
      time: NOW,
      metadata: {},
      tags: {},
      user_context: {},
      user_identifier: null,
      breadcrumbs: [],
      fingerprint: null,
    },
    notes: [],
  });
  t.end();
});

await tap.test('a full event within the limits is stored as it is, and nothing is noted', (t) => {
  const { event, notes } = run({
    ingestion_id: '0b7f0c7e-8f5c-4b9e-9c3d-0d7c5e0c1f7a',
    level: 'error',
    message: 'a'.repeat(10_000),
    backtrace: 'at run (src/a.ts:1:2)',
    environment: 'staging',
    release: '1'.repeat(120),
    occurred_at: '2025-11-21T09:59:59.123Z',
    metadata: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, index])),
    tags: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`t${index}`, 'v'])),
    user: { id: '1', email: 'a@example.com', username: 'a', ip_address: '127.0.0.1' },
    breadcrumbs: Array.from({ length: 50 }, () => ({ level: 'info', message: 'm', data: {} })),
    fingerprint: ['a', 'b'],
  });
  t.same(notes, []);
  t.match(event, { level: 'error', environment: 'staging', release: '1'.repeat(120) });
  t.equal(event.message.length, 10_000);
  t.equal(event.time, NOW - 877);
  t.equal(event.user_identifier, '1');
  t.equal(event.breadcrumbs.length, 50);
  t.equal(event.fingerprint, '0eab8a0a3380abf4c7d1fb0b43b66aaf');
  t.end();
});

await tap.test('levels', (t) => {
  check(t, 'level', 'level', [
    ['a level', 'fatal', 'fatal'],
    ['upper case', 'WARNING', 'warning'],
    ['null', null, 'info'],
    ['warn', 'warn', 'info', ['replaced level']],
    ['critical', 'critical', 'info', ['replaced level']],
    ['trace', 'trace', 'info', ['replaced level']],
    ['log', 'log', 'info', ['replaced level']],
    ['blanks around', ' error', 'info', ['replaced level']],
    ['a number', 50, 'info', ['replaced level']],
  ]);
});

await tap.test('messages', (t) => {
  check(t, 'message', 'message', [
    ['a text', 'a', 'a'],
    ['null', null, ''],
    ['a number', 5, '5'],
    ['an object', { a: 1 }, '{"a" => 1}', ['stringified message']],
    ['blanks around', ' a ', ' a '],
    ['the longest', '😀'.repeat(10_000), '😀'.repeat(10_000)],
    ['one more', 'a'.repeat(10_001), `${'a'.repeat(9997)}...`, ['cut message']],
    ['a colour', '\u001B[31mred\u001B[0m', 'red', ['ansi message']],
    ['a cursor move', '\u001B[2Jx', 'x', ['ansi message']],
    ['items[max]', 'items[max] of [main]', 'itemsax] of ain]', ['ansi message']],
    ['a bare code', 'a[1;31mb', 'ab', ['ansi message']],
    ['other brackets', 'a[1], [x], [31n', 'a[1], [x], [31n'],
    [
      'long before colours go',
      `\u001B[0m${'a'.repeat(10_000)}`,
      'a'.repeat(10_000),
      ['ansi message'],
    ],
  ]);
});

await tap.test('backtraces', (t) => {
  check(t, 'backtrace', 'backtrace', [
    ['a text', 'a\nb', 'a\nb'],
    ['an array', ['a', 'b'], 'a\nb'],
    ['nested arrays', ['a', ['b', null]], 'a\nb\n'],
    ['an object', {}, '{}', ['stringified backtrace']],
    ['colours', ['\u001B[1ma', '[m'], 'a\n', ['ansi backtrace']],
    ['a very long one', 'a'.repeat(100_000), 'a'.repeat(100_000)],
  ]);
});

await tap.test('environments', (t) => {
  check(t, 'environment', 'environment', [
    ['a text', 'staging', 'staging'],
    ['blanks around', ' a ', ' a '],
    ['a long one', 'e'.repeat(1000), 'e'.repeat(1000)],
    ['null', null, 'production'],
    ['empty', '', 'production', ['replaced environment']],
    ['blank', ' \u00A0', 'production', ['replaced environment']],
  ]);
});

await tap.test('releases', (t) => {
  check(t, 'release', 'release', [
    ['a text', '1.2.3', '1.2.3'],
    ['null', null, null],
    ['a number', 7, '7'],
    ['blank', ' ', null, ['dropped release']],
    ['blanks around', ' 1 ', '1', ['trimmed release']],
    ['too long', 'r'.repeat(121), `${'r'.repeat(117)}...`, ['cut release']],
  ]);
});

await tap.test('times', (t) => {
  check(t, 'occurred_at', 'time', [
    ['now', '2025-11-21T10:00:00.000Z', NOW],
    ['microseconds', '2025-11-21T09:00:00.000001Z', NOW - 3_600_000 + 0.001],
    ['seven days ago', new Date(NOW - 7 * DAY).toISOString(), NOW - 7 * DAY],
    ['a bit more', new Date(NOW - 7 * DAY - 1).toISOString(), NOW, ['replaced occurred_at']],
    ['an hour ahead', new Date(NOW + 3_600_000).toISOString(), NOW + 3_600_000],
    ['a bit more', new Date(NOW + 3_600_001).toISOString(), NOW, ['replaced occurred_at']],
    ['seconds since 1970', NOW / 1000, NOW, ['replaced occurred_at']],
    ['milliseconds since 1970', NOW, NOW, ['replaced occurred_at']],
    ['the same as text', String(NOW), NOW, ['replaced occurred_at']],
    ['garbage', 'soon', NOW, ['replaced occurred_at']],
    ['an empty text', '', NOW, ['replaced occurred_at']],
    ['null', null, NOW],
  ]);
});

await tap.test('timestamp goes before occurred_at', (t) => {
  const earlier = '2025-11-21T08:00:00.000Z';
  const later = '2025-11-21T09:00:00.000Z';
  const both = run({ timestamp: earlier, occurred_at: later });
  t.equal(both.event.time, NOW - 7_200_000);
  t.same(both.notes, [['dropped', 'occurred_at', 'timestamp goes first']]);
  const same = run({ timestamp: later, occurred_at: later });
  t.equal(same.event.time, NOW - 3_600_000);
  t.same(same.notes, []);
  t.equal(run({ timestamp: null, occurred_at: later }).event.time, NOW - 3_600_000);
  t.equal(run({ timestamp: false, occurred_at: later }).event.time, NOW - 3_600_000);
  t.same(run({ timestamp: '', occurred_at: later }).notes, [
    ['dropped', 'occurred_at', 'timestamp goes first'],
    [
      'replaced',
      'timestamp',
      '"" is no date that ErrSight can read, stored as 2025-11-21T10:00:00.000Z',
    ],
  ]);
  t.end();
});

await tap.test('metadata', (t) => {
  const sixty = Object.fromEntries(Array.from({ length: 52 }, (_, index) => [`k${index}`, index]));
  const fifty = Object.fromEntries(Object.entries(sixty).slice(0, 50));
  check(t, 'metadata', 'metadata', [
    ['null', null, {}],
    ['an array', [1], {}, ['dropped metadata']],
    ['a text', 'a', {}, ['dropped metadata']],
    ['nested, with colours', { a: { b: '\u001B[31m[m' } }, { a: { b: '\u001B[31m[m' } }],
    ['52 keys', sixty, fifty, ['dropped metadata.k50', 'dropped metadata.k51']],
    ['fifteen digits', { a: 0.123456789012345 }, { a: 0.123456789012345 }],
    [
      'sixteen digits',
      { a: [0.1234567890123456] },
      { a: [0.1234567890123456] },
      ['replaced metadata.a[0]'],
    ],
    ['a large integer', { a: 9007199254740991 }, { a: 9007199254740991 }],
  ]);
});

await tap.test('the first fifty keys of metadata are the first that were sent', (t) => {
  const keys = Array.from({ length: 51 }, (_, index) => `k${50 - index}`);
  const { event } = run({ metadata: Object.fromEntries(keys.map((key) => [key, 1])) });
  t.same(Object.keys(event.metadata), keys.slice(0, 50));
  t.end();
});

await tap.test('tags', (t) => {
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`t${index}`, 'v']));
  const long = 'k'.repeat(61);
  check(t, 'tags', 'tags', [
    ['texts', { a: 'b' }, { a: 'b' }],
    ['a number', { a: 1.5 }, { a: '1.5' }],
    ['true', { a: true }, { a: 'true' }],
    ['null', { a: null }, { a: '' }, ['stringified tags.a']],
    ['an object', { a: { b: 1 } }, { a: '{"b" => 1}' }, ['stringified tags.a']],
    ['an array', { a: ['x'] }, { a: '["x"]' }, ['stringified tags.a']],
    [
      'a long key',
      { [long]: 'v' },
      { [`${'k'.repeat(57)}...`]: 'v' },
      [`cut tags.${long} (the key)`],
    ],
    ['a long value', { a: 'v'.repeat(201) }, { a: `${'v'.repeat(197)}...` }, ['cut tags.a']],
    [
      '31 of them',
      many,
      Object.fromEntries(Object.entries(many).slice(0, 30)),
      ['dropped tags.t30'],
    ],
    ['no object', ['a'], {}, ['dropped tags']],
    ['null itself', null, {}],
  ]);
});

await tap.test('two long tag keys that become the same are one tag', (t) => {
  const start = 'k'.repeat(60);
  const { event, notes } = run({ tags: { [`${start}a`]: '1', [`${start}b`]: '2' } });
  t.same(event.tags, { [`${'k'.repeat(57)}...`]: '2' });
  t.same(
    notes.map(([rule, path]) => `${rule} ${path}`),
    [`cut tags.${start}a (the key)`, `cut tags.${start}b (the key)`, `dropped tags.${start}b`],
  );
  t.end();
});

await tap.test('users', (t) => {
  check(t, 'user', 'user_context', [
    [
      'all four',
      { id: 42, email: 'a@example.com', username: 'a', ip_address: '127.0.0.1' },
      { id: '42', email: 'a@example.com', username: 'a', ip_address: '127.0.0.1' },
    ],
    ['another key', { id: '1', name: 'A' }, { id: '1' }, ['dropped user.name']],
    ['a key every object has', { toString: 'x' }, {}, ['dropped user.toString']],
    ['blanks around', { id: ' 1 ' }, { id: '1' }, ['trimmed user.id']],
    ['blank', { id: ' ', email: null }, {}, ['dropped user.id']],
    ['a long id', { id: 'i'.repeat(121) }, { id: `${'i'.repeat(117)}...` }, ['cut user.id']],
    [
      'a long e-mail',
      { email: 'e'.repeat(201) },
      { email: `${'e'.repeat(197)}...` },
      ['cut user.email'],
    ],
    [
      'a long name',
      { username: 'u'.repeat(121) },
      { username: `${'u'.repeat(117)}...` },
      ['cut user.username'],
    ],
    [
      'a long address',
      { ip_address: '1'.repeat(65) },
      { ip_address: `${'1'.repeat(61)}...` },
      ['cut user.ip_address'],
    ],
    ['no object', 'a', {}, ['dropped user']],
    ['null', null, {}],
  ]);
});

await tap.test('users are counted by id, else e-mail, else name, never by address', (t) => {
  for (const [user, expected] of [
    [{ id: 1, email: 'e', username: 'u' }, '1'],
    [{ id: ' ', email: 'e', username: 'u' }, 'e'],
    [{ username: 'u', ip_address: '::1' }, 'u'],
    [{ ip_address: '::1' }, null],
  ] as const) {
    t.equal(run({ user }).event.user_identifier, expected, JSON.stringify(user));
  }
  t.end();
});

await tap.test('breadcrumbs', (t) => {
  const data = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, index]));
  check(t, 'breadcrumbs', 'breadcrumbs', [
    [
      'a full one',
      [
        {
          timestamp: '2025-11-21T10:00:00Z',
          level: 'ERROR',
          category: 'http',
          message: 'GET /',
          data: { a: [1] },
        },
      ],
      [
        {
          timestamp: '2025-11-21T10:00:00Z',
          level: 'error',
          category: 'http',
          message: 'GET /',
          data: { a: [1] },
        },
      ],
    ],
    ['an empty one', [{}], [{ level: 'info', message: '', data: {} }]],
    [
      'an unread time',
      [{ timestamp: 5 }],
      [{ timestamp: '5', level: 'info', message: '', data: {} }],
    ],
    [
      'another key',
      [{ type: 'http' }],
      [{ level: 'info', message: '', data: {} }],
      ['dropped breadcrumbs[0].type'],
    ],
    [
      'a level of its own',
      [{ level: 'warn' }],
      [{ level: 'info', message: '', data: {} }],
      ['replaced breadcrumbs[0].level'],
    ],
    [
      'a long category',
      [{ category: 'c'.repeat(61) }],
      [{ category: `${'c'.repeat(57)}...`, level: 'info', message: '', data: {} }],
      ['cut breadcrumbs[0].category'],
    ],
    [
      'blanks around a category',
      [{ category: ' c ' }],
      [{ category: 'c', level: 'info', message: '', data: {} }],
      ['trimmed breadcrumbs[0].category'],
    ],
    [
      'a long message',
      [{ message: 'm'.repeat(501) }],
      [{ level: 'info', message: `${'m'.repeat(497)}...`, data: {} }],
      ['cut breadcrumbs[0].message'],
    ],
    [
      '21 keys of data',
      [{ data }],
      [{ level: 'info', message: '', data: Object.fromEntries(Object.entries(data).slice(0, 20)) }],
      ['dropped breadcrumbs[0].data.k20'],
    ],
    [
      'data that is no object',
      [{ data: 'a' }],
      [{ level: 'info', message: '', data: {} }],
      ['dropped breadcrumbs[0].data'],
    ],
    [
      'a long float',
      [{ data: { ms: 1.2345678901234567 } }],
      [{ level: 'info', message: '', data: { ms: 1.2345678901234567 } }],
      ['replaced breadcrumbs[0].data.ms'],
    ],
    [
      'no object',
      ['a', {}],
      [{ level: 'info', message: '', data: {} }],
      ['dropped breadcrumbs[0]'],
    ],
    ['no array', {}, [], ['dropped breadcrumbs']],
    ['null', null, []],
  ]);
});

await tap.test(
  'of too many breadcrumbs the oldest fifty stay, those that are none counted in',
  (t) => {
    const crumbs = Array.from({ length: 53 }, (_, index) => ({ message: `m${index}` }));
    const { event, notes } = run({ breadcrumbs: ['none', ...crumbs] });
    t.equal(event.breadcrumbs.length, 49);
    t.equal(event.breadcrumbs.at(-1)?.message, 'm48');
    t.same(notes, [
      ['dropped', 'breadcrumbs', 'the last 4 of 54: ErrSight keeps the first 50'],
      ['dropped', 'breadcrumbs[0]', '"none" is not an object'],
    ]);
    t.end();
  },
);

await tap.test('fingerprints', (t) => {
  const ab = '0eab8a0a3380abf4c7d1fb0b43b66aaf';
  check(t, 'fingerprint', 'fingerprint', [
    ['parts', ['a', 'b'], ab],
    ['a text', 'a|b', ab],
    ['blanks around', ['a ', 'b'], ab, ['trimmed fingerprint']],
    ['blank parts', ['a', '', 'b'], ab, ['dropped fingerprint']],
    ['blank', ' ', null, ['dropped fingerprint']],
    ['empty', [], null, ['dropped fingerprint']],
    ['null', null, null],
  ]);
});

await tap.test('parts of a fingerprint that are no text are noted', (t) => {
  t.same(run({ fingerprint: [{ a: 1 }] }).notes, [
    ['stringified', 'fingerprint', '[{"a":1}] has parts that are no text'],
  ]);
  t.end();
});

await tap.test('fields that ErrSight does not have are ignored, and that is noted', (t) => {
  const { event, notes } = run({ message: 'a', platform: 'node', exception: {}, event_id: 'x' });
  t.same(
    notes.map(([rule, path]) => `${rule} ${path}`),
    ['dropped platform', 'dropped exception', 'dropped event_id'],
  );
  t.notMatch(Object.keys(event), ['platform']);
  t.end();
});

await tap.test('notes say what was sent and what became of it', (t) => {
  t.same(run({ level: 'warn', message: 'a[m', release: ' 1', environment: '' }).notes, [
    ['replaced', 'level', '"warn" is no level, stored as info'],
    ['ansi', 'message', 'ErrSight takes "[m" for a colour code and removes it'],
    ['replaced', 'environment', 'blank, stored as production'],
    ['trimmed', 'release', 'blanks around " 1"'],
  ]);
  t.end();
});

await tap.test('a hostile key is a key like any other', (t) => {
  const data: unknown = JSON.parse('{"__proto__":{"a":1}}');
  const { event } = run({ metadata: data, tags: JSON.parse('{"__proto__":"x"}') as unknown });
  t.same(Object.keys(event.metadata), ['__proto__']);
  t.same(Object.keys(event.tags), ['__proto__']);
  t.end();
});
