import tap from 'tap';
import { formatSecond, formatTime, parseTime } from '../../src/dev/time.ts';

const TEN = Date.UTC(2025, 10, 21, 10, 0, 0);

await tap.test('dates are read as ErrSight reads them', (t) => {
  for (const [text, expected] of [
    ['2025-11-21T10:00:00Z', TEN],
    ['2025-11-21T10:00:00.123Z', TEN + 123],
    ['2025-11-21T10:00:00.123456Z', TEN + 123.456],
    ['2025-11-21T10:00:00.1234569Z', TEN + 123.456],
    ['2025-11-21T10:00:00', TEN],
    ['2025-11-21 10:00', TEN],
    ['2025-11-21 10:00:00 UTC', TEN],
    ['2025-11-21T12:30:00+02:30', TEN],
    ['2025-11-21T12:30:00+0230', TEN],
    ['2025-11-21T05:00:00-05', TEN],
    ['2025-11-21', Date.UTC(2025, 10, 21)],
    ['Fri, 21 Nov 2025 10:00:00 GMT', TEN],
    ['21 Nov 2025 10:00:00', TEN],
  ] as const) {
    t.equal(parseTime(text), expected, text);
  }
  t.end();
});

await tap.test('dates are read in the other forms that Ruby takes', (t) => {
  const day = Date.UTC(2026, 10, 28);
  const ten = day + 10 * 3_600_000;
  for (const [text, expected] of [
    ['28/11/2026', day],
    ['2026/11/28', day],
    ['28.11.2026 10:00', ten],
    ['28-11-2026', day],
    ['20261128', day],
    ['20261128T100000Z', ten],
    ['20261128T120000.5+0200', ten + 500],
    ['20261128100000', ten],
    ['Nov 28 2026', day],
    ['November 28th, 2026 10:00', ten],
    ['28 Nov 2026 10:00 UTC', ten],
    ['28-Nov-2026', day],
    ['Sat Nov 28 2026 12:00:00 GMT+0200 (Eastern European Standard Time)', ten],
    ['Sat Nov 28 10:00:00 UTC 2026', ten],
    ['2026-W48-6', day],
    ['2026W486', day],
    ['2026-332', day],
    ['2026-11-27T24:00', day],
    ['2026-11-27T24:00:00Z', day],
    ['2026-11-28 10am', ten],
    ['2026-11-28 11:00:00 PM', day + 23 * 3_600_000],
    ['2026-11-28 05:00:00 EST', ten],
    ['10:00', ten],
  ] as const) {
    t.equal(parseTime(text, day), expected, text);
  }
  t.end();
});

await tap.test('what is no date is not guessed at', (t) => {
  const texts = [
    '',
    'yesterday',
    '1763719200',
    '1763719200000',
    '2025-02-30T10:00:00Z',
    '2025-13-01T10:00:00Z',
    '2025-11-21T25:00:00Z',
    '2025-11-21T24:01:00Z',
    '11/28/2026',
    '31.11.2026',
    '2026-W54-1',
    '2026-367',
    'x'.repeat(200_000),
    `${' '.repeat(100_000)}1:`,
    '2025-11-21T10:61:00Z',
    '2025-11-21T10:00:00+25:00',
    '99 Foo 2025 10:00:00 GMT',
  ];
  for (const text of texts) t.equal(parseTime(text), undefined, JSON.stringify(text));
  t.end();
});

await tap.test('stored times have milliseconds, or microseconds where they need them', (t) => {
  t.equal(formatTime(TEN), '2025-11-21T10:00:00.000Z');
  t.equal(formatTime(TEN + 123), '2025-11-21T10:00:00.123Z');
  t.equal(formatTime(TEN + 123.456), '2025-11-21T10:00:00.123456Z');
  t.equal(formatTime(TEN + 0.007), '2025-11-21T10:00:00.000007Z');
  t.end();
});

await tap.test('the read API has seconds, never rounded up', (t) => {
  t.equal(formatSecond(TEN + 999.999), '2025-11-21T10:00:00Z');
  t.end();
});
