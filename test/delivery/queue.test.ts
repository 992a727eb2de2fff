import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'tap';
import { type Item, type Lane, Queue, type QueueBounds } from '../../src/delivery/queue.ts';

function queue(bounds: Partial<QueueBounds> = {}): Queue {
  return new Queue({ maxCount: 100, maxBytes: 10_000, ...bounds });
}

function push(target: Queue, text: string, lane: Lane): string[] {
  return texts(target.push(Buffer.from(text), { lane }, 0));
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
  const q = queue();
  push(q, 'c', 2);
  push(q, 'b', 1);
  push(q, 'd', 2);
  push(q, 'a', 0);
  t.strictSame(texts(q.take(3, 1_000, 0)), ['a', 'b', 'c']);
  t.strictSame(texts(q.take(3, 1_000, 0)), ['d']);
  t.strictSame(texts(q.take(3, 1_000, 0)), []);
});

void test('a full queue drops the oldest of its lowest lane', async (t) => {
  const q = queue({ maxCount: 3 });
  push(q, 'fatal', 0);
  push(q, 'old', 2);
  push(q, 'new', 2);
  t.strictSame(push(q, 'newest', 2), ['old']);
  t.strictSame(push(q, 'error', 1), ['new']);
  t.strictSame(push(q, 'fatal 2', 0), ['newest']);
  t.strictSame(push(q, 'fatal 3', 0), ['error']);
  t.strictSame(push(q, 'fatal 4', 0), ['fatal']);
  t.strictSame(texts(q.take(9, 1_000, 0)), ['fatal 2', 'fatal 3', 'fatal 4']);
});

void test('a newcomer that is less important than all others is refused', async (t) => {
  const q = queue({ maxCount: 2 });
  push(q, 'error 1', 1);
  push(q, 'error 2', 1);
  t.strictSame(push(q, 'info', 2), ['info']);
  t.equal(q.length, 2);
});

void test('several items give way to one that is larger', async (t) => {
  const q = queue({ maxBytes: 10 });
  push(q, 'aaaa', 2);
  push(q, 'bbbb', 2);
  push(q, 'c', 2);
  t.strictSame(push(q, 'dddddd', 1), ['aaaa', 'bbbb']);
  t.equal(q.bytes, 7);
});

void test('nothing gives way to an item that would not fit even then', async (t) => {
  const q = queue({ maxBytes: 10 });
  push(q, 'fatal', 0);
  push(q, 'info', 2);
  t.strictSame(push(q, 'an error', 1), ['an error']);
  t.strictSame(push(q, 'larger than all', 0), ['larger than all']);
  t.equal(q.length, 2);
});

void test('what is taken fits the bytes, with the overhead of each item', async (t) => {
  const q = queue();
  for (const text of ['aaaa', 'bbbb', 'cccc']) push(q, text, 1);
  t.strictSame(texts(q.take(9, 9, 1)), ['aaaa'], 'two would need 10');
  t.strictSame(texts(q.take(9, 10, 1)), ['bbbb', 'cccc']);
});

void test('one item is taken even if it is larger than what may be taken', async (t) => {
  const q = queue();
  push(q, 'aaaa', 1);
  push(q, 'b', 1);
  t.strictSame(texts(q.take(9, 2, 1)), ['aaaa']);
});

void test('restored items are where they were, before those that came meanwhile', async (t) => {
  const q = queue();
  for (const text of ['a1', 'a2', 'a3']) push(q, text, 1);
  push(q, 'b1', 2);
  const taken = q.take(3, 1_000, 0);
  push(q, 'a4', 1);
  push(q, 'b2', 2);
  q.restore(taken);
  t.equal(q.oldestSeq, 1);
  t.strictSame(texts(q.take(9, 1_000, 0)), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']);
});

void test('restored items may exceed the bounds until they are trimmed', async (t) => {
  const q = queue({ maxCount: 2 });
  push(q, 'info 1', 2);
  push(q, 'error', 1);
  const taken = q.take(9, 1_000, 0);
  push(q, 'info 2', 2);
  push(q, 'fatal', 0);
  q.restore(taken);
  t.equal(q.length, 4);
  t.strictSame(texts(q.trim()), ['info 1', 'info 2']);
  t.strictSame(q.trim(), []);
});

void test('the oldest number and time are those of what waits, in any lane', async (t) => {
  const q = queue();
  t.equal(q.oldestSeq, Infinity);
  t.equal(q.oldestAt, Infinity);
  t.equal(q.lastSeq, 0);
  q.push(Buffer.from('a'), { lane: 2 }, 100);
  q.push(Buffer.from('b'), { lane: 0 }, 200);
  t.equal(q.oldestSeq, 1);
  t.equal(q.oldestAt, 100);
  q.take(1, 100, 0);
  t.equal(q.oldestSeq, 1, 'the item of the higher lane is gone, not the older one');
  q.take(1, 100, 0);
  t.equal(q.oldestSeq, Infinity);
  t.equal(q.lastSeq, 2);
});

void test('an item does not keep the slab it was cut from', async (t) => {
  const q = queue();
  const pooled = Buffer.from('small');
  t.ok(pooled.buffer.byteLength > 1_000, 'Node pools small buffers');
  q.push(pooled, { lane: 1 }, 0);
  const [item] = q.take(1, 100, 0);
  t.ok((item?.bytes.buffer.byteLength ?? 1_000) < 100);
  t.equal(item?.bytes.toString(), 'small');
});

void test('the next item takes over the memory of one that is over', async (t) => {
  const q = queue();
  q.push(Buffer.from('first'), { lane: 1 }, 0);
  const [first] = q.take(1, 100, 0);
  if (first === undefined) throw new Error('nothing waits');
  q.push(Buffer.from('second'), { lane: 1 }, 0);
  t.equal(first.bytes.toString(), 'first', 'not before it is');
  q.release([first]);
  q.push(Buffer.from('third'), { lane: 1 }, 0);
  const [second, third] = q.take(2, 100, 0);
  t.equal(second?.bytes.toString(), 'second');
  t.equal(third?.bytes.toString(), 'third');
  t.equal(third?.bytes.buffer, first.bytes.buffer);
});

void test('a queue behaves like a plain list that is searched', async () => {
  const lane = fc.constantFrom<Lane>(0, 1, 2, 3);
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
        const q = new Queue({ maxCount, maxBytes });
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
            const gone = q.push(bytes, { lane: each.lane }, 0).map((item) => item.seq);
            seq++;
            const before = model;
            model = [...model, { bytes, lane: each.lane, seq, at: 0 }];
            const expected = shed();
            if (expected.includes(seq)) {
              model = before;
              assert.deepEqual(gone, [seq]);
            } else {
              assert.deepEqual(gone, expected);
            }
          } else if ('count' in each) {
            const items = q.take(each.count, each.bytes, 1);
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
            q.restore(taken);
            model = [...model, ...taken].toSorted((a, b) => a.seq - b.seq);
            taken = [];
            assert.equal(q.length, model.length);
            assert.deepEqual(
              q.trim().map((item) => item.seq),
              shed(),
            );
          }
          assert.ok(q.length <= maxCount && q.bytes <= maxBytes, 'the bounds hold');
          assert.equal(q.length, model.length);
          assert.equal(q.bytes, sum(model));
          assert.equal(q.oldestSeq, Math.min(...model.map((item) => item.seq)));
          for (const which of [0, 1, 2] as const) {
            assert.equal(
              q.has(which),
              model.some((item) => item.lane === which),
            );
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
