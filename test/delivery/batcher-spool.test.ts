import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LANE_ERROR, LANE_FATAL } from '../../src/delivery/lanes.ts';
import { createSpool, type Spool } from '../../src/delivery/spool/spool.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { range, rig, type Answer, type Rig } from './double.ts';

const DAY = 86_400_000;

/** A folder for spools, gone with the test. */
function folder(t: Pick<Test, 'teardown'>): string {
  const made = mkdtempSync(join(tmpdir(), 'errsight-store-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

function spoolIn(where: string): Spool {
  return createSpool({
    folder: where,
    maxBytes: 1024 * 1024,
    maxAge: DAY,
    clock: systemClock,
    report: () => undefined,
  });
}

interface SpoolRig extends Rig {
  /** Adds events, which in a spool are objects. */
  readonly addObjects: (numbers: readonly number[], lane?: 0 | 1 | 2 | 3) => void;
  /** What the server got. */
  readonly arrived: () => number[];
}

function spoolRig(
  where: string,
  script: readonly Answer[] | (() => Answer) = [],
  options: object = {},
): SpoolRig {
  const made = rig(script, { spool: spoolIn(where), maxQueueSize: 10, ...options });
  const { batcher, sender } = made;
  return {
    ...made,
    addObjects(numbers, lane = 2) {
      for (const n of numbers) {
        batcher.add(Buffer.from(JSON.stringify({ n })), { lane });
      }
    },
    arrived: () =>
      sender.sent.flatMap(({ events }) => events as unknown as { n: number }[]).map(({ n }) => n),
    known: () => made.known() + batcher.spooled,
  };
}

/** Looking for what others left is work for the disk. */
async function settled(made: SpoolRig, condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(setImmediate);
    await made.clock.advance(0);
  }
}

t.test('what has arrived leaves nothing on the disk', async (t) => {
  const where = folder(t);
  const made = spoolRig(where);
  made.addObjects(range(1, 20));
  t.equal(await made.batcher.flush(5_000), true);
  t.strictSame(
    made.arrived().toSorted((a, b) => a - b),
    range(1, 20),
  );
  t.equal(await made.batcher.close(5_000), true);
  t.strictSame(readdirSync(where), []);
  t.equal(made.counters.accepted, made.known());
});

t.test(
  'what has no room in memory lies on the disk, and comes back when there is some',
  async (t) => {
    const made = spoolRig(folder(t), [{ kind: 'retry', reason: 'down' }]);
    made.addObjects(range(1, 100));
    await made.clock.advance(0);
    t.equal(made.batcher.queued, 10);
    t.equal(made.batcher.spooled, 90);
    t.equal(made.counters.accepted, made.known());
    const flushed = made.batcher.flush(60_000);
    await made.clock.advance(30_000);
    t.equal(await flushed, true, 'flush waits for those on the disk too');
    const arrived = made.arrived().slice(made.sender.sent[0]?.events.length);
    t.strictSame(
      arrived.toSorted((a, b) => a - b),
      range(1, 100),
      'each once',
    );
    t.match(made.counters, { delivered: 100, dropped: { queue_full: 0 } });
    t.equal(made.counters.accepted, made.known());
    await made.batcher.close(0);
  },
);

t.test('what has not arrived at the deadline is left for the next one', async (t) => {
  const where = folder(t);
  const dead = spoolRig(where, () => ({ kind: 'retry', reason: 'down' }));
  dead.addObjects(range(1, 30));
  const closed = dead.batcher.close(1_000);
  await dead.clock.advance(1_000);
  t.equal(await closed, false);
  t.match(dead.counters, { delivered: 0, left: 30, dropped: { shutdown: 0 } });
  t.equal(dead.counters.accepted, dead.known());

  const next = spoolRig(where);
  await settled(next, () => next.counters.delivered === 30);
  t.strictSame(
    next.arrived().toSorted((a, b) => a - b),
    range(1, 30),
  );
  t.equal(next.counters.accepted, 30, 'they count as accepted from then on');
  t.equal(next.counters.accepted, next.known());
  t.equal(await next.batcher.close(1_000), true);
  t.strictSame(readdirSync(where), []);
});

t.test('of what a dead process has left, the most important goes first', async (t) => {
  const where = folder(t);
  const dead = spoolRig(where, () => ({ kind: 'retry', reason: 'down' }));
  // The least important first, so that its file has the first name.
  dead.addObjects(range(1, 5), 3);
  dead.addObjects(range(6, 8), 2);
  dead.addObjects([9], 1);
  dead.addObjects([10], 0);
  const closed = dead.batcher.close(0);
  await dead.clock.advance(0);
  await closed;

  const next = spoolRig(where, [], { flushInterval: 0 });
  await settled(next, () => next.counters.delivered === 10);
  t.strictSame(next.arrived(), [10, 9, 6, 7, 8, 1, 2, 3, 4, 5]);
  await next.batcher.close(1_000);
});

t.test('an event that the server refuses, or that is too large, does not come back', async (t) => {
  const where = folder(t);
  const made = spoolRig(where, [{ kind: 'invalid', reason: 'x' }]);
  made.addObjects([1]);
  t.equal(await made.batcher.flush(5_000), false);
  t.equal(made.counters.dropped.rejected, 1);
  await made.batcher.close(0);
  t.equal(made.counters.left, 0);
  t.strictSame(readdirSync(where), []);
});

t.test('without a place to write all is as without a spool', async (t) => {
  const made = spoolRig('/dev/null/none', () => ({ kind: 'retry', reason: 'down' }));
  made.addObjects(range(1, 30));
  const closed = made.batcher.close(0);
  await made.clock.advance(0);
  t.equal(await closed, false);
  t.match(made.counters, { left: 0, dropped: { queue_full: 20, shutdown: 10 } });
  t.equal(made.counters.accepted, made.known());
});

t.test('an event that is replaced lies on the disk once, with its newest text', async (t) => {
  const where = folder(t);
  const dead = spoolRig(where, () => ({ kind: 'retry', reason: 'down' }));
  const seq = dead.batcher.add(Buffer.from('{"n":1}'), { lane: LANE_ERROR });
  dead.batcher.add(Buffer.from('{"n":2}'), { lane: LANE_ERROR });
  t.ok(dead.batcher.canReplace(seq));
  dead.batcher.replace(seq, Buffer.from('{"n":3}'), LANE_FATAL);
  const closed = dead.batcher.close(0);
  await dead.clock.advance(0);
  t.equal(await closed, false);
  t.match(dead.counters, { accepted: 2, left: 2 });

  const next = spoolRig(where);
  await settled(next, () => next.counters.delivered === 2);
  t.strictSame(next.arrived(), [3, 2], 'in its new lane');
  t.strictSame(readdirSync(where), []);
  await next.batcher.close(0);
});

t.test(
  'what arrives at the end leaves nothing on the disk, though an event came meanwhile',
  async (t) => {
    const where = folder(t);
    const made = spoolRig(where, () => ({ kind: 'retry', reason: 'down' }));
    made.addObjects(range(1, 4));
    const taken = made.batcher.takeRemaining();
    // A custom transport that is called with those captures one, whose fate is known first.
    const late = made.batcher.addRemaining(Buffer.from('{"n":5}'), { lane: LANE_FATAL });
    t.equal(
      made.batcher.settleRemaining([late], () => undefined),
      0,
    );
    t.equal(
      made.batcher.settleRemaining(taken, (index) => (index === 0 ? undefined : 'delivered')),
      0,
    );
    t.match(made.counters, { accepted: 5, delivered: 3, left: 2, dropped: { shutdown: 0 } });
    t.equal(made.counters.accepted, made.known());

    const next = spoolRig(where);
    await settled(next, () => next.counters.delivered === 2);
    t.strictSame(next.arrived(), [5, 1], 'the others are not sent again');
    await next.batcher.close(0);
    t.strictSame(readdirSync(where), []);
  },
);
