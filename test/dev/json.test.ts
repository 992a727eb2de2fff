import tap from 'tap';
import { findNul, hasReservedKey, parseBody } from '../../src/dev/json.ts';

const NO_JSON = { ok: false, empty: false };

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

await tap.test('bodies that the real parser refuses are refused', (t) => {
  for (const [name, body] of [
    ['text', 'boom'],
    ['half an object', '{"message":"a",'],
    ['NaN', '{"message":NaN}'],
    ['Infinity', '[-Infinity]'],
    ['two lines of JSON', '{"message":"a"}\n{"message":"b"}'],
    ['a byte-order mark', '\uFEFF{"message":"a"}'],
    ['blanks', '  \n'],
    ['101 levels', nested(101)],
    ['a quarter million levels', nested(262_144)],
    ['101 levels of objects', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
  ] as const) {
    t.same(parseBody(Buffer.from(body)), NO_JSON, name);
  }
  t.same(
    parseBody(Buffer.alloc(0)),
    { ok: false, empty: true },
    'an empty body is a case of its own',
  );
  t.end();
});

await tap.test('a hundred levels are not too deep', (t) => {
  t.match(parseBody(Buffer.from(nested(100))), { ok: true, wellFormed: true });
  t.end();
});

await tap.test('what is not valid Unicode is seen', (t) => {
  for (const [name, body, wellFormed] of [
    ['a lone surrogate', Buffer.from(String.raw`{"a":"\ud800"}`), false],
    ['a lone surrogate in a key', Buffer.from(String.raw`[{"\udc00":1}]`), false],
    ['a pair of surrogates', Buffer.from(String.raw`{"a":"\ud83d\ude00"}`), true],
    ['a byte that is not UTF-8', Buffer.from('{"a":"\xE9"}', 'latin1'), false],
    ['the replacement character itself', Buffer.from('{"a":"\uFFFD"}'), true],
  ] as const) {
    t.match(parseBody(body), { ok: true, wellFormed }, name);
  }
  t.end();
});

await tap.test('reserved keys are found at any depth, in keys only', (t) => {
  for (const key of [
    '_aj_globalid',
    '_aj_serialized',
    '_aj_symbol_keys',
    '_aj_ruby2_keywords',
    '_aj_hash_with_indifferent_access',
  ]) {
    t.equal(hasReservedKey([{ metadata: { a: [{ [key]: 1 }] } }]), true, key);
  }
  t.equal(hasReservedKey([{ message: '_aj_globalid', _aj_other: 1 }]), false);
  t.end();
});

await tap.test('U+0000 is found in strings and keys, and its place is told', (t) => {
  t.equal(findNul({ a: [1, { b: 'x\0' }] }, 'metadata'), 'metadata.a[1].b');
  t.equal(findNul({ 'a\0': 1 }, 'tags'), 'tags (a key)');
  t.equal(findNul({ a: ['b', null, 1] }, 'tags'), undefined);
  t.end();
});
