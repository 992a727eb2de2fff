import { runInNewContext } from 'node:vm';
import t from 'tap';
import { isBelievable, isoTime, timeOf } from '../../src/lib/time.ts';

const NOW = Date.parse('2026-01-02T03:04:05.678Z');
const HOUR = 3_600_000;

class LyingDate extends Date {
  override getTime(): number {
    throw new Error('no');
  }
  override toISOString(): string {
    return '\u0000';
  }
}

t.test('a time may have any form', (t) => {
  const wanted = '2026-05-06T07:08:09.010Z';
  const time = Date.parse(wanted);
  const cases: readonly unknown[] = [
    time,
    wanted,
    '2026-05-06T09:08:09.010+02:00',
    new Date(time),
    new LyingDate(time),
    runInNewContext(`new Date(${time})`),
  ];
  for (const given of cases) t.equal(isoTime(given, NOW), wanted);
  for (const given of [undefined, null, '', 'soon', 1e20, Infinity, {}, [], true]) {
    t.equal(isoTime(given, NOW), '2026-01-02T03:04:05.678Z', typeof given);
  }
  t.end();
});

t.test('ErrSight believes a time of the last seven days, and an hour ahead', (t) => {
  const cases: readonly (readonly [hours: number, believed: boolean])[] = [
    [0, true],
    [1, true],
    [1.1, false],
    [-7 * 24 + 1, true],
    [-7 * 24, false],
  ];
  for (const [hours, believed] of cases) {
    t.equal(isBelievable(NOW + hours * HOUR, NOW), believed, `${hours} hours`);
  }
  t.end();
});

t.test('what ErrSight would replace counts as of now, and is said beside', (t) => {
  const recent = new Date(Date.now() - HOUR).toISOString();
  t.strictSame(timeOf(recent, NOW), { occurredAt: recent, trueTime: undefined });
  const old = timeOf('2001-01-01T00:00:00.000Z', NOW);
  t.equal(old.trueTime, '2001-01-01T00:00:00.000Z');
  t.ok(isBelievable(Date.parse(old.occurredAt), Date.now()));
  t.end();
});
