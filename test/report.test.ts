import t from 'tap';
import { createReporter } from '../src/lib/report.ts';
import { errsightLines } from './main/stderr.ts';

const KEY = `elp_${'a1'.repeat(24)}`;

t.test('one line a minute, and the next one says how many were not said', (t) => {
  const lines = errsightLines(t);
  let now = 5_000;
  const reporter = createReporter({
    history: new Map(),
    debug: false,
    apiKey: KEY,
    now: () => now,
  });
  const cases: readonly (readonly [at: number, message: string, printed?: string])[] = [
    [0, 'trouble: first', 'errsight: trouble: first'],
    [1, 'trouble: second'],
    [59_999, 'trouble: third'],
    [
      60_000,
      'trouble: fourth',
      'errsight: trouble: fourth (and 2 more since the last line; `debug` shows all)',
    ],
    [119_999, 'trouble: fifth'],
    [
      130_000,
      'trouble: sixth',
      'errsight: trouble: sixth (and 1 more since the last line; `debug` shows all)',
    ],
    [200_000, 'trouble: seventh', 'errsight: trouble: seventh'],
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
    history: new Map(),
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
    history: new Map(),
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
    history: new Map(),
    debug: false,
    apiKey: undefined,
    now: () => now,
  });
  reporter.warn('a errsight: \nb\r\n\u001b[2Jc\u2028d\u0000e');
  reporter.warn(`a errsight: unsaid`);
  now += 60_000;
  reporter.warn(`a errsight: ${'y'.repeat(5_000)}`);
  t.equal(lines[0], 'errsight: a errsight:  b [2Jc d e');
  t.equal(lines.length, 2);
  t.ok((lines[1] ?? '').length <= 1_010);
  t.match(lines[1], / \(and 1 more since the last line; `debug` shows all\)$/);
  t.end();
});

t.test('several reporters together do not say more than one', (t) => {
  const lines = errsightLines(t);
  createReporter({ debug: false, apiKey: KEY }).warn('one: a');
  createReporter({ debug: false, apiKey: KEY }).warn('one: b');
  t.strictSame(lines, ['errsight: one: a']);
  t.end();
});

t.test('each kind of message has a minute of its own', (t) => {
  const lines = errsightLines(t);
  let now = 0;
  const reporter = createReporter({
    history: new Map(),
    debug: false,
    apiKey: undefined,
    now: () => now,
  });
  const said = [
    '`host` is a cleartext http: address',
    'ErrSight refuses the key (HTTP 401)',
    'beforeSend failed, the event is dropped: Error: a',
    '3 events had not arrived when the time to close was over',
  ];
  for (const message of said) reporter.warn(message);
  for (const same of [
    'ErrSight refuses the key (HTTP 403)',
    'beforeSend failed, the event is dropped: Error: b',
    '17 events had not arrived when the time to close was over',
  ]) {
    reporter.warn(same);
  }
  t.strictSame(
    lines,
    said.map((message) => `errsight: ${message}`),
  );
  reporter.last('17 events had not arrived');
  reporter.last('18 events had not arrived');
  t.equal(lines.length, said.length + 2, 'what is said last is always said');

  now += 60_000;
  for (let count = 0; count < 200; count += 1) reporter.warn(`${'x'.repeat(count)} failed`);
  t.ok(lines.length < said.length + 2 + 70, 'and kinds without end share a minute');
  t.end();
});
