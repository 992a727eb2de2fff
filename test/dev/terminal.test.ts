import tap from 'tap';
import { clean, painter, wrap } from '../../src/dev/terminal.ts';

await tap.test('nothing that controls a terminal gets through', (t) => {
  for (const [text, expected] of [
    ['a\u001B[31mb', String.raw`a\u001b[31mb`],
    ['\u001B]0;title\u0007', String.raw`\u001b]0;title\u0007`],
    ['a\u009Bb\u007F', String.raw`a\u009bb\u007f`],
    ['a\r\nb\tc\bd', String.raw`a\r\nb\tc\u0008d`],
    ['a\u2028b\u0085c', String.raw`a\u2028b\u0085c`],
    ['\u202Eabc\u2066\u200F', String.raw`\u202eabc\u2066\u200f`],
    ['\uD800', String.raw`\ud800`],
    ['é 😀 日本 👩‍👩‍👧', 'é 😀 日本 👩‍👩‍👧'],
  ] as const) {
    t.equal(clean(text, 100), expected, encodeURIComponent(expected));
  }
  t.end();
});

await tap.test('what is too long is cut, never in the middle of a character', (t) => {
  t.equal(clean('abcdef', 6), 'abcdef');
  t.equal(clean('abcdefg', 6), 'abcde…');
  t.equal(clean('abcd😀', 6), 'abcd😀');
  t.equal(clean('abcd😀g', 6), 'abcd…');
  t.equal(clean('\n'.repeat(9), 6), String.raw`\n\n\…`);
  t.equal(clean('a'.repeat(10_000_000), 3), 'aa…');
  t.end();
});

await tap.test('words stand side by side as long as they fit', (t) => {
  t.same(wrap(['aa', 'bb', 'cc', 'a long word', 'd'], 6), ['aa  bb', 'cc', 'a long word', 'd']);
  t.same(wrap([], 6), []);
  t.end();
});

await tap.test('colours are used only when asked for', (t) => {
  t.equal(painter(false)('error', 'a'), 'a');
  t.equal(painter(true)('error', 'a'), '\u001B[31ma\u001B[0m');
  t.end();
});
