import tap from 'tap';
import {
  findNul,
  hasReservedKey,
  isObject,
  isTooDeep,
  parseBody,
  textsOf,
} from '../../src/dev/json.ts';
import { toS } from '../../src/dev/ruby.ts';

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
    ['half a comment', '{"message":"a"} /* b'],
    ['a slash', '{"message":"a"} / 1'],
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

await tap.test('no depth is too much for the parser', (t) => {
  for (const [name, text] of [
    ['101 levels', nested(101)],
    ['a quarter million levels', nested(262_144)],
    ['the same with a number of 30 digits', nested(1000).replace('[]', '[1'.padEnd(32, '0') + ']')],
  ] as const) {
    t.equal(parseBody(Buffer.from(text)).ok, true, name);
  }
  t.end();
});

await tap.test('a job holds 96 levels of objects, and 100 of arrays', (t) => {
  const objects = (levels: number): unknown => (levels === 0 ? 1 : { a: objects(levels - 1) });
  const arrays = (levels: number): unknown => (levels === 0 ? 1 : [arrays(levels - 1)]);
  t.equal(isTooDeep(objects(96)), false);
  t.equal(isTooDeep(objects(97)), true);
  t.equal(isTooDeep(arrays(100)), false);
  t.equal(isTooDeep(arrays(101)), true);
  t.end();
});

await tap.test('numbers and comments are read as Ruby reads them', (t) => {
  const digits = '123456789012345678901234567890';
  for (const [json, text] of [
    [digits, digits],
    [`-${digits}`, `-${digits}`],
    ['1.0', '1.0'],
    ['1e5', '100000.0'],
    ['1E+21', '1.0e+21'],
    ['12', '12'],
    ['1.5', '1.5'],
    [`/* a "comment" */ "x" // and another`, 'x'],
    ['"/* none */ \\\\" /**/', '/* none */ \\'],
  ] as const) {
    const parsed = parseBody(Buffer.from(`{"a":${json}\n}`));
    t.equal(parsed.ok && isObject(parsed.value) && toS(parsed.value['a']), text, json);
  }
  t.match(parseBody(Buffer.from('[1e400]')), { ok: true, isFinite: false });
  t.match(parseBody(Buffer.from('[-1.5e999, "1e400"]')), { ok: true, isFinite: false });
  t.match(parseBody(Buffer.from('["1e400", 1e308]')), { ok: true, isFinite: true });
  const own = parseBody(Buffer.from('{"__proto__":1.0}'));
  t.equal(own.ok && isObject(own.value) && Object.keys(own.value)[0], '__proto__');
  t.end();
});

await tap.test('each element is known as it was sent', (t) => {
  for (const [body, texts] of [
    ['{"a":1}', ['{"a":1}']],
    ['[{"a": "],{"} , [ 2 ]]', ['{"a": "],{"}', '[ 2 ]']],
    ['/*[*/ [1,/*,*/"b\\"",{"c":[{}]}] ', ['1', '/*,*/"b\\""', '{"c":[{}]}']],
  ] as const) {
    t.same(textsOf(body, texts.length), texts, body);
  }
  t.same(textsOf('[1]', 2), [], 'what does not fit is not told');
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
