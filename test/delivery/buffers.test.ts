import fc from 'fast-check';
import { test } from 'tap';
import { Buffers } from '../../src/delivery/buffers.ts';

void test('a copy is its own, and at most an eighth larger than what was copied', async (t) => {
  const memory = new Buffers();
  for (const size of [0, 1, 63, 64, 65, 511, 513, 1_000, 8_000, 65_537, 600_000]) {
    const bytes = Buffer.alloc(size, 'a');
    const copied = memory.copy(bytes);
    t.ok(copied.equals(bytes), `${size} bytes`);
    bytes.fill('b');
    t.notOk(copied.includes('b'), `${size} bytes of its own`);
    const { byteLength } = copied.buffer;
    t.ok(byteLength >= size && byteLength <= Math.max(size + 64, size * 1.125), `${byteLength}`);
  }
});

void test('what was released is taken by the next of its size, once', async (t) => {
  const memory = new Buffers();
  const first = memory.copy(Buffer.from('first'));
  memory.release(first);
  memory.release(first);
  const second = memory.copy(Buffer.from('second'));
  const third = memory.copy(Buffer.from('third'));
  t.equal(second.buffer, first.buffer);
  t.not(third.buffer, first.buffer);
  t.equal(second.toString(), 'second');
});

void test('the memory of others is never written to', async (t) => {
  const memory = new Buffers();
  const foreign = Buffer.alloc(64, 'a');
  memory.release(foreign);
  memory.copy(Buffer.from('b'));
  t.notOk(foreign.includes('b'));
});

void test('two mebibytes are kept at most', async (t) => {
  const memory = new Buffers();
  const copies = Array.from({ length: 9 }, () => memory.copy(Buffer.alloc(262_144)));
  for (const copied of copies) memory.release(copied);
  const kept = new Set(copies.map(({ buffer }) => buffer));
  const again = Array.from({ length: 9 }, () => memory.copy(Buffer.alloc(262_144)));
  t.equal(again.filter(({ buffer }) => kept.has(buffer)).length, 8);
});

void test('no copy changes while it is used, whatever comes and goes', async (t) => {
  const step = fc.record({ size: fc.integer({ min: 0, max: 3_000 }), leaves: fc.nat(20) });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const memory = new Buffers();
        const used: { bytes: Buffer; mark: number }[] = [];
        steps.forEach(({ size, leaves }, mark) => {
          used.push({ bytes: memory.copy(Buffer.alloc(size, mark)), mark });
          if (leaves < used.length)
            for (const { bytes } of used.splice(leaves, 1)) memory.release(bytes);
        });
        return used.every(({ bytes, mark }) => bytes.every((byte) => byte === mark));
      }),
    ),
  );
});
