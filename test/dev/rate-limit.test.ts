import tap from 'tap';
import { RateLimit } from '../../src/dev/rate-limit.ts';

const MINUTE = Date.UTC(2025, 10, 21, 10, 0);

await tap.test(
  'a request is taken whole or refused whole, and a refused one uses nothing up',
  (t) => {
    const limit = new RateLimit(60);
    t.same(limit.take(50, MINUTE), { allowed: true });
    t.same(limit.take(11, MINUTE), { allowed: false, limit: 60, retryAfter: 60 });
    t.same(limit.take(10, MINUTE), { allowed: true }, 'a smaller one still passes');
    t.same(limit.take(1, MINUTE), { allowed: false, limit: 60, retryAfter: 60 });
    t.same(limit.take(0, MINUTE), { allowed: true }, 'nothing always fits');
    t.end();
  },
);

await tap.test('more events than the limit never pass, not even first in a window', (t) => {
  const limit = new RateLimit(60);
  t.match(limit.take(61, MINUTE), { allowed: false });
  t.match(limit.take(100, MINUTE + 60_000), { allowed: false });
  t.end();
});

await tap.test(
  'windows are aligned to the UTC minute, and the wait is told in whole seconds',
  (t) => {
    for (const [after, retryAfter] of [
      [0, 60],
      [1, 60],
      [500, 60],
      [1000, 59],
      [30_000, 30],
      [59_001, 1],
      [59_999, 1],
    ] as const) {
      const limit = new RateLimit(1);
      t.same(limit.take(1, MINUTE + after), { allowed: true });
      t.same(
        limit.take(1, MINUTE + after),
        { allowed: false, limit: 1, retryAfter },
        `${after} ms`,
      );
      t.same(limit.take(1, MINUTE + 60_000), { allowed: true }, 'all is back at the minute');
    }
    t.end();
  },
);

await tap.test('a limit of zero is none, and limits change while in use', (t) => {
  const limit = new RateLimit(0);
  t.same(limit.take(1_000_000, MINUTE), { allowed: true });
  limit.limit = 1;
  t.same(limit.take(1, MINUTE), { allowed: true });
  t.match(limit.take(1, MINUTE), { allowed: false });
  limit.reset();
  t.same(limit.take(1, MINUTE), { allowed: true });
  t.end();
});

await tap.test('a shorter window ends earlier', (t) => {
  const limit = new RateLimit(1, 2500);
  t.same(limit.take(1, 2500), { allowed: true });
  t.same(limit.take(1, 2600), { allowed: false, limit: 1, retryAfter: 3 });
  t.same(limit.take(1, 5000), { allowed: true });
  t.end();
});
