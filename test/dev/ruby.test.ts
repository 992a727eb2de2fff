import tap from 'tap';
import {
  inspect,
  isBlank,
  joinLines,
  length,
  strip,
  toI,
  toS,
  truncate,
} from '../../src/dev/ruby.ts';

await tap.test('strip removes NUL and ASCII blanks on both sides, and nothing else', (t) => {
  for (const [text, expected] of [
    ['  a b\t\r\n', 'a b'],
    ['\0\va\f\0', 'a'],
    ['\u00A0a\u3000', '\u00A0a\u3000'],
    ['\uFEFFa', '\uFEFFa'],
    [' \0 ', ''],
  ] as const) {
    t.equal(strip(text), expected, JSON.stringify(text));
  }
  t.end();
});

await tap.test('blank is what holds nothing but Unicode white space', (t) => {
  for (const [text, expected] of [
    ['', true],
    [' \t\n', true],
    ['\u0085\u00A0\u2028\u3000', true],
    ['\uFEFF', false],
    ['\u200B', false],
    ['\0', false],
    [' a ', false],
  ] as const) {
    // Escaped, since tap takes some of them for the end of a line.
    t.equal(isBlank(text), expected, encodeURIComponent(text));
  }
  t.end();
});

await tap.test('texts are cut by characters, the dots within the limit', (t) => {
  t.equal(truncate('abcdef', 6), 'abcdef');
  t.equal(truncate('abcdefg', 6), 'abc...');
  t.equal(truncate('😀😀😀😀', 4), '😀😀😀😀', 'four characters, though eight UTF-16 units');
  t.equal(truncate('😀😀😀😀😀', 4), '😀...');
  t.equal(length('a😀é'), 3);
  t.end();
});

await tap.test('to_s is what Ruby makes of a parsed JSON value', (t) => {
  for (const [value, expected] of [
    [undefined, ''],
    [null, ''],
    ['a "b"', 'a "b"'],
    [true, 'true'],
    [false, 'false'],
    [42, '42'],
    [-1.5, '-1.5'],
    [0.0001, '0.0001'],
    [0.00001, '1.0e-05'],
    [1.25e-7, '1.25e-07'],
    [1e20, '100000000000000000000'],
    [1e21, '1.0e+21'],
    [[], '[]'],
    [{}, '{}'],
    [[1, null, 'a', [true]], '[1, nil, "a", [true]]'],
    [{ a: 1, 'b c': { d: null } }, '{"a" => 1, "b c" => {"d" => nil}}'],
  ] as const) {
    t.equal(toS(value), expected, JSON.stringify(value));
  }
  t.end();
});

await tap.test('inspect escapes what Ruby escapes', (t) => {
  for (const [text, expected] of [
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ['\n\t\r\u001B\0\u0001', String.raw`"\n\t\r\e\u0000\u0001"`],
    ['#{x} #$y #@z # #a', String.raw`"\#{x} \#$y \#@z # #a"`],
    ['\u2028\u200B', String.raw`"\u2028\u200B"`],
    ['\u{E0001}', String.raw`"\u{E0001}"`],
    ['é😀', '"é😀"'],
  ] as const) {
    t.equal(inspect(text), expected);
  }
  t.end();
});

await tap.test('arrays are joined by lines, nested ones flattened', (t) => {
  t.equal(joinLines(['a', ['b', ['c']], null, 1, { d: 2 }]), 'a\nb\nc\n\n1\n{"d" => 2}');
  t.equal(joinLines([]), '');
  t.end();
});

await tap.test('to_i reads the digits a text begins with', (t) => {
  for (const [text, expected] of [
    ['12', 12],
    [' -3x', -3],
    ['+4', 4],
    ['1_000', 1000],
    ['x5', 0],
    ['', 0],
  ] as const) {
    t.equal(toI(text), expected, JSON.stringify(text));
  }
  t.end();
});
