/** What `errsight pipe` reads of lines: texts that belong together, and JSON of other loggers. */
import fc from 'fast-check';
import t from 'tap';
import { readAny } from '../../src/cli/lines/json.ts';
import { TextBlocks } from '../../src/cli/lines/text.ts';
import { DEFAULT_SHAPE } from '../../transports/pino/records.ts';

type Facts = Readonly<Record<string, unknown>>;

/** The records that lines of text become. */
function recordsOf(text: string): Facts[] {
  const found: Facts[] = [];
  const blocks = new TextBlocks((line) => found.push(JSON.parse(line) as Facts));
  for (const line of text.split('\n')) blocks.add(line);
  blocks.end();
  return found.map(({ time: _time, ...rest }) => rest);
}

const FRAMES = '\n    at load (/app/a.js:3:9)\n    at main (/app/b.js:7:1)';

/** A text, and what it says. Each is one record. */
const TEXTS: readonly (readonly [what: string, text: string, expected: Facts])[] = [
  [
    'properties and a cause, which has properties as well',
    `Failed: TypeError: fetch failed${FRAMES} {\n  code: 'E_ONE',\n  status: 503,\n  isFinal: false,\n  headers: {\n    a: 1\n  },\n  [cause]: Error: connect\n      at dial (/app/c.js:1:2) {\n    errno: -111,\n    'syscall': "connect"\n  }\n}`,
    {
      level: 'error',
      msg: 'Failed',
      err: {
        type: 'TypeError',
        message: 'fetch failed',
        stack: `TypeError: fetch failed${FRAMES}`,
        code: 'E_ONE',
        status: 503,
        isFinal: false,
        headers: '{\n    a: 1\n  }',
        cause: {
          type: 'Error',
          message: 'connect',
          stack: 'Error: connect\n      at dial (/app/c.js:1:2)',
          errno: -111,
          syscall: 'connect',
        },
      },
    },
  ],
  [
    'the members of an AggregateError',
    `AggregateError: all${FRAMES} {\n  [errors]: [\n    Error: one\n        at a (/app/c.js:1:2),\n    RangeError: two\n        at b (/app/c.js:2:2) {\n      code: 'TWO'\n    }\n  ]\n}`,
    {
      level: 'error',
      err: {
        type: 'AggregateError',
        message: 'all',
        stack: `AggregateError: all${FRAMES}`,
        aggregateErrors: [
          { type: 'Error', message: 'one', stack: 'Error: one\n        at a (/app/c.js:1:2)' },
          {
            type: 'RangeError',
            message: 'two',
            stack: 'RangeError: two\n        at b (/app/c.js:2:2)',
            code: 'TWO',
          },
        ],
      },
    },
  ],
  [
    'a cause without frames, and one that is a text',
    `Error: x${FRAMES} {\n  [cause]: [RangeError: far]\n}`,
    {
      level: 'error',
      err: { type: 'Error', message: 'x', stack: `Error: x${FRAMES}`, cause: 'RangeError: far' },
    },
  ],
  [
    'a code behind the class, as Node writes it',
    `TypeError [ERR_INVALID_ARG_TYPE]: no path${FRAMES}`,
    {
      level: 'error',
      err: {
        type: 'TypeError',
        message: 'no path',
        stack: `TypeError [ERR_INVALID_ARG_TYPE]: no path${FRAMES}`,
      },
    },
  ],
  [
    'a message of several lines',
    `Error: Validation failed\n  name: missing\nsecond line\n\nlast${FRAMES}`,
    {
      level: 'error',
      err: {
        type: 'Error',
        message: 'Validation failed\n  name: missing\nsecond line\n\nlast',
        stack: `Error: Validation failed\n  name: missing\nsecond line\n\nlast${FRAMES}`,
      },
    },
  ],
  [
    'a message that begins below its class',
    `KnownRequestError:\nInvalid invocation${FRAMES}`,
    {
      level: 'error',
      err: {
        type: 'KnownRequestError',
        message: 'Invalid invocation',
        stack: `KnownRequestError:\nInvalid invocation${FRAMES}`,
      },
    },
  ],
  [
    'frames of `emit`, which are no frames of the error',
    `Error: none${FRAMES}\nEmitted 'error' event on Socket instance at:\n    at emit (node:net:1:1)\n    [... lines matching original stack trace ...]\n    at last (node:net:2:2) {\n  code: 'EPIPE'\n}`,
    {
      level: 'error',
      err: { type: 'Error', message: 'none', stack: `Error: none${FRAMES}`, code: 'EPIPE' },
    },
  ],
  [
    'an error inside an object',
    `{\n  a: TypeError: inside\n      at load (/app/a.js:3:9)\n}`,
    {
      level: 'error',
      msg: 'a',
      err: {
        type: 'TypeError',
        message: 'inside',
        stack: 'TypeError: inside\n      at load (/app/a.js:3:9)',
      },
    },
  ],
  [
    "Python's logging.exception",
    'ERROR:root:payment failed\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: bad',
    {
      level: 'error',
      msg: 'ERROR:root:payment failed',
      err: { type: 'ValueError', message: 'bad' },
      traceback:
        'ERROR:root:payment failed\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: bad',
    },
  ],
  [
    'a message of several lines in Java',
    'java.io.IOException: no disk\nsecond line\n\tat com.acme.App.run(App.java:10)',
    {
      level: 'error',
      err: { type: 'java.io.IOException', message: 'no disk' },
      traceback: 'java.io.IOException: no disk\nsecond line\n\tat com.acme.App.run(App.java:10)',
    },
  ],
  [
    'a panic of Go',
    'panic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x1d\nexit status 2',
    {
      level: 'fatal',
      msg: 'panic: index out of range',
      traceback:
        'panic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:4 +0x1d\nexit status 2',
    },
  ],
  [
    'a line with a level below an error without frames',
    'Error: none has frames\n  detail: 1',
    { level: 'error', msg: 'Error: none has frames\n  detail: 1' },
  ],
];

