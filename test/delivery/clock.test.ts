import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { FakeClock } from '../helpers/clock.ts';

/** Whether a timer keeps the process alive. */
function keepsAlive(timer: ReturnType<Clock['setTimer']>): boolean {
  return typeof timer === 'object' && timer.hasRef();
}

void test('a timer keeps the process alive only if it is asked to', async (t) => {
  const timers = [
    systemClock.setTimer(() => undefined, 60_000),
    systemClock.setTimer(() => undefined, 60_000, { ref: false }),
    systemClock.setTimer(() => undefined, 60_000, { ref: true }),
  ];
  t.strictSame(timers.map(keepsAlive), [false, false, true]);
  for (const timer of timers) systemClock.clearTimer(timer);
});

void test('a time beyond what Node can count does not fire at once', async (t) => {
  const fired: number[] = [];
  const times = [2 ** 31, 1e300, Infinity];
  const timers = times.map((ms) => systemClock.setTimer(() => fired.push(ms), ms));
  const zeros = [0, -1, Number.NaN].map((ms) => systemClock.setTimer(() => fired.push(ms), ms));
  await sleep(30);
  for (const timer of [...timers, ...zeros]) systemClock.clearTimer(timer);
  t.strictSame(fired, [0, -1, Number.NaN]);
});

void test('neither fake timers nor a corrected wall clock stop the clock', async (t) => {
  const { setTimeout: real } = globalThis;
  const { now } = Date;
  t.teardown(() => {
    globalThis.setTimeout = real;
    Date.now = now;
  });
  globalThis.setTimeout = (() => 0) as unknown as typeof setTimeout;
  Date.now = () => 0;
  const before = systemClock.now();
  await new Promise<void>((resolve) => {
    systemClock.setTimer(resolve, 20, { ref: true });
  });
  // Node's timers count whole milliseconds, so one may come up to one too early.
  t.ok(systemClock.now() - before >= 19);
});

void test('the fake clock runs timers in order, each at its own time', async (t) => {
  const clock = new FakeClock();
  const start = clock.now();
  const seen: [string, number][] = [];
  const note = (name: string) => (): void => {
    seen.push([name, clock.now() - start]);
    if (name === 'b') clock.setTimer(note('d'), 5);
  };
  clock.setTimer(note('c'), 30);
  clock.setTimer(note('a'), 10);
  clock.setTimer(note('b'), 10, { ref: true });
  clock.clearTimer(clock.setTimer(note('never'), 10));
  t.strictSame([clock.pending, clock.pendingRefs], [3, 1]);
  await clock.advance(29);
  t.strictSame(seen, [
    ['a', 10],
    ['b', 10],
    ['d', 15],
  ]);
  await clock.advance(1);
  t.strictSame(seen.at(-1), ['c', 30]);
  t.strictSame([clock.pending, clock.now() - start], [0, 30]);
});
