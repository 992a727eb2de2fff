import { Writable } from 'node:stream';
import pino from 'pino';
import t from 'tap';
import { wholeFields } from '../../src/main/pino/fields.ts';

const NOWHERE = new Writable({ write: (_line, _encoding, done) => done() });

const logger = pino({ redact: ['hidden'], serializers: { own: () => 'mine' } }, NOWHERE);

/** `[what, the field, what is told of it; undefined where its line says it]` */
const FIELDS: readonly (readonly [string, unknown, unknown])[] = [
  ['a Map', new Map([['k', 5]]), { k: 5 }],
  ['a Set', new Set([1, 2]), [1, 2]],
  ['Headers', new Headers({ a: '1' }), { a: '1' }],
  ['a query', new URLSearchParams('a=1&a=2'), { a: ['1', '2'] }],
  ['a RegExp', /x/, '/x/'],
  ['an Error', { inner: new TypeError('x') }, { inner: { type: 'TypeError', message: 'x' } }],
  ['a Date, which has a text in JSON', new Date(0), undefined],
  ['a URL', new URL('http://a.example/'), undefined],
  ['a Buffer', Buffer.from('x'), undefined],
  ['a plain object', { a: 1 }, undefined],
  ['an empty one', {}, undefined],
  ['a list', [1], undefined],
  ['a text', 'x', undefined],
];

t.test('what JSON leaves nothing of is told whole, with an error and without one', async (t) => {
  const error = new Error('failed');
  for (const [what, field, told] of FIELDS) {
    const wanted = told === undefined ? undefined : { field: told };
    t.match(wholeFields(logger, { field }, undefined), wanted, what);
    t.match(wholeFields(logger, { field, err: error }, { error, path: ['err'] }), wanted, what);
  }
});

t.test('what the user chooses is written of a field stays so', async (t) => {
  const map = new Map([['k', 5]]);
  t.equal(wholeFields(logger, { own: map }, undefined), undefined);
  t.notMatch(JSON.stringify(wholeFields(logger, { hidden: map }, undefined) ?? {}), /5/);
  t.equal(wholeFields(logger, new Error('x'), undefined), undefined);
});
