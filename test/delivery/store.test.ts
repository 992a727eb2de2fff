import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'tap';
import type { Item } from '../../src/delivery/item.ts';
import { type Lane, LANES } from '../../src/delivery/lanes.ts';
import type { Bounds } from '../../src/delivery/memory-tier.ts';
import { Store } from '../../src/delivery/store.ts';
import { makeItem } from './double.ts';

function store(bounds: Partial<Bounds> = {}): Store {
  return new Store({ maxCount: 100, maxBytes: 10_000, ...bounds });
}

let arrivals = 0;

function push(target: Store, text: string, lane: Lane): string[] {
  return texts(target.add(makeItem(Buffer.from(text), lane, ++arrivals)));
}

function take(target: Store, count: number, bytes: number, overhead: number): Item[] {
  return target.take({ count, repeats: Infinity, bytes, overhead }).items;
}

function texts(items: readonly Item[]): string[] {
  return items.map(({ bytes }) => bytes.toString());
}

function sum(items: readonly Item[]): number {
  return items.reduce((bytes, item) => bytes + item.bytes.length, 0);
}

function inOrder(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => a.lane - b.lane || a.seq - b.seq);
}

void test('the highest lane is taken first, each in its order of arrival', async (t) => {
  const q = store();
  push(q, 'c', 2);
  push(q, 'b', 1);
  push(q, 'd', 2);
  push(q, 'a', 0);
  t.strictSame(texts(take(q, 3, 1_000, 0)), ['a', 'b', 'c']);
  t.strictSame(texts(take(q, 3, 1_000, 0)), ['d']);
  t.strictSame(texts(take(q, 3, 1_000, 0)), []);
});

void test('a full queue drops the oldest of its lowest lane', async (t) => {
  const q = store({ maxCount: 3 });
  push(q, 'fatal', 0);
  push(q, 'old', 2);
  push(q, 'new', 2);
  t.strictSame(push(q, 'newest', 2), ['old']);
  t.strictSame(push(q, 'error', 1), ['new']);
  t.strictSame(push(q, 'fatal 2', 0), ['newest']);
  t.strictSame(push(q, 'fatal 3', 0), ['error']);
  t.strictSame(push(q, 'fatal 4', 0), ['fatal']);
  t.strictSame(texts(take(q, 9, 1_000, 0)), ['fatal 2', 'fatal 3', 'fatal 4']);
});

void test('a newcomer that is less important than all others is refused', async (t) => {
  const q = store({ maxCount: 2 });
  push(q, 'error 1', 1);
  push(q, 'error 2', 1);
  t.strictSame(push(q, 'info', 2), ['info']);
  t.equal(q.queued, 2);
});

void test('several items give way to one that is larger', async (t) => {
  const q = store({ maxBytes: 10 });
  push(q, 'aaaa', 2);
  push(q, 'bbbb', 2);
  push(q, 'c', 2);
  t.strictSame(push(q, 'dddddd', 1), ['aaaa', 'bbbb']);
  t.equal(q.bytes, 7);
});

void test('nothing gives way to an item that would not fit even then', async (t) => {
  const q = store({ maxBytes: 10 });
  push(q, 'fatal', 0);
  push(q, 'info', 2);
  t.strictSame(push(q, 'an error', 1), ['an error']);
  t.strictSame(push(q, 'larger than all', 0), ['larger than all']);
  t.equal(q.queued, 2);
});

void test('what is taken fits the bytes, with the overhead of each item', async (t) => {
  const q = store();
  for (const text of ['aaaa', 'bbbb', 'cccc']) push(q, text, 1);
  t.strictSame(texts(take(q, 9, 9, 1)), ['aaaa'], 'two would need 10');
  t.strictSame(texts(take(q, 9, 10, 1)), ['bbbb', 'cccc']);
});

void test('one item is taken even if it is larger than what may be taken', async (t) => {
  const q = store();
  push(q, 'aaaa', 1);
  push(q, 'b', 1);
  t.strictSame(texts(take(q, 9, 2, 1)), ['aaaa']);
});

