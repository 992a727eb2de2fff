import { test } from 'tap';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { range, rig } from './double.ts';

const HOUR = 3_600_000;
const FAILED: Outcome = { kind: 'retry', reason: 'ECONNREFUSED' };
const REDIRECT: Outcome = { kind: 'retry', reason: 'HTTP 301, a redirect, which is not followed' };

void test('a machine that slept for an hour sends at once what was due, once', async (t) => {
  const { add, clock, counters, requests, times } = rig();
  add([1, 2]);
  await clock.advance(1_000);
  await clock.oversleep(HOUR);
  t.strictSame(requests(), [[1, 2]]);
  t.strictSame(times(), [1_000 + HOUR]);
  await clock.advance(HOUR);
  t.match(counters, { delivered: 2, requests: 1 });
  t.equal(clock.pending, 0);
});

void test('a wait between two attempts that the machine slept through is over', async (t) => {
  const { add, batcher, clock, counters, times } = rig([FAILED, FAILED]);
  add(range(1, 10));
  await clock.advance(0);
  await clock.oversleep(HOUR);
  await clock.advance(400);
  t.strictSame(times(), [0, HOUR, HOUR + 400], 'and the next one is as long as without the sleep');
  t.match(counters, { delivered: 10 });
  t.equal(batcher.queued, 0);
});

void test('a pause that the machine slept through is over, without a burst', async (t) => {
  const { add, clock, times } = rig([{ kind: 'paused' }, { kind: 'paused' }]);
  add(range(1, 10));
  await clock.advance(0);
  await clock.oversleep(24 * HOUR);
  await clock.advance(119_999);
  t.strictSame(times(), [0, 24 * HOUR], 'asked once, not once for each minute');
  await clock.advance(1);
  t.equal(times().length, 3);
});

void test('a flush whose time was slept through ends with what is known', async (t) => {
  const { add, batcher, clock } = rig(['never']);
  add(range(1, 3));
  const flushed = batcher.flush(5_000);
  await clock.oversleep(HOUR);
  t.equal(await flushed, false);
  t.equal(clock.pendingRefs, 0);
});

for (const jump of [-HOUR, HOUR]) {
  void test(`a wall clock that jumps by ${jump} ms moves no attempt`, async (t) => {
    const { now } = Date;
    t.teardown(() => {
      Date.now = now;
    });
    const { add, clock, times } = rig([FAILED, { ...FAILED, retryAfterMs: 7_000 }]);
    add(range(1, 10));
    await clock.advance(0);
    Date.now = () => now() + jump;
    await clock.advance(60_000);
    t.strictSame(times(), [0, 200, 7_200]);
  });
}

void test('a redirect is told once, with what it is', async (t) => {
  const { add, clock, reports, times } = rig(() => REDIRECT);
  add(range(1, 10));
  await clock.advance(HOUR);
  t.ok(times().length > 50);
  t.strictSame(reports, [
    'ErrSight cannot be reached (HTTP 301, a redirect, which is not followed); events are held',
  ]);
});
