import fc from 'fast-check';
import t from 'tap';
import { cut, isBlank, wellFormed, withoutAnsi } from '../../src/lib/text.ts';

/** What ErrSight removes from messages and backtraces. */
const SERVER_RULE = /\u001b\[[0-9;]*[a-zA-Z]|\[[0-9;]*m/;

t.test('wellFormed removes what costs a whole batch', (t) => {
  t.equal(wellFormed('plain'), 'plain');
  t.equal(wellFormed('a\u0000b\u0000'), 'ab');
  t.equal(wellFormed('a\ud800b'), 'a\ufffdb');
  t.equal(wellFormed('😀'), '😀');
  t.end();
});

t.test('cut keeps at most so many characters and says that it cut', (t) => {
  t.equal(cut('abc', 3), 'abc');
  t.equal(cut('abcdefgh', 6), 'abc...');
  t.equal(cut('ab😀defg', 6), 'ab...', 'not half an emoji');
  t.end();
});

t.test('withoutAnsi removes colours and titles', (t) => {
  t.equal(withoutAnsi('\u001b[31mred\u001b[0m'), 'red');
  t.equal(withoutAnsi('\u001b]0;title\u0007text'), 'text');
  t.equal(withoutAnsi('\u001b[2K\u001b[1Gline'), 'line');
  t.equal(withoutAnsi('\u001b'), '', 'nor is one begun, which the next text would complete');
  t.end();
});

t.test('withoutAnsi keeps ErrSight from eating text that only looks like a colour', (t) => {
  for (const text of ['items[max]', '[main] started', 'a[0;1m', '[m']) {
    const kept = withoutAnsi(text);
    t.notMatch(kept, SERVER_RULE);
    t.equal(kept.replaceAll('\u200b', ''), text, 'and it reads the same');
  }
  for (const text of ['\u001b[\u001b[31mA', '\u001b[1\u001b[m;2Kx']) {
    t.notMatch(withoutAnsi(text), SERVER_RULE, 'removing one sequence makes no other');
  }
  t.equal(withoutAnsi('items[index]'), 'items[index]', 'other brackets stay as they are');
  t.end();
});

t.test('whatever the text, nothing is left for the rule, and cuts are well-formed', (t) => {
  const text = fc.string({ unit: fc.constantFrom('[', '\u001b', 'm', '1', ';', ']', '😀', 'x') });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(text, fc.integer({ min: 3, max: 40 }), (given, max) => {
        const short = cut(given, max);
        return !SERVER_RULE.test(withoutAnsi(given)) && short.length <= max && short.isWellFormed();
      }),
    ),
  );
  t.end();
});

t.test('blank is what ErrSight takes for blank', (t) => {
  for (const text of ['', ' ', '\t\n', '\u00a0\u2003', '\u0085', '\u2028 \u3000'])
    t.ok(isBlank(text));
  for (const text of ['a', ' a ', '\u0085a', '\u200b']) t.notOk(isBlank(text));
  t.end();
});