t.test('lines of text that belong together are one record', (t) => {
  for (const [what, text, expected] of TEXTS) t.strictSame(recordsOf(text), [expected], what);
  t.end();
});

t.test('what Node prints of an error that nobody catches is fatal, and is not handled', (t) => {
  const heads: readonly (readonly [string, string])[] = [
    ['a source line that is indented', "/app/a.js:3\n    throw new Error('x')\n    ^\n"],
    ['one that is not', "file:///app/a.mjs:3\nthrow new Error('ERROR: x')\n^^^^^\n"],
  ];
  for (const [what, head] of heads) {
    const [shown, error, ...more] = recordsOf(`${head}\nError: x${FRAMES}\n\nNode.js v24.0.0`);
    t.match(shown, { level: 'info' }, what);
    t.match(error, { level: 'fatal', err: { message: 'x' }, 'errsight:uncaught': true }, what);
    t.match(more, [{ level: 'info', msg: 'Node.js v24.0.0' }], what);
    const { record } = readAny(error ?? {}, DEFAULT_SHAPE);
    t.match(record, { level: 'fatal', handled: false }, what);
    t.notHas(record.fields, { 'errsight:uncaught': true });
  }
  const [, text] = recordsOf(
    "/app/a.js:1\nthrow 'a text'\n^\na text\n(Use `node --trace-uncaught`)",
  );
  t.match(text, { level: 'fatal', msg: 'a text' }, 'also a text');
  const lines = 'listening on 127.0.0.1:3000\nERROR it broke\n  because of this\na.js:1\nplain';
  t.strictSame(
    recordsOf(lines).map(({ msg }) => msg),
    ['listening on 127.0.0.1:3000', 'ERROR it broke\n  because of this', 'a.js:1', 'plain'],
    'a line that ends like a place is none',
  );
  t.end();
});

t.test('no line is lost or told twice, in whatever order lines come', (t) => {
  const pieces = fc.constantFrom(
    'Error: one',
    '    at load (/app/a.js:3:9)',
    "  code: 'X'",
    '}',
    '',
    'plain text',
    '  indented',
    'ERROR something',
    'info: done',
    '/app/a.js:3',
    '    ^',
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in f',
    'panic: x',
    'java.io.IOException: no',
    '\tat com.acme.App.run(App.java:10)',
    'Caused by: java.lang.Error: deeper',
    "Emitted 'error' event at:",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (lines) => {
      // Each has a number, by which it is known again.
      const marked = lines.map((line, at) => (/[a-z]$/.test(line) ? `${line} <${at}>` : line));
      const wanted = marked.flatMap((line) => /<\d+>$/.exec(line) ?? []);
      const told = recordsOf(marked.join('\n')).map((record) => JSON.stringify(record));
      for (const mark of wanted) {
        const records = told.filter((record) => record.includes(mark));
        if (records.length !== 1) throw new Error(`${mark} is in ${records.length} records`);
      }
    }),
    { numRuns: 2_000 },
  );
  t.end();
});

const JAVA = 'java.lang.IllegalStateException: no card\n\tat com.acme.Pay.go(Pay.java:3)';
const PYTHON =
  'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\nValueError: bad';

