import t from 'tap';
import { nameOf, type NameSources } from '../../src/event/stack/names.ts';
import type { SourceFunction } from '../../src/event/stack/functions.ts';

const COMPUTED: SourceFunction = { name: undefined, isAmbiguous: false };
const SOURCES: NameSources = {
  isMapped: false,
  mapName: undefined,
  found: COMPUTED,
  isExact: false,
};
const AT = { file: '/app/src/pages.ts', line: 5, column: 11 };

t.test('code that was evaluated has a name only if one was given in it', async (t) => {
  for (const [written, name] of [
    ['eval', ''],
    ['anonymous', ''],
    ['', ''],
    ['price', 'price'],
    ['Object.price', 'price'],
  ] as const) {
    const told = nameOf({ ...AT, function: written, isEval: true }, SOURCES);
    t.strictSame(told, { name, isTelling: name !== '' }, written);
  }
});

t.test('a computed name stands without a map, and not on what a minifier renamed', async (t) => {
  for (const [written, name] of [
    ['Pages.[Symbol.iterator]', 'Pages.[Symbol.iterator]'],
    ['r.[Symbol.iterator]', ''],
    ['l.[Symbol.asyncIterator]', ''],
    ['e.ab', ''],
    ['new e', ''],
  ] as const) {
    const told = nameOf({ ...AT, function: written }, SOURCES);
    t.strictSame(told, { name, isTelling: name !== '' }, written);
  }
  const mapped = nameOf({ ...AT, function: 'Pages.ab' }, { ...SOURCES, isMapped: true });
  t.equal(mapped.name, '');
});
