import t from 'tap';
import { killMany } from './helpers/kills.ts';

const KILLS = 85;

t.jobs = 2;
t.setTimeout(600_000);

for (const isDown of [false, true]) {
  const health = isDown ? 'is down until the end' : 'works';
  t.test(
    `direct: ${KILLS} processes killed one after the other lose nothing where ErrSight ${health}`,
    { buffered: true },
    (t) => killMany(t, 'direct', { kills: KILLS, isDown }),
  );
}
