import fc from 'fast-check';
import t from 'tap';
import { createLru } from '../../src/lib/lru.ts';

t.test('what was used longest ago is forgotten first', async (t) => {
  const lru = createLru<number>({ maxEntries: 2 });
  lru.set('a', 1);
  lru.set('b', 2);
  t.equal(lru.get('a'), 1);
  lru.set('c', 3);
  t.equal(lru.get('b'), undefined);
  t.equal(lru.get('a'), 1);
  t.equal(lru.get('c'), 3);
});

t.test('the heaviest goes as well, but not the newest', async (t) => {
  const lru = createLru<string>({ maxEntries: 9, maxWeight: 10, weigh: (text) => text.length });
  lru.set('a', 'x'.repeat(6));
  lru.set('b', 'x'.repeat(6));
  t.equal(lru.get('a'), undefined);
  lru.set('c', 'x'.repeat(60));
  t.equal(lru.get('b'), undefined);
  t.equal(lru.get('c')?.length, 60);
});

t.test('it behaves like a list that is searched', async (t) => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const step = fc.oneof(
    fc.record({ op: fc.constant('get' as const), key }),
    fc.record({ op: fc.constant('set' as const), key, value: fc.integer({ min: 1, max: 6 }) }),
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = createLru<number>({ maxEntries: 3, maxWeight: 9, weigh: (value) => value });
        // The one used last is the last.
        let list: [key: string, value: number][] = [];
        for (const each of steps) {
          const known = list.find(([name]) => name === each.key);
          if (each.op === 'get') {
            if (lru.get(each.key) !== known?.[1]) return false;
            if (known === undefined) continue;
          } else {
            lru.set(each.key, each.value);
          }
          const used: [string, number] = [
            each.key,
            each.op === 'set' ? each.value : (known?.[1] ?? 0),
          ];
          list = [...list.filter(([name]) => name !== each.key), used];
          const weight = (): number => list.reduce((sum, [, value]) => sum + value, 0);
          while (list.length > 1 && (list.length > 3 || weight() > 9)) list.shift();
        }
        return list.every(([name, value]) => lru.get(name) === value);
      }),
    ),
  );
});
