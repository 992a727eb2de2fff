import fc from 'fast-check';
import t from 'tap';
import { remembering } from '../../src/lib/remember.ts';

function counting(bounds: { maxEntries: number; maxLength: number }): {
  make: (text: string) => { readonly of: string };
  made: string[];
} {
  const made: string[] = [];
  const make = remembering((text) => {
    made.push(text);
    return { of: text };
  }, bounds);
  return { make, made };
}

t.test('what was made of a text is made once', async (t) => {
  const { make, made } = counting({ maxEntries: 10, maxLength: 5 });
  const first = make('abc');
  t.equal(make(['a', 'bc'].join('')), first);
  t.strictSame(first, { of: 'abc' });
  t.strictSame(made, ['abc']);
});

t.test('a text that is too long is made something of each time', async (t) => {
  const { make, made } = counting({ maxEntries: 10, maxLength: 5 });
  t.strictSame(make('abcdef'), { of: 'abcdef' });
  t.not(make('abcdef'), make('abcdef'));
  t.equal(made.length, 3);
});

t.test('with too many texts all are forgotten, and learned again', async (t) => {
  const { make, made } = counting({ maxEntries: 2, maxLength: 5 });
  const [a] = [make('a'), make('b')];
  t.equal(make('a'), a);
  make('c');
  t.not(make('a'), a);
  t.strictSame(made, ['a', 'b', 'c', 'a']);
});

t.test('what is made of nothing is asked for each time', async (t) => {
  let asked = 0;
  const make = remembering(
    () => {
      asked += 1;
      return undefined;
    },
    { maxEntries: 2, maxLength: 5 },
  );
  t.strictSame([make('a'), make('a')], [undefined, undefined]);
  t.equal(asked, 2);
});

t.test('whatever is asked for, the answer is that of the function itself', async (t) => {
  const make = remembering((text) => text.toUpperCase(), { maxEntries: 3, maxLength: 4 });
  t.doesNotThrow(() =>
    fc.assert(fc.property(fc.string(), (text) => make(text) === text.toUpperCase())),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.constantFrom('__proto__', 'constructor', '', 'a'), (text) =>
        Object.is(make(text), text.toUpperCase()),
      ),
    ),
  );
});