void test('restored items are where they were, before those that came meanwhile', async (t) => {
  const q = store();
  for (const text of ['a1', 'a2', 'a3']) push(q, text, 1);
  push(q, 'b1', 2);
  const taken = take(q, 3, 1_000, 0);
  push(q, 'a4', 1);
  push(q, 'b2', 2);
  t.strictSame(q.restore(taken), []);
  t.strictSame(texts(take(q, 9, 1_000, 0)), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
});

void test('what is restored makes the least important give way', async (t) => {
  const q = store({ maxCount: 2 });
  push(q, 'info 1', 2);
  push(q, 'error', 1);
  const taken = take(q, 9, 1_000, 0);
  push(q, 'info 2', 2);
  push(q, 'fatal', 0);
  t.strictSame(texts(q.restore(taken)), ['info 1', 'info 2']);
  t.equal(q.queued, 2);
});

void test('the oldest is told over all lanes, or over those of repeats', async (t) => {
  const q = store();
  t.equal(q.oldest(), undefined);
  push(q, 'a', 4);
  push(q, 'b', 1);
  push(q, 'c', 2);
  const oldest = (repeats = false): string | undefined => q.oldest(repeats)?.bytes.toString();
  t.strictSame([oldest(), oldest(true)], ['a', 'a']);
  t.equal(q.countLanes(true), 2);
  t.equal(q.countLanes(false), 1);
  take(q, 2, 100, 0);
  t.strictSame([oldest(), oldest(true)], ['a', 'a'], 'of the higher lanes the first are gone');
});

void test('repeats are bounded by themselves, and do not hold up what is no repeat', async (t) => {
  const q = store();
  for (const [text, lane] of [
    ['error 1', 2],
    ['error 2', 2],
    ['new warning', 3],
    ['warning', 4],
  ] as const) {
    push(q, text, lane);
  }
  const room = { count: 9, bytes: 1_000, overhead: 1 };
  t.strictSame(texts(q.take({ ...room, repeats: 1 }).items), ['error 1', 'new warning']);
  t.strictSame(texts(q.take({ ...room, repeats: 0 }).items), []);
  t.strictSame(texts(q.take({ ...room, repeats: 2 }).items), ['error 2', 'warning']);
});

void test('what was set aside is behind all others, but gives way by its own lane', async (t) => {
  const q = store({ maxCount: 3 });
  push(q, 'error', 2);
  push(q, 'warning', 4);
  for (const item of take(q, 2, 100, 0)) t.strictSame(q.setAside(item), []);
  t.equal(q.aside, 2);
  push(q, 'error 2', 2);
  t.strictSame(push(q, 'warning 2', 4), ['warning'], 'of a lane it goes first');
  t.strictSame(push(q, 'fatal', 0), ['warning 2'], 'and after all lower ones');
  t.strictSame(push(q, 'fatal 2', 0), ['error']);
  t.strictSame(push(q, 'warning 3', 4), ['warning 3']);
  t.equal(q.takeAside(), undefined);
});

void test('what was set aside comes back into its place', async (t) => {
  const q = store();
  for (const text of ['a', 'b', 'c']) push(q, text, 2);
  const [a, b] = take(q, 2, 100, 0);
  q.setAside(a!);
  q.setAside(b!);
  t.strictSame(
    q.recall((item) => item === a),
    [],
  );
  t.strictSame(texts(take(q, 9, 100, 0)), ['a', 'c']);
  t.equal(q.takeAside(), b);
});

void test('an item does not keep the slab it was cut from', async (t) => {
  const q = store();
  const pooled = Buffer.from('small');
  t.ok(pooled.buffer.byteLength > 1_000, 'Node pools small buffers');
  q.add(makeItem(pooled, 1, 1));
  const [item] = take(q, 1, 100, 0);
  t.ok((item?.bytes.buffer.byteLength ?? 1_000) < 100);
  t.equal(item?.bytes.toString(), 'small');
});

void test('the next item takes over the memory of one that is over', async (t) => {
  const q = store();
  push(q, 'first', 1);
  const [first] = take(q, 1, 100, 0);
  if (first === undefined) throw new Error('nothing waits');
  push(q, 'second', 1);
  t.equal(first.bytes.toString(), 'first', 'not before it is');
  q.forget([first]);
  push(q, 'third', 1);
  const [second, third] = take(q, 2, 100, 0);
  t.equal(second?.bytes.toString(), 'second');
  t.equal(third?.bytes.toString(), 'third');
  t.equal(third?.bytes.buffer, first.bytes.buffer);
});

void test('a store behaves like a plain list that is searched', async () => {
  const lane = fc.constantFrom<Lane>(0, 1, 2, 3, 4);
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constant('push'), lane, size: fc.nat(12) }) },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant('take'), count: fc.nat(6), bytes: fc.nat(30) }),
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('restore') }) },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 60 }),
      fc.array(command, { maxLength: 80 }),
      (maxCount, maxBytes, commands) => {
        const q = new Store({ maxCount, maxBytes });
        let model: Item[] = [];
        let taken: Item[] = [];
        let seq = 0;
        const over = (): boolean => model.length > maxCount || sum(model) > maxBytes;
        /** What the bounds cost: the oldest of the lowest lane, as often as needed. */
        const shed = (): number[] => {
          const out: number[] = [];
          while (over()) {
            const lowest = Math.max(...model.map((item) => item.lane));
            const victim = model.find((item) => item.lane === lowest);
            model = model.filter((item) => item !== victim);
            if (victim !== undefined) out.push(victim.seq);
          }
          return out;
        };

        for (const each of commands) {
          if ('lane' in each) {
            const bytes = Buffer.alloc(each.size);
            seq++;
            const gone = q.add(makeItem(bytes, each.lane, seq)).map((item) => item.seq);
            const before = model;
            model = [...model, makeItem(bytes, each.lane, seq)];
            const expected = shed();
            if (expected.includes(seq)) {
              model = before;
              assert.deepEqual(gone, [seq]);
            } else {
              assert.deepEqual(gone, expected);
            }
          } else if ('count' in each) {
            const items = take(q, each.count, each.bytes, 1);
            const expected: Item[] = [];
            let room = each.bytes;
            for (const item of inOrder(model)) {
              room -= item.bytes.length + 1;
              if (expected.length >= each.count || (room < 0 && expected.length > 0)) break;
              expected.push(item);
            }
            const numbers = new Set(expected.map((item) => item.seq));
            model = model.filter((item) => !numbers.has(item.seq));
            assert.deepEqual(
              items.map((item) => item.seq),
              [...numbers],
            );
            taken = inOrder([...taken, ...items]);
          } else {
            const gone = q.restore(taken).map((item) => item.seq);
            model = [...model, ...taken].toSorted((a, b) => a.seq - b.seq);
            taken = [];
            assert.deepEqual(gone, shed());
          }
          assert.ok(q.queued <= maxCount && q.bytes <= maxBytes, 'the bounds hold');
          assert.equal(q.queued, model.length);
          assert.equal(q.bytes, sum(model));
          assert.equal(q.oldest()?.seq ?? Infinity, Math.min(...model.map((item) => item.seq)));
          for (const which of LANES) {
            assert.equal(q.count(which), model.filter((item) => item.lane === which).length);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
