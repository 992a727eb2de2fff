import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import fc from 'fast-check';
import { stdSerializers } from 'pino';
import t, { type Test } from 'tap';
import { isErrorLike } from '../../src/event/error/class.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { createProjectFiles } from '../../src/event/stack/files.ts';
import { createSourceReader } from '../../src/event/stack/source-lines.ts';
import { createSourceTexts } from '../../src/event/stack/source-text.ts';
import { keysOf } from '../../src/lib/safe-read.ts';
import { scrub } from '../helpers/scrub.ts';
import type { Told } from './thrown-case.ts';
import { asError, caught, Point, renamed, UnnamedError, VErrorLike } from './thrown-makers.ts';

const root = join(import.meta.dirname, '../../../..');
const read = createExceptionReader({ scrub, paths: createPathRules({ projectRoot: root }) });
const HERE = 'dist/esm/test/event/exception.test.js';

/** What a line of a log file keeps of a value. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function toldOf(info: { class: string; message: string }): Told {
  return [info.class, info.message];
}

/** That this is what is told of a thrown value. */
function tells(t: Test, name: string, value: unknown, told: Told, causes: Told[] = []): void {
  const info = read(value);
  t.same(toldOf(info), told, name);
  t.same(info.causes.map(toldOf), causes, `${name}: causes`);
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
  const reader = createExceptionReader({ scrub, paths: createPathRules({ projectRoot: '/app' }) });
  t.same(reader(line), {
    class: 'HttpError',
    message: 'checkout failed',
    isTelling: true,
    apart: undefined,
    isError: true,
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
        isError: true,
        properties: {},
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
    scrub,
    paths: createPathRules({ projectRoot: folder, inAppExclude: ['b.js'] }),
    source: createSourceReader(createSourceTexts(createProjectFiles(folder))),
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
    ['a function', () => 1, ['Function', 'Function']],
    [
      'a function with a name',
      Object.defineProperty(() => 1, 'name', { value: 'pay' }),
      ['Function', 'Function pay'],
    ],
    ['a string in a box', Object('no card'), ['String', 'no card']],
    ['a number in a box', Object(5), ['Number', '5']],
    ['an object with a message', { message: 'm', code: 1 }, ['Error', 'm']],
    ['an object with a name and a message', { name: 'Named', message: 'm' }, ['Named', 'm']],
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
  for (const [name, value, told, causes] of cases) tells(t, name, value, told, causes);
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
    tells(t, name, new Error('x', { cause }), ['Error', 'x'], told);
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

t.test('an AggregateError without a message says what its members say', (t) => {
  const own = new AggregateError([new Error('a')]);
  own.errors.push(own);
  const long = 'x'.repeat(300);
  const cases: [string, unknown[], string][] = [
    ['one', [new Error('a')], '1 error: a'],
    ['two', [new Error('a'), new TypeError('b')], '2 errors: a; b'],
    ['three', ['a', new Error('b'), { message: 'c' }], '3 errors: a; b; c'],
    ['more than are said', ['a', 'b', 'c', 'd'], '4 errors: a; b; c; …'],
    ['more than are looked at', Array.from({ length: 9 }, () => 'a'), '9 errors: a; …'],
    ['the same twice', [new Error('a'), new Error('b'), new Error('a')], '3 errors: a; b'],
    ['many lines', [new Error('\n a \n b'), new Error('c\r\nd')], '2 errors: a; c'],
    ['long ones', [long, `${long}y`], `2 errors: ${long.slice(0, 197)}...`],
    ['a blank one', [new TypeError(' '), new Error('b')], '2 errors: TypeError; b'],
    ['what tells nothing', [undefined, {}, null], '3 errors'],
    ['half known', [undefined, 'b'], '2 errors: b; …'],
    ['others without a message', [new AggregateError(['a', 'b']), 'c'], '2 errors: 2 errors; c'],
    ['itself', own.errors, '2 errors: a; 2 errors'],
  ];
  for (const [name, errors, message] of cases) {
    const thrown = name === 'itself' ? own : new AggregateError(errors);
    t.same(toldOf(read(thrown)), ['AggregateError', message], name);
  }
  t.same(toldOf(read(new AggregateError([]))), ['AggregateError', 'AggregateError']);
  t.same(toldOf(read(new AggregateError(['a'], 'all failed'))), ['AggregateError', 'all failed']);
  t.end();
});

/** A name with two addresses. */
const lookup: LookupFunction = (_host, _options, done) => {
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  done(null, addresses);
};

t.test('an error whose connection to both addresses of a name failed says so', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  // A busy machine takes longer than Node's 250 ms to hear that a port is closed.
  const patience = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 30_000 };
  const socket = connect({ host: 'db.example', port, lookup, ...patience });
  const [thrown] = (await once(socket, 'error')) as [Error];
  for (const value of [thrown, throughJson(stdSerializers.err(thrown))]) {
    const { class: className, message, causes, properties } = read(value);
    t.same(
      [className, message],
      [
        'AggregateError',
        `2 errors: connect ECONNREFUSED 127.0.0.1:${port}; connect ECONNREFUSED 127.0.0.2:${port}`,
      ],
    );
    t.same(properties, { aggregated_errors: 2, code: 'ECONNREFUSED' });
    t.equal(causes.length, 2);
  }
});

t.test('what JSON leaves of an Error that nobody serialized is no cause', (t) => {
  const stack = 'Error: m\n    at f (/a.js:1:2)';
  t.same(read({ message: 'm', stack, cause: {} }).causes, []);
  t.same(read({ message: 'm', stack, errors: [{}, {}] }).causes, []);
  const joined = `${stack}\ncaused by: TypeError: inner\n    at g (/b.js:1:2)`;
  const info = read({ message: 'm: inner', stack: joined, cause: {} });
  t.same(info.causes.map(toldOf), [['TypeError', 'inner']], 'the stack still tells of it');
  t.same(read({ message: 'm', stack, errors: [{}, {}] }).properties, { aggregated_errors: 2 });
  t.end();
});

t.test('a `type` is a class where pino wrote it, or where it is called like one', (t) => {
  const stack = 'SyntaxError: m\n    at f (/a.js:1:2)';
  const cases: [object, string][] = [
    [{ type: 'UnnamedOne', message: 'm', stack }, 'UnnamedOne'],
    [{ level: 'error', message: 'm', stack, type: 'entity.parse.failed' }, 'SyntaxError'],
    [{ type: 'card_error', level: 'error', message: 'm', stack }, 'SyntaxError'],
    [{ message: 'm', stack, type: 'StripeCardError' }, 'StripeCardError'],
    [{ message: 'm', stack, type: 5 }, 'SyntaxError'],
  ];
  for (const [value, className] of cases) t.equal(read(value).class, className);
  t.end();
});

t.test('a stack can be a list of lines, or of call sites', (t) => {
  const line = { message: 'm', stack: ['HttpError: m', '    at f (/app/a.js:1:2)'] };
  t.match(read(line), { class: 'HttpError', frames: [{ function: 'f', lineno: 1 }] });
  const before = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Error.prepareStackTrace = (_error, sites) => sites;
  const made = new RangeError('m');
  const { stack } = made;
  if (before === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
  else Object.defineProperty(Error, 'prepareStackTrace', before);
  t.ok(Array.isArray(stack), 'as some libraries set it');
  t.match(read(made), { class: 'RangeError', message: 'm', frames: [{ filename: HERE }] });
  t.end();
});

t.test('causes and members carry their own properties', (t) => {
  const cause = Object.assign(new Error('c'), { code: 'E1', errors: [{ path: 'a', msg: 'b' }] });
  t.match(read(new Error('m', { cause })).causes, [
    { message: 'c', properties: { code: 'E1', errors: [{ path: 'a' }] } },
  ]);
  const original = Object.assign(new Error('o'), { code: 'E2' });
  for (const key of ['originalError', 'original', 'driverError']) {
    const wrapping = read(Object.assign(new Error('m'), { [key]: original }));
    t.match(wrapping.causes, [{ message: 'o', properties: { code: 'E2' } }], key);
    t.same(wrapping.properties, {}, `${key} is told once`);
  }
  const byPath = { email: Object.assign(new Error('required'), { path: 'email' }) };
  t.match(read(Object.assign(new Error('m'), { errors: byPath })).causes, [
    { message: 'required', properties: { path: 'email' } },
  ]);
  t.match(read(new Error('m', { cause: [new Error('a'), new Error('b')] })).causes, [
    { class: 'Array' },
    { message: 'a' },
    { message: 'b' },
  ]);
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
  t.same(read(made).properties, { code: 'E1', errno: -2, request, type: 'x', raw: 1 });
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

t.test('methods are no properties', async (t) => {
  // As axios before 0.27 had it: what it returns would stand for the properties.
  const error = Object.assign(new Error('x'), { code: 'E', toJSON: () => ({ stack: 'at /srv' }) });
  t.same(read(error).properties, { code: 'E' });
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
      // Properties are raw.
      JSON.stringify([info.frames, info.causes.map(({ properties: _raw, ...rest }) => rest)]);
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

t.test('a chain of causes without an end is followed for fifty links', (t) => {
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
  t.ok(made <= 52, `${made} links were looked at`);
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

t.test('hostile stacks are read in time', (t) => {
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
    // What is not linear takes minutes for these, which ends the test.
    t.ok(read(value).causes.length <= 5, name);
  }
  t.end();
});

t.test('of a list that says it is endless only the first elements are asked for', (t) => {
  for (const name of ['errors', 'aggregateErrors', 'cause', 'stack', 'code', 'originalError']) {
    let reads = 0;
    const count = <T>(value: T): T => {
      reads += 1;
      return value;
    };
    const endless = new Proxy([], {
      get: (target, key) =>
        count(key === 'length' ? 2 ** 32 - 1 : (Reflect.get(target, key) as unknown)),
      has: (target, key) => count(Reflect.has(target, key)),
    });
    t.equal(read(Object.assign(new Error('x'), { [name]: endless })).message, 'x', name);
    t.ok(reads < 5_000, `${name}: ${reads}`);
  }
  t.end();
});

t.test('of a long list 1,000 keys are listed', (t) => {
  const rows: [string, object, number][] = [
    ['bytes', new Uint8Array(100_000), 1_000],
    ['a sparse array', Object.assign([], { length: 2 ** 32 - 1 }), 1_000],
    ['a String object', Object('x'.repeat(100_000)) as object, 1_000],
    ['a short array', ['a', 'b'], 2],
    [
      'any object',
      Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, n])),
      2_000,
    ],
  ];
  for (const [name, list, count] of rows) t.equal(keysOf(list).length, count, name);
  t.end();
});

t.test('what an object holds inside is told, of a thrown one and of a cause', (t) => {
  const rows: [string, object, string, unknown][] = [
    ['bytes', Buffer.from('secret'), 'Buffer of 6 bytes', undefined],
    ['a Map', new Map([['a', 1]]), 'Map', new Map([['a', 1]])],
    ['a Date', new Date(0), 'Date', new Date(0)],
    ['a URL', new URL('http://a/b'), 'URL', undefined],
    ['a Response', new Response('b', { status: 503 }), 'Response', undefined],
  ];
  for (const [name, value, message, held] of rows) {
    const thrown = read(value);
    t.equal(thrown.message, message, name);
    t.equal(thrown.properties['value'], value, name);
    if (held !== undefined) t.strictSame(thrown.properties['value'], held, name);
    const [cause] = read(new Error('x', { cause: value })).causes;
    t.equal(cause?.properties['value'], value, name);
  }
  t.end();
});

t.test('of too many properties the scalars stay, in their order', (t) => {
  const objects = Array.from({ length: 60 }, (_, index) => [`o${index}`, { index }]);
  const error = Object.assign(new Error('x'), Object.fromEntries(objects), {
    code: 'E',
    status: 5,
  });
  const keys = Object.keys(read(error).properties);
  t.equal(keys.length, 50);
  t.strictSame(keys.slice(0, 2), ['o0', 'o1']);
  t.strictSame(keys.slice(-2), ['code', 'status']);
  t.end();
});
