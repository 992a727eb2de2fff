import t from 'tap';
import { createReporter } from '../src/lib/report.ts';
import { errsightLines } from './main/stderr.ts';

const KEY = `elp_${'a1'.repeat(24)}`;

t.test('one line a minute, and the next one says how many were not said', (t) => {
  const lines = errsightLines(t);
  let now = 5_000;
  const reporter = createReporter({
    history: { last: -Infinity, unsaid: 0 },
    debug: false,
    apiKey: KEY,
    now: () => now,
  });
  const cases: readonly (readonly [at: number, message: string, printed?: string])[] = [
    [0, 'first', 'errsight: first'],
    [1, 'second'],
    [59_999, 'third'],
    [60_000, 'fourth', 'errsight: fourth (and 2 more since the last line; `debug` shows all)'],
    [119_999, 'fifth'],
    [130_000, 'sixth', 'errsight: sixth (and 1 more since the last line; `debug` shows all)'],
    [200_000, 'seventh', 'errsight: seventh'],
  ];
  for (const [at, message] of cases) {
    now = 5_000 + at;
    reporter.warn(message);
    reporter.debug('never seen');
  }
  t.strictSame(
    lines,
    cases.flatMap(([, , printed]) => (printed === undefined ? [] : [printed])),
  );
  t.end();
});

t.test('with debug all lines are said, and details as well', (t) => {
  const lines = errsightLines(t);
  const reporter = createReporter({
    history: { last: -Infinity, unsaid: 0 },
    debug: true,
    apiKey: KEY,
    now: () => 0,
  });
  reporter.warn('one');
  reporter.debug('two');
  reporter.warn('three');
  t.strictSame(lines, ['errsight: one', 'errsight: two', 'errsight: three']);
  t.end();
});

t.test('the API key is in no line, also where the line is cut', (t) => {
  const lines = errsightLines(t);
  const reporter = createReporter({
    history: { last: -Infinity, unsaid: 0 },
    debug: true,
    apiKey: KEY,
  });
  for (let before = 930; before < 1_010; before += 1) reporter.warn(`${'x'.repeat(before)}${KEY}`);
  reporter.debug(`a ${KEY} b ${KEY}`);
  t.notMatch(lines.join('\n'), /elp_/);
  t.equal(lines.at(-1), 'errsight: a [API key] b [API key]');
  t.end();
});

t.test('a message is one line of bounded length without control characters', (t) => {
  const lines = errsightLines(t);
  let now = 0;
  const reporter = createReporter({
    history: { last: -Infinity, unsaid: 0 },
    debug: false,
    apiKey: undefined,
    now: () => now,
  });
  reporter.warn('a\nerrsight: b\r\n\u001b[2Jc\u2028d\u0000e');
  reporter.warn('unsaid');
  now += 60_000;
  reporter.warn('y'.repeat(5_000));
  t.equal(lines[0], 'errsight: a errsight: b [2Jc d e');
  t.equal(lines.length, 2);
  t.ok((lines[1] ?? '').length <= 1_010);
  t.match(lines[1], / \(and 1 more since the last line; `debug` shows all\)$/);
  t.end();
});

t.test('several reporters together do not say more than one', (t) => {
  const lines = errsightLines(t);
  createReporter({ debug: false, apiKey: KEY }).warn('one');
  createReporter({ debug: false, apiKey: KEY }).warn('two');
  t.strictSame(lines, ['errsight: one']);
  t.end();
});