/** A line in JSON of another logger, and what its record is. */
const OTHERS: readonly (readonly [what: string, line: Facts, expected: Facts])[] = [
  ['Monolog', { message: 'in', level: 200, level_name: 'INFO' }, { level: 'info', message: 'in' }],
  ['Monolog', { message: 'x', level: 550, level_name: 'ALERT' }, { level: 'fatal', message: 'x' }],
  [
    'python-json-logger',
    { levelname: 'ERROR', message: 'failed', exc_info: PYTHON },
    {
      level: 'error',
      message: 'failed',
      thrown: { value: { type: 'ValueError', message: 'bad' } },
      fields: { traceback: PYTHON },
    },
  ],
  ['Serilog', { Level: 'Fatal', RenderedMessage: 'x' }, { level: 'fatal', message: 'x' }],
  [
    "Serilog's compact form",
    { '@t': '2026-11-29T10:00:00.000Z', '@l': 'Warning', '@mt': 'disk {Disk}' },
    { level: 'warning', message: 'disk {Disk}' },
  ],
  [
    "the same without a level, which is Serilog's information",
    { '@t': '2026-11-29T10:00:00.000Z', '@m': 'hello' },
    { level: 'info', message: 'hello' },
  ],
  [
    'structlog',
    { event: 'it says', level: 'error', request: 7 },
    { level: 'error', message: 'it says', fields: { request: 7 } },
  ],
  [
    "Rust's tracing",
    { level: 'ERROR', fields: { message: 'it says', order: 7 }, target: 'shop' },
    { level: 'error', message: 'it says', fields: { fields: { order: 7 }, target: 'shop' } },
  ],
  ['GELF', { version: '1.1', short_message: 'x', level: 3 }, { level: 'error', message: 'x' }],
  ['journald', { MESSAGE: 'x', PRIORITY: '4' }, { level: 'warning', message: 'x' }],
  ['OpenTelemetry', { SeverityText: 'ERROR', Body: 'x' }, { level: 'error', message: 'x' }],
  [
    'zap',
    { level: 'error', msg: 'x', ts: Date.now() / 1e3, stacktrace: 'main.f\n\t/app/main.go:5' },
    { level: 'error', message: 'x', fields: { traceback: 'main.f\n\t/app/main.go:5' } },
  ],
  [
    'Logback',
    { level: 'ERROR', message: 'x', stack_trace: JAVA },
    {
      level: 'error',
      message: 'x',
      thrown: { value: { type: 'java.lang.IllegalStateException', message: 'no card' } },
      fields: { traceback: JAVA },
    },
  ],
  [
    'ECS of Java',
    { 'log.level': 'error', message: 'x', 'error.type': 'a.B', 'error.stack_trace': JAVA },
    {
      thrown: { value: { type: 'a.B', message: 'no card' } },
      fields: { traceback: JAVA, 'error.type': undefined, 'error.stack_trace': undefined },
    },
  ],
  [
    'ECS of Python, nested',
    {
      'log.level': 'ERROR',
      error: { type: 'ValueError', message: 'bad', code: 7, stack_trace: 'File "a.py"\n  x()' },
    },
    {
      thrown: { value: { type: 'ValueError', message: 'bad', code: 7 } },
      fields: { traceback: 'File "a.py"\n  x()', error: undefined },
    },
  ],
];

t.test('JSON of other loggers is read by their names', (t) => {
  for (const [what, line, expected] of OTHERS) {
    const before = JSON.stringify(line);
    const { record } = readAny(line, DEFAULT_SHAPE, 'fatal');
    t.match(record, { mechanism: 'pipe' }, what);
    const { level: _level, ...rest } = expected;
    t.match(readAny(line, DEFAULT_SHAPE).record, expected, what);
    t.match(record, rest, what);
    t.equal(JSON.stringify(line), before, 'and is left as it is');
  }
  const peeked = readAny({ level: 200, level_name: 'INFO', message: 'in' }, DEFAULT_SHAPE, 'fatal');
  t.equal(peeked.record.level, 'info', 'whatever its beginning looked like');
  t.end();
});

t.test('any object is read, and nothing is thrown', (t) => {
  const keys = fc.constantFrom(...OTHERS.flatMap(([, line]) => Object.keys(line)), '__proto__');
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(JAVA, PYTHON, `Error: x${FRAMES}`, 'ERROR', '7'),
  );
  fc.assert(
    fc.property(fc.dictionary(keys, values), (line) => {
      readAny(line, DEFAULT_SHAPE);
    }),
    { numRuns: 1_000 },
  );
  t.end();
});
