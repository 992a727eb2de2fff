import { AssertionError } from 'node:assert';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import fc from 'fast-check';
import { stdSerializers } from 'pino';
import t from 'tap';
import { createExceptionReader, isErrorLike } from '../../src/event/exception.ts';
import type { ExceptionInfo } from '../../src/event/exception.ts';
import { createPathRules } from '../../src/event/paths.ts';
import { createSourceReader } from '../../src/event/source.ts';

const root = join(import.meta.dirname, '../../../..');
const read = createExceptionReader({ paths: createPathRules({ projectRoot: root }) });
const HERE = 'dist/esm/test/event/exception.test.js';

/** What a line of a log file keeps of a value. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The shape that bunyan 2.0.5 leaves of an error: of causes only those behind a method `cause()`. */
function bunyanShape(thrown: Error & { code?: unknown; signal?: unknown }): object {
  const { message, name, code, signal } = thrown;
  return { message, name, stack: bunyanStack(thrown), code, signal };
}

function bunyanStack(thrown: Error): string {
  const cause: unknown = typeof thrown.cause === 'function' ? thrown.cause() : undefined;
  const tail = cause instanceof Error ? `\nCaused by: ${bunyanStack(cause)}` : '';
  return `${thrown.stack}${tail}`;
}

class HttpError extends Error {
  override name = 'HttpError';
  statusCode: number;
  constructor(message: string, statusCode: number, options?: ErrorOptions) {
    super(message, options);
    this.statusCode = statusCode;
  }
}

class InheritedNameError extends Error {}
Object.assign(InheritedNameError.prototype, { name: 'InheritedName' });

class GetterNameError extends Error {
  override get name(): string {
    return 'GetterName';
  }
}

class UnnamedError extends Error {}
class UnnamedTypeError extends TypeError {}

