import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import * as fc from 'fast-check';
import { test } from 'tap';
import { eventLine, forgottenLines, parseLine } from '../../src/delivery/spool/line.ts';
import { HOUR, json, type Spooled, type SpoolRig, spoolRig, values } from './spool-rig.ts';

let files = 0;

/** What a spool makes of a file with these bytes, which it removes, since all of it is forgotten. */
async function readBack(rig: SpoolRig, bytes: Buffer): Promise<Spooled[]> {
  return (await outcome(rig, bytes)).back;
}

/** The same, and how many events the spool counts as lost. */
async function outcome(
  rig: SpoolRig,
  bytes: Buffer,
): Promise<{ readonly back: Spooled[]; readonly lost: number }> {
  const spool = rig.open({ maxAge: Infinity });
  const path = join(rig.folder, `1,left,0123456789abcdef,${++files}.spool`);
  fs.writeFileSync(path, bytes);
  const counts: number[] = [];
  spool.start((count) => counts.push(count));
  // Its file is gone, or all in it is known: nothing tells when nothing is found.
  while (counts.length === 0 && rig.files().length > 0) await tick();
  const back = spool.unpark(Infinity, Infinity);
  const { tooOld, unreadable } = spool.takeDropped();
  assert.equal(
    back.length + tooOld + unreadable,
    counts[0] ?? 0,
    'each that was found is accounted for',
  );
  assert.equal(spool.parked, 0);
  spool.forget(back.map(({ handle }) => handle));
  assert.equal(spool.close(), 0);
  assert.deepEqual(rig.files(), []);
  return { back, lost: unreadable };
}

function line(seq: number, event: unknown, at = Date.now()): Buffer {
  return eventLine({ seq, lane: 1, at }, json(event)) ?? Buffer.alloc(0);
}

void test('a line is read as it was written', async () => {
  const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const event = fc.record({
    seq: number,
    at: number,
    lane: fc.constantFrom(0 as const, 1 as const, 2 as const),
  });
  fc.assert(
    fc.property(
      event,
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      (head, body) => {
        const bytes = eventLine(head, json(body));
        assert.ok(bytes);
        assert.equal(bytes.indexOf('\n'), bytes.length - 1);
        const { jsonAt, ...rest } = parseLine(bytes.subarray(0, -1)) as { jsonAt: number };
        assert.deepEqual(rest, { kind: 'event', ...head });
        assert.ok(bytes.subarray(jsonAt, -1).equals(json(body)));
      },
    ),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 3_000 }), (seqs) => {
      const lines = forgottenLines(seqs).toString().split('\n');
      assert.equal(lines.pop(), '');
      assert.equal(lines.length, Math.ceil(seqs.length / 1_000));
      const read = lines.flatMap((text) => {
        const parsed = parseLine(Buffer.from(text));
        return parsed?.kind === 'forgotten' ? parsed.seqs : [];
      });
      assert.deepEqual(read, seqs);
    }),
    { numRuns: 20 },
  );
});

void test('the last line may be torn at any byte', async (t) => {
  const rig = spoolRig(t);
  const whole = Buffer.concat([line(1, { n: 1 }), line(2, { n: 2, text: 'ä' }), line(3, { n: 3 })]);
  for (let length = 0; length < whole.length; length++) {
    // An event whose line lacks only the newline is whole.
    const lines = whole.subarray(0, length + 1).filter((byte) => byte === 0x0a).length;
    const { back, lost } = await outcome(rig, whole.subarray(0, length));
    t.strictSame(values(back), [1, 2, 3].slice(0, lines), `${length} bytes`);
    t.equal(lost, 0, `${length} bytes: a torn line is no loss`);
  }
  const forgets = Buffer.concat([whole, forgottenLines([1, 2])]);
  for (let length = whole.length; length < forgets.length; length++) {
    t.strictSame(values(await readBack(rig, forgets.subarray(0, length))), [1, 2, 3]);
  }
  t.strictSame(values(await readBack(rig, forgets)), [3]);
});

