import { setImmediate as tick } from 'node:timers/promises';
import { test } from 'tap';
import { append, findAtLeast, HOUR, spoolRig } from './spool-rig.ts';

const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 5, 1);
/** ms in which a wrong clock makes nothing old. */
const MINUTES = 600_000;
const LATE = Date.UTC(2040, 0, 1);

void test('what a process finds is too old by the wall clock, unless that is wrong', async (t) => {
  // Name, when it was written, when it is found, whether it is kept.
  const cases: readonly (readonly [string, number, number, boolean])[] = [
    ['a moment ago', NOW, NOW + 1, true],
    ['almost too old', NOW, NOW + 30 * DAY - MINUTES - 1, true],
    ['too old', NOW, NOW + 30 * DAY + 1, false],
    ['after a year', NOW, NOW + 365 * DAY, false],
    ['found in 2040', NOW, LATE, true],
    ['written in 2040', LATE, NOW, true],
    ['both in 2040', LATE, LATE + 1, true],
    ['found in 1970', NOW, 5_000, true],
    ['written in 1970', 5_000, NOW, true],
    ['both in 1970', 5_000, 6_000, true],
  ];
  for (const [name, written, found, isKept] of cases) {
    for (const corrected of [false, true]) {
      let wall = found;
      const rig = spoolRig(t);
      const dead = rig.open({ maxAge: 30 * DAY, now: () => written });
      append(dead, [1]);
      dead.close();
      const spool = rig.open({ maxAge: 30 * DAY, now: () => wall });
      await findAtLeast(spool, 1);
      const [event] = spool.unpark(1, Infinity);
      t.ok(event, `${name}: whatever the clock says, it is sent if that is possible at once`);
      await rig.clock.advance(MINUTES);
      t.not(spool.read(event!.handle), 'too_old', name);
      if (corrected) wall = written + MINUTES;
      await rig.clock.advance(1);
      const isOld = !isKept && !corrected;
      t.equal(spool.read(event!.handle) === 'too_old', isOld, `${name}, corrected: ${corrected}`);
    }
  }
});

void test('no jump of the wall clock makes older what waits already, but time does', async (t) => {
  for (const jump of [LATE, NOW + 60 * DAY, 5_000]) {
    const rig = spoolRig(t);
    let wall = NOW;
    const options = { maxAge: HOUR, now: () => wall };
    const dead = rig.open(options);
    append(dead, [1]);
    dead.close();
    wall += HOUR / 2;
    const spool = rig.open(options);
    await findAtLeast(spool, 1);
    const [own] = append(spool, [2]);
    wall = jump;
    const [found] = spool.unpark(1, Infinity);
    t.ok(found, 'what was found is kept');
    t.not(spool.read(own!), 'too_old');
    // A real clock goes on by so much; the one of the machine is of no matter.
    await rig.clock.advance(HOUR / 2 + 1);
    t.equal(spool.read(found!.handle), 'too_old', 'it had waited half an hour before');
    t.not(spool.read(own!), 'too_old');
    await rig.clock.advance(HOUR / 2);
    t.equal(spool.read(own!), 'too_old');
    await tick();
  }
});