/** As verror makes them: the message holds the cause's, which a method gives. */
class VErrorLike extends Error {
  jse_shortmsg: string;
  jse_cause: Error;
  constructor(message: string, cause: Error) {
    super(`${message}: ${cause.message}`);
    this.jse_shortmsg = message;
    this.jse_cause = cause;
  }
}
Object.assign(VErrorLike.prototype, {
  name: 'VError',
  cause(this: VErrorLike): Error {
    return this.jse_cause;
  },
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

/** For what cannot be told to be an Error by its type, as one of another realm. */
function asError(value: unknown): Error {
  return value as Error;
}

function chain(length: number, messageOf = (index: number): string => `m${index}`): Error {
  let inner: Error | undefined;
  for (let index = length; index > 0; index -= 1) {
    inner = new Error(messageOf(index), inner && { cause: inner });
  }
  return asError(inner);
}

/** With another message than the header of its stack, which V8 writes when it is first looked at. */
function renamed(old: string, message: string, options?: ErrorOptions): Error {
  const made = new Error(old, options);
  if (!made.stack?.includes(old)) throw new Error('the stack was not written yet');
  made.message = message;
  return made;
}

function circle(): Error {
  const first = new Error('a');
  const second = new Error('b', { cause: first });
  first.cause = second;
  return first;
}

function ownCause(): Error {
  const made = new Error('a');
  made.cause = made;
  return made;
}

const FAKE = 'line one\n    at fake (/etc/passwd:1:1)\nline three';

/** `[class, message]` of an error and of its causes. */
type Told = [string, string];

/**
 * Each kind of error with what it is to be read as, and what serializers lose of it for good:
 * bunyan all causes but VError's, and each the class that only the constructor's name tells.
 */
const KINDS: {
  name: string;
  make: () => Error;
  told: Told;
  causes?: Told[];
  lost?: ('bunyan' | 'bunyan causes' | 'pino cause classes')[];
}[] = [
  { name: 'a plain Error', make: () => new Error('m'), told: ['Error', 'm'] },
  { name: 'a built-in class', make: () => new RangeError('m'), told: ['RangeError', 'm'] },
  { name: 'an own name', make: () => new HttpError('m', 502), told: ['HttpError', 'm'] },
  {
    name: 'an inherited name',
    make: () => new InheritedNameError('m'),
    told: ['InheritedName', 'm'],
  },
  { name: 'a getter for a name', make: () => new GetterNameError('m'), told: ['GetterName', 'm'] },
  {
    name: 'a class without a name',
    make: () => new UnnamedError('m'),
    told: ['UnnamedError', 'm'],
    lost: ['bunyan'],
  },
  {
    name: 'a built-in class extended without a name',
    make: () => new UnnamedTypeError('m'),
    told: ['UnnamedTypeError', 'm'],
    lost: ['bunyan'],
  },
  { name: 'no message', make: () => new TypeError(), told: ['TypeError', 'TypeError'] },
  { name: 'a blank message', make: () => new TypeError(' \n'), told: ['TypeError', 'TypeError'] },
  { name: 'a message with colons', make: () => new Error('a: b: c'), told: ['Error', 'a: b: c'] },
  {
    name: 'a message with a class',
    make: () => new Error('TypeError: x'),
    told: ['Error', 'TypeError: x'],
  },
  { name: 'a message with frames', make: () => new Error(FAKE), told: ['Error', FAKE] },
  {
    name: 'a message with a separator',
    make: () => new Error('x\ncaused by: y'),
    told: ['Error', 'x\ncaused by: y'],
  },
  {
    name: "Node's own error with a code",
    make: () => asError(caught(() => Buffer.alloc('x' as unknown as number))),
    told: ['TypeError', `The "size" argument must be of type number. Received type string ('x')`],
  },
  {
    name: 'an error of the system',
    make: () => asError(caught(() => readFileSync('/no/such'))),
    told: ['Error', "ENOENT: no such file or directory, open '/no/such'"],
  },
  {
    name: 'a failed assertion',
    make: () => new AssertionError({ message: 'two\nlines\n' }),
    told: ['AssertionError', 'two\nlines\n'],
  },
  {
    name: 'an AbortError',
    make: () => asError(AbortSignal.abort().reason),
    told: ['AbortError', 'This operation was aborted'],
  },
  {
    name: 'an error of another realm',
    make: () => asError(caught(() => vm.runInNewContext('null.x'))),
    told: ['TypeError', "Cannot read properties of null (reading 'x')"],
  },
  {
    name: 'a syntax error with an excerpt before its header',
    make: () => asError(caught(() => new vm.Script('let x = ;', { filename: '/a/b.js' }))),
    told: ['SyntaxError', "Unexpected token ';'"],
  },
  { name: 'a message changed later', make: () => renamed('old', 'new'), told: ['Error', 'new'] },
  {
    name: 'a message that was added to later',
    make: () => renamed('old', 'old (while paying)'),
    told: ['Error', 'old (while paying)'],
  },
  {
    name: 'a message with frames that something was put before later',
    make: () => renamed(FAKE, `context: ${FAKE}`),
    told: ['Error', `context: ${FAKE}`],
  },
  { name: 'a message made empty later', make: () => renamed('old', ''), told: ['Error', 'Error'] },
  {
    name: 'one cause',
    make: () => new Error('outer', { cause: new RangeError('inner') }),
    told: ['Error', 'outer'],
    causes: [['RangeError', 'inner']],
    lost: ['bunyan causes'],
  },
  {
    name: 'causes with colons, frames and separators in their messages',
    make: () =>
      new HttpError(FAKE, 502, {
        cause: new RangeError('mid: x', {
          cause: new HttpError(FAKE, 500, { cause: new Error('x\ncaused by: y') }),
        }),
      }),
    told: ['HttpError', FAKE],
    causes: [
      ['RangeError', 'mid: x'],
      ['HttpError', FAKE],
      ['Error', 'x\ncaused by: y'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'empty messages all along',
    make: () => new Error('', { cause: new TypeError('', { cause: new RangeError('') }) }),
    told: ['Error', 'Error'],
    causes: [
      ['TypeError', 'TypeError'],
      ['RangeError', 'RangeError'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'an empty message before a cause',
    make: () => new Error('', { cause: new Error('inner') }),
    told: ['Error', 'Error'],
    causes: [['Error', 'inner']],
    lost: ['bunyan causes'],
  },
  {
    name: 'the same message as its cause',
    make: () => new Error('x', { cause: new Error('x') }),
    told: ['Error', 'x'],
    causes: [['Error', 'x']],
    lost: ['bunyan causes'],
  },
  {
    name: 'a cause whose class has no name',
    make: () => new Error('outer', { cause: new UnnamedTypeError('inner') }),
    told: ['Error', 'outer'],
    causes: [['UnnamedTypeError', 'inner']],
    lost: ['bunyan causes', 'pino cause classes'],
  },
  {
    name: 'a cause whose name has a space',
    make: () =>
      new Error('outer', { cause: Object.assign(new Error('inner'), { name: 'My Error' }) }),
    told: ['Error', 'outer'],
    causes: [['My Error', 'inner']],
    lost: ['bunyan causes'],
  },
  {
    name: 'a message changed later, before a cause',
    make: () => renamed('old', 'context: old', { cause: new Error('inner') }),
    told: ['Error', 'context: old'],
    causes: [['Error', 'inner']],
    lost: ['bunyan causes'],
  },
  {
    name: "a cause's message changed later",
    make: () => new Error('outer', { cause: renamed('old', 'new') }),
    told: ['Error', 'outer'],
    causes: [['Error', 'new']],
    lost: ['bunyan causes'],
  },
  {
    name: 'a cause that only has a message',
    make: () => new Error('outer', { cause: { message: 'inner' } }),
    told: ['Error', 'outer'],
    causes: [['Error', 'inner']],
    lost: ['bunyan causes'],
  },
  {
    name: 'more causes than are told',
    make: () => chain(9),
    told: ['Error', 'm1'],
    causes: [
      ['Error', 'm2'],
      ['Error', 'm3'],
      ['Error', 'm4'],
      ['Error', 'm5'],
      ['Error', 'm6'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'more causes than are told, all with the same message',
    make: () => chain(9, () => 'x'),
    told: ['Error', 'x'],
    causes: [
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
      ['Error', 'x'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'a syntax error for a cause, with an excerpt before its header',
    make: () =>
      new Error('outer', {
        cause: caught(() => new vm.Script('let x = ;', { filename: '/a/b.js' })),
      }),
    told: ['Error', 'outer'],
    causes: [['SyntaxError', "Unexpected token ';'"]],
    lost: ['bunyan causes'],
  },
  {
    name: 'exactly as many causes as are told',
    make: () => chain(6),
    told: ['Error', 'm1'],
    causes: [
      ['Error', 'm2'],
      ['Error', 'm3'],
      ['Error', 'm4'],
      ['Error', 'm5'],
      ['Error', 'm6'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'a circle of causes',
    make: circle,
    told: ['Error', 'a'],
    causes: [['Error', 'b']],
    lost: ['bunyan causes'],
  },
  { name: 'itself as its cause', make: ownCause, told: ['Error', 'a'] },
  {
    name: 'causes behind methods',
    make: () => new VErrorLike('a', new VErrorLike('b', new RangeError('c'))),
    told: ['VError', 'a: b: c'],
    causes: [
      ['VError', 'b: c'],
      ['RangeError', 'c'],
    ],
  },
  {
    name: 'a method, then a property for a cause',
    make: () => new VErrorLike('a', new Error('b', { cause: new RangeError('c') })),
    told: ['VError', 'a: b'],
    causes: [
      ['Error', 'b'],
      ['RangeError', 'c'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'a property, then a method for a cause',
    make: () => new Error('m0', { cause: new VErrorLike('b', new RangeError('c')) }),
    told: ['Error', 'm0'],
    causes: [
      ['VError', 'b: c'],
      ['RangeError', 'c'],
    ],
    lost: ['bunyan causes'],
  },
  {
    name: 'an AggregateError, whose members come after its causes',
    make: () =>
      new AggregateError(
        [new HttpError('one', 1, { cause: new Error('below one') }), new TypeError('two'), 'three'],
        'all failed',
        { cause: new Error('why') },
      ),
    told: ['AggregateError', 'all failed'],
    causes: [
      ['Error', 'why'],
      ['HttpError', 'one'],
      ['TypeError', 'two'],
      ['String', 'three'],
      ['Error', 'below one'],
    ],
    lost: ['bunyan causes'],
  },
];

function toldOf(info: { class: string; message: string }): Told {
  return [info.class, info.message];
}

function causeFrames(info: ExceptionInfo): (string | undefined)[] {
  return info.causes.map((cause) => cause.backtrace);
}

for (const { name, make, told, causes = [], lost = [] } of KINDS) {
  t.test(`${name}: the same from the error and from what serializers leave of it`, (t) => {
    const thrown = make();
    const raw = read(thrown);
    t.same(toldOf(raw), told);
    t.same(raw.causes.map(toldOf), causes);
    t.ok(raw.frames.length > 0, 'it has frames');
    t.notOk(
      raw.frames.some((frame) => frame.function === 'fake'),
      'none out of a message',
    );

    const serialized: [string, unknown][] = [
      ['pino err', stdSerializers.err(thrown)],
      ['pino err, out of a log', throughJson(stdSerializers.err(thrown))],
      ['pino errWithCause', throughJson(stdSerializers.errWithCause(thrown))],
      ['bunyan', throughJson(bunyanShape(thrown))],
    ];
    for (const [serializer, value] of serialized) {
      const info = read(value);
      t.equal(isErrorLike(value), true, `${serializer} leaves an error`);
      t.same(info.frames, raw.frames, `${serializer}: frames`);
      t.equal(info.backtrace, raw.backtrace, `${serializer}: backtrace`);
      t.equal(info.message, told[1], `${serializer}: message`);
      const isBunyan = serializer === 'bunyan';
      if (!(isBunyan && lost.includes('bunyan')))
        t.equal(info.class, told[0], `${serializer}: class`);
      if (isBunyan && lost.includes('bunyan causes')) continue;
      t.same(causeFrames(info), causeFrames(raw), `${serializer}: frames of the causes`);
      if (serializer.startsWith('pino err') && lost.includes('pino cause classes')) continue;
      t.same(info.causes.map(toldOf), causes, `${serializer}: causes`);
    }
    t.end();
  });
}

t.test('the causes in the stack of a real Error leave its message alone', (t) => {
  const stack =
    'Error: outer\n    at f (/a.js:1:2)\nCaused By: RangeError: inner\n    at g (/b.js:1:2)';
  const info = read(Object.assign(new Error('outer: inner'), { stack }));
  t.equal(info.message, 'outer: inner');
  t.same(info.causes.map(toldOf), [['RangeError', 'inner']]);
  t.end();
});

t.test('a recorded line of pino is read', (t) => {
  const line = {
    type: 'HttpError',
    message: 'checkout failed: connect ECONNREFUSED 127.0.0.1:5432',
    stack:
      'HttpError: checkout failed\n    at checkout (/app/src/shop.js:12:9)\n' +
      '    at async Promise.all (index 0)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n' +
      'caused by: Error: connect ECONNREFUSED 127.0.0.1:5432\n' +
      '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1555:16)\n' +
      '    at query (/app/node_modules/.pnpm/pg@8.1.0/node_modules/pg/lib/client.js:3:1)',
    name: 'HttpError',
    statusCode: 502,
    request: { id: 'r1' },
  };
  const reader = createExceptionReader({ paths: createPathRules({ projectRoot: '/app' }) });
  t.same(reader(line), {
    class: 'HttpError',
    message: 'checkout failed',
    frames: [
      { filename: 'src/shop.js', function: 'checkout', lineno: 12, colno: 9, in_app: true },
      { filename: '<anonymous>', function: 'Promise.all', in_app: false },
      {
        filename: 'node:internal/process/task_queues',
        function: 'process.processTicksAndRejections',
        lineno: 95,
        colno: 5,
        in_app: false,
      },
    ],
    backtrace:
      'at checkout (src/shop.js:12:9)\nat Promise.all (<anonymous>)\n' +
      'at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    causes: [
      {
        class: 'Error',
        message: 'connect ECONNREFUSED 127.0.0.1:5432',
        backtrace:
          'at TCPConnectWrap.afterConnect (node:net:1555:16)\nat query (node_modules/pg/lib/client.js:3:1)',
      },
    ],
    properties: { statusCode: 502, request: { id: 'r1' } },
  });
  t.end();
});

t.test('frames are in wire form, with source lines on those of the application', (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'errsight-exception-')));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.js'), 'one\ntwo\nthree');
  writeFileSync(join(folder, 'b.js'), 'one\ntwo\nthree');
  const reader = createExceptionReader({
    paths: createPathRules({ projectRoot: folder, inAppExclude: ['b.js'] }),
    source: createSourceReader({ projectRoot: folder }),
  });
  const stack = `Error: x\n    at f (${folder}/a.js:2:3)\n    at ${folder}/b.js:1:1\n    at ${folder}/a.js:99:1`;
  t.same(reader({ message: 'x', stack }).frames, [
    {
      filename: 'a.js',
      function: 'f',
      lineno: 2,
      colno: 3,
      in_app: true,
      pre_context: ['one'],
      context_line: 'two',
      post_context: ['three'],
    },
    { filename: 'b.js', function: '', lineno: 1, colno: 1, in_app: false },
    { filename: 'a.js', function: '', lineno: 99, colno: 1, in_app: true },
  ]);
  t.end();
});

function here(): Error {
  return new Error('x');
}

t.test('the newest frame of a real error is where it was made', (t) => {
  const { frames, backtrace } = read(here());
  t.match(frames[0], { filename: HERE, function: 'here', in_app: true });
  t.match(backtrace, new RegExp(`^at here \\(${HERE}:\\d+:\\d+\\)\n`));
  t.end();
});

t.test('anything can be thrown', (t) => {
  class Point {
    x = 1;
  }
  const stack =
    'TypeError: t\n    at f (/a.js:1:2)\nCaused By: RangeError: r\n    at g (/b.js:1:2)';
  const cases: [string, unknown, Told, Told[]?][] = [
    ['a string', 'boom', ['String', 'boom']],
    ['an empty string', '', ['String', 'Empty string']],
    ['a stack', stack, ['TypeError', 't'], [['RangeError', 'r']]],
    ['null', null, ['Null', 'null']],
    ['undefined', undefined, ['Undefined', 'undefined']],
    ['a number', Number.NaN, ['Number', 'NaN']],
    ['a boolean', false, ['Boolean', 'false']],
    ['a symbol', Symbol('s'), ['Symbol', 'Symbol(s)']],
    ['a bigint', -12n, ['BigInt', '-12']],
    ['a very large bigint', 1n << 100_000n, ['BigInt', 'A very large integer']],
    [
      'an object',
      { code: 1, password: 'secret' },
      ['Object', 'Object with the keys code, password'],
    ],
    ['an empty object', {}, ['Object', 'Object without keys']],
    ['an object without a prototype', Object.create(null), ['Object', 'Object without keys']],
    ['a long key', { ['k'.repeat(51)]: 1, b: 1 }, ['Object', 'Object with the keys b, …']],
    ['only long keys', { ['k'.repeat(51)]: 1 }, ['Object', 'Object with long keys']],
    ['an instance', new Point(), ['Point', 'Point with the keys x']],
    ['an array', [1, 2], ['Array', 'Array of 2']],
    ['a function', () => 1, ['Function', 'Function without keys']],
    ['an object with a message', { message: 'm', code: 1 }, ['Error', 'm']],
    ['an object with a name and a message', { name: 'n', message: 'm' }, ['n', 'm']],
    ['only a stack', { stack }, ['TypeError', 't'], [['RangeError', 'r']]],
    ['an error without a stack', { type: 'HttpError', message: 'm' }, ['HttpError', 'm']],
    ['a message that is a number', Object.assign(new Error(), { message: 5 }), ['Error', '5']],
    [
      'a name that is no text',
      Object.assign(new RangeError('m'), { name: 5 }),
      ['RangeError', 'm'],
    ],
    [
      'a name that is a text',
      Object.assign(new RangeError('m'), { name: 'x'.repeat(999) }),
      ['RangeError', 'm'],
    ],
    [
      'an error by its prototype alone',
      Object.create(RangeError.prototype),
      ['RangeError', 'RangeError'],
    ],
  ];
  for (const [name, value, told, causes = []] of cases) {
    const info = read(value);
    t.same(toldOf(info), told, name);
    t.same(info.causes.map(toldOf), causes, `${name}: causes`);
  }
  const keys = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index}k`, index]));
  t.equal(read(keys).message, 'Object with the keys 0k, 1k, 2k, 3k, 4k, 5k, 6k, 7k, 8k, 9k, …');
  t.same(read('boom').frames, []);
  t.equal(read('boom').backtrace, undefined);
  t.equal('backtrace' in (read(new Error('x', { cause: 'y' })).causes[0] ?? {}), false);
  t.end();
});

t.test('a cause need not be an Error', (t) => {
  const cases: [string, unknown, Told[]][] = [
    ['a string', 'why', [['String', 'why']]],
    ['a number', 0, [['Number', '0']]],
    ['an object', { code: 1 }, [['Object', 'Object with the keys code']]],
    ['null, which is none', null, []],
    ['undefined, which is none', undefined, []],
    ['a method that throws', () => caught(() => null), []],
    ['a method without a cause', () => undefined, []],
  ];
  for (const [name, cause, told] of cases) {
    t.same(read(new Error('x', { cause })).causes.map(toldOf), told, name);
  }
  t.end();
});

t.test('an error that another one hides is among the causes', (t) => {
  // SuppressedError itself comes with Node 24; compilers bring one of the same shape.
  const suppressed = Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error: new RangeError('closing'),
    suppressed: new TypeError('working'),
    code: 1,
  });
  for (const value of [suppressed, throughJson(stdSerializers.err(suppressed))]) {
    const info = read(value);
    t.equal(info.class, 'SuppressedError');
    t.same(info.causes.map(toldOf), [
      ['RangeError', 'closing'],
      ['TypeError', 'working'],
    ]);
    t.same(info.properties, { code: 1, aggregated_errors: 2 });
  }
  t.end();
});

t.test('of the errors in an AggregateError five are told, and all are counted', (t) => {
  const members = Array.from({ length: 8 }, (_, index) => new Error(`e${index}`));
  const all = new AggregateError([...members, members[0]], 'all');
  for (const value of [all, throughJson(stdSerializers.err(all))]) {
    const info = read(value);
    t.same(
      info.causes.map((cause) => cause.message),
      ['e0', 'e1', 'e2', 'e3', 'e4'],
    );
    t.same(info.properties, { aggregated_errors: 9 });
  }
  const twice = new Error('twice');
  const repeated = new AggregateError([twice, twice], 'all', { cause: twice });
  t.equal(read(repeated).causes.length, 1, 'the same error is told once');
  t.end();
});

t.test("an error's further properties are given as they are", (t) => {
  const request = { id: 1 };
  const made = Object.assign(new Error('m', { cause: new Error('c') }), {
    code: 'E1',
    errno: -2,
    request,
    type: 'x',
    raw: 1,
    errors: [],
    aggregateErrors: [],
    name: 'n',
  });
  t.same(read(made).properties, { code: 'E1', errno: -2, request });
  t.equal(read(made).properties['request'], request);
  const failed = caught(() => readFileSync('/no/such'));
  t.same(read(failed).properties, { errno: -2, code: 'ENOENT', syscall: 'open', path: '/no/such' });
  t.same(
    read(throughJson(stdSerializers.err(asError(failed)))).properties,
    read(failed).properties,
  );
  t.same(read(throughJson(stdSerializers.err(asError(AbortSignal.abort().reason)))).properties, {
    code: 20,
  });

  const polluting: unknown = JSON.parse('{"message":"m","stack":"","__proto__":{"polluted":true}}');
  t.equal(Object.hasOwn(read(polluting).properties, '__proto__'), true);
  t.equal(Reflect.get(read(polluting).properties, 'polluted'), undefined);
  const many = Object.assign(
    new Error('m'),
    Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`k${index}`, 1])),
  );
  t.equal(Object.keys(read(many).properties).length, 50);
  t.end();
});

t.test('errors are told from objects that only look a little like them', (t) => {
  const errors: unknown[] = [
    new Error('x'),
    new UnnamedError('x'),
    Object.create(Error.prototype),
    caught(() => vm.runInNewContext('null.x')),
    AbortSignal.abort().reason,
    { message: 'x', stack: '' },
    { type: 'TypeError', message: 'x' },
    { name: 'ValidationException', message: 'x' },
    new Proxy(new Error('x'), {}),
  ];
  const others: unknown[] = [
    { name: 'Anna', message: 'hello' },
    { type: 'click', message: 'x' },
    { name: 'TypeError' },
    { stack: 'technology' },
    { message: 5, stack: 'x' },
    { name: `${'x'.repeat(999)}Error`, message: 'x' },
    'Error: x',
    null,
    undefined,
    5,
    [],
    () => 1,
  ];
  for (const value of errors) t.equal(isErrorLike(value), true);
  for (const value of others) t.equal(isErrorLike(value), false, JSON.stringify(value));
  t.end();
});

function fail(): never {
  throw new Error('hostile');
}

/** A Proxy each of whose traps throws. */
function hostileProxy(target: object): object {
  return new Proxy(target, {
    get: fail,
    has: fail,
    ownKeys: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
    set: fail,
    defineProperty: fail,
    isExtensible: fail,
    deleteProperty: fail,
  });
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const KEYS = [
  'name',
  'message',
  'stack',
  'cause',
  'errors',
  'aggregateErrors',
  'type',
  'constructor',
  'code',
  'toString',
  'toJSON',
  'jse_cause',
  'error',
  'suppressed',
];

function isTold(told: { class: unknown; message: unknown }): boolean {
  return [told.class, told.message].every((part) => typeof part === 'string' && /\S/.test(part));
}

t.test('whatever is thrown can be read, however hostile', (t) => {
  // All of these make functions that make the value: fast-check itself cannot look at hostile ones.
  type Make = () => unknown;
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'Error: x\n    at f (/a.js:1:2)',
      'a\ncaused by: b',
      '\n',
      'x: y',
      'SuppressedError',
      'Error',
    ),
  );
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
  });
  const value = fc.oneof(
    fc.oneof(anything, text).map(
      (given): Make =>
        () =>
          given,
    ),
    fc.constantFrom<Make[]>(
      () => hostileProxy({}),
      () => hostileProxy([]),
      () => hostileProxy(fail),
      () => new Proxy([], { get: () => hostileProxy({}) }),
      () => hostileProxy(new Error('x')),
      () => revoked([]),
      () => revoked(fail),
      () => fail,
      () => Symbol('s'),
    ),
  );
  const field = fc.record({
    key: fc.constantFrom(...KEYS),
    value,
    kind: fc.constantFrom('value', 'getter', 'throws'),
    enumerable: fc.boolean(),
  });
  const target = fc.constantFrom<(() => object)[]>(
    () => renamed('old', 'new'),
    () => ({}),
    () => [],
    () => (): void => {},
  );
  const thrown = fc
    .tuple(target, fc.array(field, { maxLength: 8 }))
    .map(([create, fields]) => (): object => {
      const made = create();
      for (const { key, value: make, kind, enumerable } of fields) {
        const content =
          kind === 'value' ? { value: make() } : { get: kind === 'throws' ? fail : make };
        Object.defineProperty(made, key, { ...content, enumerable, configurable: true });
      }
      return made;
    });
  const nested = fc.tuple(thrown, thrown, value).map(([outer, inner, member]): Make => () => {
    const made = outer();
    const cause = inner();
    Object.defineProperty(made, 'cause', { value: cause, configurable: true });
    Object.defineProperty(cause, 'errors', { value: [made, member(), cause], configurable: true });
    return made;
  });
  fc.assert(
    fc.property(fc.oneof(value, thrown, nested), (make) => {
      const given = make();
      const info = read(given);
      JSON.stringify([info.frames, info.causes]);
      return (
        typeof isErrorLike(given) === 'boolean' &&
        isTold(info) &&
        info.causes.length <= 5 &&
        info.causes.every(isTold) &&
        info.frames.every((frame) => frame.filename !== '')
      );
    }),
    { numRuns: 2000 },
  );
  t.end();
});

t.test('a chain of causes without an end is followed for five', (t) => {
  let made = 0;
  const endless = (): object => ({
    message: 'x',
    stack: '',
    get cause() {
      made += 1;
      return endless();
    },
  });
  t.equal(read(endless()).causes.length, 5);
  t.ok(made <= 6);
  t.end();
});

t.test('no property is read twice', (t) => {
  const values: object[] = [
    new AggregateError([new Error('a')], 'x', { cause: new Error('c') }),
    Object.assign(new Error('x'), { name: 'SuppressedError', error: 1, suppressed: 2, code: 3 }),
    { type: 'HttpError', message: 'x: y', stack: 'Error: x\ncaused by: Error: y', code: 1 },
    new VErrorLike('a', new Error('b')),
    { code: 1 },
  ];
  for (const value of values) {
    const reads = new Map<PropertyKey, number>();
    read(
      new Proxy(value, {
        get(target, key): unknown {
          reads.set(key, (reads.get(key) ?? 0) + 1);
          return Reflect.get(target, key);
        },
      }),
    );
    t.ok(reads.size > 0);
    for (const [key, count] of reads) t.equal(count, 1, String(key));
  }
  t.end();
});

t.test('hostile stacks take no longer than their length', (t) => {
  const frames = '    at f (/a.js:1:2)\n';
  const many = `caused by: Error: x\n${frames}`.repeat(100_000);
  const values: [string, object][] = [
    ['causes', { message: 'x: '.repeat(100_000), stack: `Error: x\n${frames}${many}` }],
    [
      'separators',
      { message: '\ncaused by: '.repeat(400_000), stack: '\ncaused by: '.repeat(400_000) },
    ],
    [
      'a long message',
      { message: 'a'.repeat(5_000_000), stack: `Error: ${'a'.repeat(5_000_000)}\n${frames}` },
    ],
    ['a long name', { message: 'a', stack: `${'E'.repeat(5_000_000)}: a\n${frames}` }],
    ['an excerpt', { message: 'a', stack: `${'x:1'.repeat(2_000_000)}\n${frames}` }],
  ];
  for (const [name, value] of values) {
    const start = performance.now();
    t.ok(read(value).causes.length <= 5);
    const took = performance.now() - start;
    // What is not linear takes minutes for these.
    t.ok(took < 2000, `${name} took ${Math.round(took)} ms`);
  }
  t.end();
});
