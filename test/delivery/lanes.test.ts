import { setImmediate as tick } from 'node:timers/promises';
import t from 'tap';
import { type Lane, LANE_TABLE, laneFromDigit, laneOf, LANES } from '../../src/delivery/lanes.ts';
import { createSpool, type Spool } from '../../src/delivery/spool/spool.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { rig, type Rig } from './double.ts';
import { makeFolder } from '../helpers/kills.ts';

function spoolIn(folder: string): Spool {
  const limits = { maxBytes: 1024 * 1024, maxAge: 86_400_000 };
  return createSpool({ folder, ...limits, clock: systemClock, report: () => undefined });
}

function add({ batcher }: Rig, n: number, lane: Lane): void {
  batcher.add(Buffer.from(JSON.stringify({ n })), { lane });
}

function arrived({ sender }: Rig): number[] {
  return sender.sent
    .flatMap(({ events }) => events as unknown as { n: number }[])
    .map(({ n }) => n);
}

async function settled({ clock, counters }: Rig, count: number): Promise<void> {
  for (let turns = 0; turns < 2_000 && counters.delivered < count; turns += 1) {
    await tick();
    await clock.advance(1_000);
  }
}

t.test('the level comes first, and then what is new', async (t) => {
  const cases: readonly [level: string, isFirst: boolean][] = [
    ['fatal', true],
    ['error', true],
    ['error', false],
    ['warning', true],
    ['warning', false],
  ];
  t.strictSame(
    cases.map(([level, isFirst]) => laneOf(level, isFirst)),
    LANES,
  );
  t.equal(laneOf('fatal', false), 0);
  t.equal(laneOf('debug', true), laneOf('warning', true));
  t.strictSame(
    LANE_TABLE.map(({ lane }) => lane),
    LANES,
  );
  t.equal(laneFromDigit(9), 4, 'a lane of a later version comes last, and is not lost');
});

for (const { lane, what } of LANE_TABLE) {
  t.test(`ten events of lane ${lane} (${what}) survive a kill and a restart`, async (t) => {
    const folder = makeFolder(t);
    const dead = rig(['never'], { spool: spoolIn(folder) });
    for (let n = 1; n <= 10; n += 1) add(dead, n, lane);
    await dead.clock.advance(0);
    // Nothing ends: the files stay as they are, and their owner is this very process. So another
    // one has to take them for its own, which it does once they were left.
    const closed = dead.batcher.close(0);
    await dead.clock.advance(0);
    t.equal(await closed, false);
    t.match(dead.counters, { left: 10, dropped: { shutdown: 0 } });
    const next = rig([], { spool: spoolIn(folder) });
    await settled(next, 10);
    t.strictSame(arrived(next), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await next.batcher.close(0);
  });
}

t.test('what is found on the disk is sent by lane, with what came since', async (t) => {
  const folder = makeFolder(t);
  const dead = rig(['never'], { spool: spoolIn(folder), maxQueueSize: 3 });
  for (const lane of LANES.toReversed())
    for (let n = 0; n < 5; n += 1) add(dead, lane * 10 + n, lane);
  const closed = dead.batcher.close(0);
  await dead.clock.advance(0);
  await closed;
  const next = rig([{ kind: 'retry', reason: 'down' }], {
    spool: spoolIn(folder),
    maxQueueSize: 3,
  });
  add(next, 45, 4);
  add(next, 25, 2);
  for (let turns = 0; next.counters.accepted < 27; turns += 1) {
    if (turns > 2_000) throw new Error('nothing is found');
    await tick();
  }
  await settled(next, 27);
  const inOrder = LANES.flatMap((lane) => [0, 1, 2, 3, 4].map((n) => lane * 10 + n));
  t.strictSame(arrived(next).slice(-27), [...inOrder.slice(0, 15), 25, ...inOrder.slice(15), 45]);
  await next.batcher.close(0);
});

t.test('3,000 warnings that were never seen before push out no error', async (t) => {
  const { batcher, counters } = rig(['never'], { maxQueueSize: 100 });
  const bytes = Buffer.from('1');
  for (let n = 0; n < 50; n += 1) batcher.add(bytes, { lane: laneOf('error', false) });
  for (let n = 0; n < 3_000; n += 1) batcher.add(bytes, { lane: laneOf('warning', true) });
  t.equal(counters.dropped.queue_full, 2_950);
  const kept = batcher.takeRemaining().filter(({ lane }) => lane === 2);
  t.equal(kept.length, 50);
});

t.test('on a full memory the order holds on the disk too, under a rate limit', async (t) => {
  const limited = { kind: 'rate_limited', retryAfterMs: 30_000, limit: 10 } as const;
  const made = rig([limited], { spool: spoolIn(makeFolder(t)), maxQueueSize: 4 });
  for (let n = 0; n < 20; n += 1) add(made, 400 + n, 4);
  for (let n = 0; n < 20; n += 1) add(made, 200 + n, 2);
  for (let n = 0; n < 3; n += 1) add(made, 300 + n, 3);
  add(made, 0, 0);
  await made.clock.advance(29_999);
  const first = arrived(made).slice(made.sender.sent[0]?.events.length);
  t.strictSame(
    first.toSorted((a, b) => a - b),
    [0, 200, 201, 202, 203, 204, 300, 301, 302],
    'repeats leave one place',
  );
  await settled(made, 44);
  const repeats = arrived(made).slice((made.sender.sent[0]?.events.length ?? 0) + 9);
  t.strictSame(
    repeats,
    [...Array(15).keys()].map((n) => 205 + n).concat([...Array(20).keys()].map((n) => 400 + n)),
  );
  t.match(made.counters, { delivered: 44, dropped: { queue_full: 0 } });
  await made.batcher.close(0);
});
