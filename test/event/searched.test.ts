import t from 'tap';
import { CUT_MARGIN, WALK_LIMITS } from '../../src/event/scrub/limits.ts';
import { Walk } from '../../src/event/scrub/plain-copy.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

/** How many units one walk over a value searches. */
function searchedUnits(value: unknown): number {
  let units = 0;
  const guard = {
    judge: scrub.judge,
    key: (name: string) => scrub.key(name),
    cleanBytes: () => -1,
    searched(text: string, max: number) {
      units += Math.min(text.length, max + CUT_MARGIN);
      return scrub.text(text, max);
    },
  };
  new Walk(guard).run(value);
  return units;
}

/** Fields with the same text: `objects` of them with 100 each. */
function fields(objects: number, text: string): object {
  const keys = Array.from({ length: WALK_LIMITS.keys }, (_, key) => [`field${key}`, text]);
  return Array.from({ length: objects }, () => Object.fromEntries(keys) as object);
}

t.test('fields that become short marks are charged with what was searched', (t) => {
  // A text is cut to no fewer than 500 units, and so many more are searched behind the cut.
  const most = (WALK_LIMITS.characters / 500) * (500 + CUT_MARGIN);
  for (const [name, text] of [
    ['a secret by its name', `password: ${'x1'.repeat(4_000)}`],
    ['a secret in quotes', `{"token":"${'x1 '.repeat(2_000)}"}`],
    ['a secret by its form', `-----BEGIN PRIVATE KEY-----\n${'MIIE'.repeat(1_000)}`],
    ['a text without secrets', 'word '.repeat(1_000)],
  ] as const) {
    t.ok(searchedUnits(fields(49, text)) <= most, `${name} in 4,900 fields`);
  }
  const short = `password: ${'x1'.repeat(150)}`;
  t.ok(searchedUnits(fields(49, short)) < 1.1 * WALK_LIMITS.characters, 'short ones as well');
  t.end();
});

t.test('a few long fields are searched and kept whole', (t) => {
  const text = 'word '.repeat(1_000).trim();
  t.equal(searchedUnits({ a: text, b: text }), 2 * text.length);
  t.same(scrub.value({ a: text, b: text }), { a: text, b: text });
  t.end();
});
