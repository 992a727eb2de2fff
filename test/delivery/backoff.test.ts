import { test } from 'tap';
import { backoffMs, pauseMs } from '../../src/delivery/backoff.ts';

void test('the wait after a failure doubles from 200 ms to 30 s', async (t) => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 5_000].map((n) => backoffMs(n, () => 1));
  t.strictSame(
    longest,
    [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000],
  );
});

void test('the jitter is full: any part of the wait, from nothing', async (t) => {
  t.equal(
    backoffMs(4, () => 0),
    0,
  );
  t.equal(
    backoffMs(4, () => 0.25),
    400,
  );
});

void test('the wait for a person grows from one minute to ten', async (t) => {
  t.strictSame(
    [1, 2, 3, 4, 5, 6, 5_000].map((n) => pauseMs(n)),
    [60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000],
  );
});
