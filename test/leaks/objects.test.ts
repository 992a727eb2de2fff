import t from 'tap';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { scrub } from '../helpers/scrub.ts';

const HIDDEN = '[Filtered]';

/** A name that stands beside its value, as libraries and protocols pair them. */
const ROWS: readonly (readonly [what: string, given: unknown, kept: unknown])[] = [
  [
    'express-validator',
    { type: 'field', path: 'password', value: 'hunter2', msg: 'Invalid', location: 'body' },
    { type: 'field', path: 'password', value: HIDDEN, msg: 'Invalid', location: 'body' },
  ],
  [
    'Joi',
    { path: ['user', 'pin'], type: 'number.base', context: { value: 'hunter2', key: 'pin' } },
    { path: ['user', 'pin'], type: 'number.base', context: HIDDEN },
  ],
  [
    'class-validator',
    { property: 'password', value: 'hunter2', target: { password: 'hunter2', a: 1 } },
    { property: 'password', value: HIDDEN, target: { password: HIDDEN, a: 1 } },
  ],
  ['yup', { path: 'apiKey', originalValue: 'hunter2' }, { path: 'apiKey', originalValue: HIDDEN }],
  [
    'Ajv',
    { instancePath: '/password', data: 'hunter2' },
    { instancePath: '/password', data: HIDDEN },
  ],
  [
    'ioredis',
    { command: { name: 'auth', args: ['hunter2'] } },
    { command: { name: 'auth', args: HIDDEN } },
  ],
  [
    'Redis 6',
    { name: 'hello', args: ['3', 'AUTH', 'ada', 'hunter2'] },
    { name: 'hello', args: HIDDEN },
  ],
  ['another command', { name: 'lpush', args: ['a', 'b'] }, { name: 'lpush', args: ['a', 'b'] }],
  [
    'mysql2',
    { sql: "UPDATE users SET name = 'ada', a = 5" },
    { sql: 'UPDATE users SET name = ?, a = ?' },
  ],
  [
    'TypeORM',
    { query: 'SELECT "u"."id" FROM "u" WHERE "u"."mail" = $1', parameters: ['ada'] },
    { query: 'SELECT "u"."id" FROM "u" WHERE "u"."mail" = $1', parameters: HIDDEN },
  ],
  [
    'Knex',
    { sql: 'select * from a where b = ?', bindings: ['x'] },
    { sql: 'select * from a where b = ?', bindings: HIDDEN },
  ],
  [
    'no statement',
    { query: '{ user { id } }', values: [1] },
    { query: '{ user { id } }', values: [1] },
  ],
  ['a list of names', ['password', 'username'], ['password', 'username']],
  ['a pair', ['password', 'hunter2'], ['password', HIDDEN]],
  [
    'a card',
    { n: 4_242_424_242_424_242, at: 1_764_400_000_000 },
    { n: HIDDEN, at: 1_764_400_000_000 },
  ],
  [
    'an Error among values',
    { e: Object.assign(new RangeError('x'), { sql: "select 'a'" }) },
    { e: { sql: 'select ?' } },
  ],
  [
    'mysql2, numbers alone',
    { errno: 1062, sql: 'UPDATE a SET b = 5' },
    { errno: 1062, sql: 'UPDATE a SET b = ?' },
  ],
  [
    'body-parser',
    { type: 'entity.parse.failed', status: 400, body: '{"a": hunter2' },
    { type: 'entity.parse.failed', status: 400, body: HIDDEN },
  ],
  [
    'a Map',
    new Map([
      ['name', 'token'],
      ['value', 'hunter2'],
    ]),
    { name: 'token', value: HIDDEN },
  ],
];

t.test('a value leaves as little where its name stands beside it as where it is its key', (t) => {
  for (const [what, given, kept] of ROWS) t.match(scrub.value(given), kept, what);
  t.end();
});

t.test("the user's own patterns hold for all texts, and are never stuck", (t) => {
  const pattern = /CUST-\d{4}/y;
  const own = createScrubber({
    scrubKeys: [],
    scrubPatterns: [pattern, /(?:)/, /ünique/iu],
    sendDefaultPii: false,
    apiKey: undefined,
  });
  t.strictSame(own.value({ a: 'of CUST-1234, CUST-5678', 'CUST-1234': ['ÜNIQUE'] }), {
    a: 'of [Filtered], [Filtered]',
    '[Filtered]': ['[Filtered]'],
  });
  t.equal(own.code('const a = "CUST-1234"', 200), 'const a = "[Filtered]"');
  t.equal(own.text(`${'x'.repeat(30_000)}CUST-1234`, 40_000), `${'x'.repeat(30_000)}[Filtered]`);
  t.equal(pattern.lastIndex, 0);
  t.end();
});