void test('lines that are none of ours are skipped, and no other', async (t) => {
  const rig = spoolRig(t);
  const cases: readonly [string, string | Buffer][] = [
    ['nothing', ''],
    ['a sign', '+'],
    ['no event', `+9 1 ${Date.now()} `],
    ['a lane of two digits', `+9 10 ${Date.now()} {}`],
    ['no number', `+x 1 ${Date.now()} {}`],
    ['a long number', `+${'9'.repeat(17)} 1 ${Date.now()} {}`],
    ['no time', '+9 1 {}'],
    ['an array', `+9 1 ${Date.now()} []`],
    ['half an object', `+9 1 ${Date.now()} {"a":1`],
    ['no JSON', `+9 1 ${Date.now()} {a}`],
    ['two objects', `+9 1 ${Date.now()} {},{}`],
    [
      'no UTF-8',
      Buffer.concat([Buffer.from(`+9 1 ${Date.now()} {"a":"`), Buffer.from([0xff, 0x22, 0x7d])]),
    ],
    ['a deep one that is none', `+9 1 ${Date.now()} {"a":${'['.repeat(500_000)}}`],
    ['forgets without a full stop', '-1,2'],
    ['forgets nothing', '-.'],
    ['forgets ranges', '-1-3.'],
    ['what is not there', '-77.'],
    ['binary', Buffer.from([0, 1, 2, 0x0d, 255])],
    ['a long line', 'x'.repeat(600_000)],
    ['a longer one', `+9 1 ${Date.now()} {"a":"${'x'.repeat(3_000_000)}"}`],
  ];
  for (const [what, bytes] of cases) {
    const content = [line(1, { n: 1 }), Buffer.from(bytes), Buffer.from('\n'), line(2, { n: 2 })];
    t.strictSame(values(await readBack(rig, Buffer.concat(content))), [1, 2], what);
  }
  t.strictSame(rig.reports, []);
});

void test('each damaged line is counted as a lost event', async (t) => {
  const rig = spoolRig(t);
  const lines = [1, 2, 3, 4, 5].map((n) => line(n, { n }, 1_796_000_000_000));
  const whole = Buffer.concat(lines);
  const start = line(1, { n: 1 }, 1_796_000_000_000).length;
  const changed = (from: number, to: number, byte: number): Buffer =>
    Buffer.from(whole).fill(byte, from, to);
  const flipped = (at: number): Buffer => changed(at, at + 1, (whole[at] as number) ^ 0x80);
  const forgets = forgottenLines([2]);
  const cases: readonly [string, Buffer, readonly number[], number][] = [
    ['the sign', flipped(start), [1, 3, 4, 5], 1],
    ['the number', flipped(start + 1), [1, 3, 4, 5], 1],
    ['the space before the lane', flipped(start + 2), [1, 3, 4, 5], 1],
    ['the lane', flipped(start + 3), [1, 3, 4, 5], 1],
    ['the space before the time', flipped(start + 4), [1, 3, 4, 5], 1],
    ['the time', flipped(start + 9), [1, 3, 4, 5], 1],
    ['the space before the JSON', flipped(start + 18), [1, 3, 4, 5], 1],
    ['the brace', flipped(start + 19), [1, 3, 4, 5], 1],
    ['the JSON', flipped(start + 20), [1, 3, 4, 5], 1],
    ['the last brace', flipped(2 * start - 2), [1, 3, 4, 5], 1],
    ['the first line', flipped(0), [2, 3, 4, 5], 1],
    ['the last line', flipped(4 * start), [1, 2, 3, 4], 1],
    [
      'two lines',
      Buffer.concat([flipped(0).subarray(0, start), flipped(start).subarray(start)]),
      [3, 4, 5],
      2,
    ],
    ['zeros over two lines', changed(start, 3 * start - 1, 0), [1, 4, 5], 1],
    ['zeros at the end', changed(3 * start, whole.length, 0), [1, 2, 3], 1],
    ['nothing but zeros', changed(0, whole.length, 0), [], 1],
    ['many zeros', Buffer.alloc(1_000_000), [], 1],
    [
      'many zeros before a line',
      Buffer.concat([Buffer.alloc(1_000_000), Buffer.from('\n'), line(2, { n: 2 })]),
      [2],
      1,
    ],
    ['what was forgotten', Buffer.concat([flipped(start), forgets]), [1, 3, 4, 5], 0],
    ['no last newline', whole.subarray(0, -1), [1, 2, 3, 4, 5], 0],
    [
      'none, and more is forgotten',
      Buffer.concat([whole.subarray(0, -1), Buffer.from('\n'), forgets]),
      [1, 3, 4, 5],
      0,
    ],
    [
      'a torn line, and more is forgotten',
      Buffer.concat([whole.subarray(0, -3), Buffer.from('\n'), forgets]),
      [1, 3, 4],
      0,
    ],
    [
      'a line that was torn and written again',
      Buffer.concat([
        lines[0] as Buffer,
        (lines[1] as Buffer).subarray(0, 22),
        Buffer.from('\n'),
        whole.subarray(start),
      ]),
      [1, 2, 3, 4, 5],
      0,
    ],
  ];
  for (const [what, bytes, expected, expectedLost] of cases) {
    const { back, lost } = await outcome(rig, bytes);
    t.strictSame(values(back), expected, what);
    t.equal(lost, expectedLost, `${what}: lost`);
  }
  t.strictSame(rig.reports, []);
});

