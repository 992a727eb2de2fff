import t from 'tap';
import { killMany } from './helpers/kills.ts';

/** Each takes half a second of a core. What a kill leaves does not depend on Node, so the newer ones get fewer. */
const KILLS = process.version.startsWith('v20.') ? 85 : 25;

t.jobs = 2;
// On a machine with 24 programs at a time, 170 kills took 640 s.
t.setTimeout(1_800_000);

for (const isDown of [false, true]) {
  const health = isDown ? 'is down until the end' : 'works';
  t.test(
    `direct: ${KILLS} processes killed one after the other lose nothing where ErrSight ${health}`,
    { buffered: true },
    (t) => killMany(t, 'direct', { kills: KILLS, isDown }),
  );
}
