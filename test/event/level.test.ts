import t from 'tap';
import {
  LEVELS,
  levelFromName,
  levelFromNumber,
  severity,
  type Level,
} from '../../src/event/level.ts';

t.test("the names of all loggers' levels are known", (t) => {
  const cases: Readonly<Record<Level, readonly string[]>> = {
    debug: ['silly', 'trace', 'verbose', 'debug', 'data', 'prompt', 'input'],
    info: ['http', 'info', 'INFO', 'help', 'log', 'notice', 'success', 'default', 'information'],
    warning: ['warn', 'warning', ' WARN ', 'Warning'],
    error: ['error', 'err', 'ERROR', 'severe'],
    fatal: ['alert', 'crit', 'critical', 'emerg', 'emergency', 'panic', 'fatal', 'FATAL'],
  };
  for (const level of LEVELS) {
    for (const name of cases[level]) t.equal(levelFromName(name), level, name);
  }
  t.end();
});

t.test('a name nobody told us about is no level', (t) => {
  for (const name of ['', ' ', 'banana', '30', 'constructor', '__proto__', 'toString']) {
    t.equal(levelFromName(name), undefined, JSON.stringify(name));
  }
  t.end();
});

t.test("numbers are pino's and bunyan's", (t) => {
  const cases: readonly (readonly [number, Level])[] = [
    [-1, 'debug'],
    [10, 'debug'],
    [29, 'debug'],
    [30, 'info'],
    [35, 'info'],
    [40, 'warning'],
    [50, 'error'],
    [60, 'fatal'],
    [Infinity, 'fatal'],
    [Number.NaN, 'debug'],
  ];
  for (const [number, level] of cases) t.equal(levelFromNumber(number), level, String(number));
  t.end();
});

t.test('levels are ordered', (t) => {
  t.strictSame(LEVELS.map(severity), [0, 1, 2, 3, 4]);
  t.end();
});