void test('what is told of a damaged line is not told again', async (t) => {
  const rig = spoolRig(t);
  fs.mkdirSync(rig.folder, { mode: 0o700 });
  const content = Buffer.concat([
    line(1, { n: 1 }),
    Buffer.from('*'),
    line(2, { n: 2 }),
    line(3, { n: 3 }),
  ]);
  fs.writeFileSync(join(rig.folder, '1,left,0123456789abcdef,1.spool'), content);
  for (const unreadable of [1, 0]) {
    const spool = rig.open();
    await new Promise((resolve) => spool.start(resolve));
    t.strictSame(values(spool.unpark(Infinity, Infinity)), [1, 3]);
    t.strictSame(spool.takeDropped(), { tooOld: 0, unreadable });
    t.equal(spool.close(), 2);
  }
});

void test('a number that comes twice is that of the later line', async (t) => {
  // The first was cut short by its newline, and its append said that it failed.
  const rig = spoolRig(t);
  const content = Buffer.concat([line(1, { n: 1 }), line(1, { n: 2 })]);
  t.strictSame(values(await readBack(rig, content)), [2]);
});

void test('a time of nonsense is as good as now', async (t) => {
  const rig = spoolRig(t);
  const content = Buffer.concat([line(1, { n: 1 }, 0), line(2, { n: 2 }, Number.MAX_SAFE_INTEGER)]);
  fs.mkdirSync(rig.folder, { mode: 0o700 });
  fs.writeFileSync(join(rig.folder, '1,left,0123456789abcdef,1.spool'), content);
  const spool = rig.open({ maxAge: HOUR });
  await new Promise((resolve) => spool.start(resolve));
  t.strictSame(spool.takeDropped(), { tooOld: 0, unreadable: 0 });
  t.strictSame(values(spool.unpark(9, Infinity)), [1, 2]);
});

void test('lines of all lengths are found, wherever the chunks of the reader end', async (t) => {
  const rig = spoolRig(t);
  // Around 64 KiB, of which a chunk is, and up to the longest event.
  const lengths = [...Array.from({ length: 9 }, (_, i) => 65_500 + i * 4), 1, 131_072, 499_900, 0];
  const events = lengths.map((length, n) => ({ n, text: 'x'.repeat(length) }));
  const content = Buffer.concat(events.map((event, index) => line(index + 1, event)));
  const back = await readBack(rig, content);
  t.ok(back.every(({ bytes }, index) => bytes.equals(json(events[index]))));
  t.equal(back.length, lengths.length);
});

void test('whatever a file holds, nothing throws, and only JSON objects come back', async (t) => {
  const rig = spoolRig(t);
  const byte = fc.constantFrom(...Buffer.from('+-019,. {}[]"\n\n\\a'), 0xff, 0);
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(byte, { maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
    fc.tuple(fc.nat(9), fc.jsonValue()).map(([seq, value]) => line(seq, value)),
    fc.tuple(fc.nat(9), fc.nat(30)).map(([seq, cut]) => line(seq, { a: 1 }).subarray(0, cut)),
    fc.array(fc.nat(9), { maxLength: 4 }).map((seqs) => forgottenLines(seqs)),
    fc.constant(Buffer.from('\n')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      for (const { bytes, lane } of await readBack(rig, Buffer.concat(parts))) {
        const value: unknown = JSON.parse(bytes.toString());
        assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
        assert.ok(!bytes.includes('\n'));
        assert.ok([0, 1, 2].includes(lane));
      }
    }),
    { numRuns: 300 },
  );
  t.strictSame(rig.reports, []);
});
