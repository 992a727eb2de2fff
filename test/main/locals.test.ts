import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import types from 'node:util/types';
import { Budget } from '../../src/main/locals/budget.ts';
import { copyScope, type CopyLimits } from '../../src/main/locals/copy.ts';
import { isThrow, mayPassOn } from '../../src/main/locals/passed-on.ts';
import { placeOf } from '../../src/main/locals/protocol.ts';
import { plainValue } from '../../src/main/locals/values.ts';

const OFF = 'errsight: local variables are off';

/**
 * What Node prints, but for what depends on when V8 writes a stack, which it does as it pauses: names of
 * methods, and the line of code that Node shows above a rejection.
 */
function printed(stderr: string): string {
  return stderr.replaceAll(/ \[as [^\]]*\]/g, '').replace(/^\S+:\d+\n[^]*?(?=^\w*Error: )/m, '');
}

for (const [scenario, events] of [
  ['throw', 1],
  ['rejection', 1],
  ['listener throws', 1],
  ['exit', 0],
  ['signal', 0],
  ['end', 0],
  ['close', 0],
] as const) {
  t.test(`${scenario}: the process ends as it does without the debugger`, async (t) => {
    const server = await strictServer(t);
    const [off, on] = await Promise.all(
      ['default', 'on'].map((wanted) =>
        runFixture('locals', { args: [scenario, wanted], env: server.env }),
      ),
    );
    t.equal(on?.code, off?.code);
    t.equal(on?.signal, off?.signal);
    t.equal(on?.stdout, off?.stdout);
    t.equal(printed(on?.stderr ?? ''), printed(off?.stderr ?? ''));
    t.equal(server.total, 2 * events);
    const found = server.events
      .map(({ metadata }) => metadata['local_variables'] as readonly unknown[] | undefined)
      .filter((each) => each !== undefined);
    t.equal(found.length, events, 'by default there are none');
    if (events === 0) return;
    t.match(found[0], [
      {
        frame: /locals\.[jt]s:\d+ in total$/,
        variables: {
          cart: { id: Number, password: '[Filtered]' },
          currency: 'EUR',
          apiKey: '[Filtered]',
          header: 'Authorization: [Filtered]',
          missing: '[undefined or optimised out]',
        },
      },
      { frame: / in (?:checkout|later)$/ },
    ]);
    t.notMatch(JSON.stringify(found), /hunter2|sk_live|4242|abcdefghij/);
  });
}

t.test('an error that code of another context throws reaches the application', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', { args: ['contexts', 'on'], env: server.env });
  const heard = ['in a context', 'in a new context', 'in a script', 'in a callback', 'by Node'];
  t.match(ended, { code: 0, stderr: '' });
  t.strictSame(ended.stdout.split('\n').filter(Boolean), heard);
  t.strictSame(
    server.events.map(({ message }) => message),
    heard.map((each) => `Error: ${each}`),
  );
  t.match(server.events.at(-1)?.metadata['local_variables'], [{ variables: { inner: 5 } }]);
});

t.test('lists stay lists, so that the scrubber finds pairs in them', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', { args: ['lists', 'on'], env: server.env });
  t.equal(ended.code, 1);
  const [{ variables = {} } = {}] = (server.events[0]?.metadata['local_variables'] ?? []) as {
    readonly variables?: Record<string, unknown>;
  }[];
  t.match(variables, {
    raw: ['Authorization', '[Filtered]', 'Host', 'a'],
    args: ['--password', '[Filtered]'],
    entries: [['apiKey', '[Filtered]']],
    named: [{ name: 'password', value: '[Filtered]' }],
    map: 'Map(1)',
    bytes: /^Buffer\(7\)$/,
    request: 'GET /a',
  });
  t.notMatch(JSON.stringify(variables), /hunter2|#/);
});

t.test('large values are cut in the application, and the debugger hands none over', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', { args: ['large', 'on'], env: server.env });
  t.equal(ended.code, 1);
  t.match(server.events[0]?.metadata['local_variables'], [{ variables: { text: /^é{100,250}/ } }]);
});

for (const [scenario, message] of [
  ['text', 'only a text'],
  ['finally', 'after a finally'],
] as const) {
  t.test(`variables where was thrown: ${scenario}`, async (t) => {
    const server = await strictServer(t);
    await runFixture('locals', { args: [scenario, 'on'], env: server.env });
    t.match(server.events, [
      { message: new RegExp(message), metadata: { local_variables: [{ variables: { own: 6 } }] } },
    ]);
  });
}

t.test('of an issue that repeats, one error that is caught has them too', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', { args: ['repeats', 'repeats'], env: server.env });
  t.match(ended, { code: 0, stderr: '' });
  const found = server.events.filter(({ metadata }) => metadata['local_variables'] !== undefined);
  t.equal(server.total, 4);
  t.match(found, [{ metadata: { local_variables: [{ variables: { currency: 'EUR' } }] } }]);
  t.equal(found.length, 1);
});

t.test('it keeps its budget, and says so in one line', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', { args: ['storm', 'on'], env: server.env });
  t.equal(ended.code, 0);
  t.match(ended.stderr, new RegExp(`^${OFF} for the rest of the minute: [^\\n]+\\n$`));
  const found = server.events.filter(({ metadata }) => metadata['local_variables'] !== undefined);
  t.equal(server.total, 40);
  // On a slow machine the second in all is spent before the 30 pauses are.
  t.ok(found.length > 0 && found.length <= 30, `${found.length} with variables`);
});

t.test('it leaves the application to a debugger that is there already', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('locals', {
    args: ['throw', 'attached'],
    env: server.env,
    execArgv: ['--inspect=0'],
  });
  t.equal(ended.code, 1);
  t.match(ended.stderr, `${OFF}: another debugger is attached\n`);
  t.match(server.events, [{ metadata: { local_variables: undefined } }]);
});

t.test('many errors leave nothing in memory', async (t) => {
  const args = ['20000', '1000'];
  const { stdout, stderr } = await runFixture('locals-many', {
    args,
    execArgv: ['--expose-gc'],
  });
  t.match(stderr, OFF);
  const { found, grown } = JSON.parse(stdout) as { readonly found: number; readonly grown: number };
  t.equal(found, 1000);
  t.ok(grown < 1_000_000, `${grown} bytes more after 15,000 errors`);
});

t.test('pauses leave nothing in memory', async (t) => {
  const args = ['400', '400'];
  const { stdout } = await runFixture('locals-many', { args, execArgv: ['--expose-gc'] });
  const { found, grown } = JSON.parse(stdout) as { readonly found: number; readonly grown: number };
  t.equal(found, 400);
  t.ok(grown < 1_000_000, `${grown} bytes more after 300 pauses`);
});

t.test('scripts that the application compiles and forgets are not kept', async (t) => {
  const { stdout } = await runFixture('locals-scripts', {
    args: ['200'],
    execArgv: ['--expose-gc'],
  });
  t.ok(Number(stdout) < 50_000_000, `${stdout} bytes more after 100 MB of scripts`);
});

t.test('a budget counts pauses and their time, by the minute', async (t) => {
  let now = 0;
  const budget = new Budget({ maxPauses: 3, maxMs: 100, now: () => now });
  t.strictSame([budget.spend(1), budget.spend(1), budget.spend(1)], [true, true, false]);
  now = 20_000;
  t.equal(budget.rest, 40_000);
  now = 60_000;
  t.strictSame([budget.spend(1), budget.spend(99)], [true, false], 'by time');
  t.equal(budget.rest, 60_000);
});

t.test('errors of one place have the same frames, whatever V8 calls a method', async (t) => {
  const stack = 'Error: a\n    at Immediate.f (/a.js:1:2)\n    at g (/a.js:3:4)';
  t.equal(placeOf(stack), placeOf(stack.replace('a\n', 'b\n').replace('.f', '.f [as _on]')));
  t.not(placeOf(stack), placeOf(stack.replace('1:2', '2:2')));
  t.equal(placeOf('a text'), undefined);
  t.equal(placeOf(undefined), undefined);
});

/** What the copy of these variables shows. */
function shown(variables: object, limits: Partial<CopyLimits> = {}): Record<string, unknown> {
  const copied = copyScope.call(variables, types, {
    variables: 20,
    items: 3,
    depth: 2,
    text: 10,
    texts: 100,
    ms: 60_000,
    skipped: ['this'],
    ...limits,
  });
  return Object.fromEntries(copied.map(([name, value]) => [name, plainValue(value)]));
}

for (const [kind, value, expected] of [
  ['a text', 'short', 'short'],
  ['a long text', 'x'.repeat(11), 'x'.repeat(10)],
  ['numbers', [1, Number.NaN, -Infinity], [1, 'NaN', '-Infinity']],
  ['a bigint', 5n, '5n'],
  ['a large bigint', 2n ** 64n, '[large bigint]'],
  ['a symbol', Symbol('q'), 'Symbol(q)'],
  ['null', null, null],
  ['nothing', undefined, '[undefined or optimised out]'],
  ['a missing value', [undefined], ['[undefined]']],
  ['a long list', [1, 2, 3, 4], [1, 2, 3, '…']],
  ['pairs', Object.entries({ password: 'x' }), [['password', 'x']]],
  ['what is deeper', [[[1]], { a: { b: 1 } }], [['[array]'], { a: '[object]' }]],
  ['a map', new Map([['password', 'x']]), 'Map(1)'],
  ['a set', new Set([1, 2]), 'Set(2)'],
  ['bytes', Buffer.from('abc'), 'Buffer(3)'],
  ['a view', new DataView(new ArrayBuffer(8)), 'DataView'],
  ['a date', new Date(0), new Date(0).toISOString()],
  ['no date', new Date(Number.NaN), 'Invalid Date'],
  ['a promise', Promise.resolve(1), '[promise]'],
  ['an expression', /x/, '[regular expression]'],
  ['an object', { a: 1, call: () => 1, deep: {}, '': 2 }, { a: 1, '': 2, deep: {} }],
  ['a large object', { a: {}, b: 1, c: 2, d: 3 }, { b: 1, c: 2, d: 3, '…': '…' }],
  [
    'private fields',
    new (class {
      readonly #secret = 1;
      open = 2;
      get sum(): number {
        return this.#secret + this.open;
      }
    })(),
    { open: 2 },
  ],
] as const) {
  t.test(`a variable that holds ${kind}`, async (t) => {
    t.strictSame(shown({ value }, kind === 'a date' ? { text: 30 } : {}), { value: expected });
  });
}

t.test('no code of the application runs for a copy', async (t) => {
  const trap = (): never => t.fail('ran') as never;
  const proxy = new Proxy([], {
    get: trap,
    ownKeys: trap,
    getPrototypeOf: trap,
    getOwnPropertyDescriptor: trap,
  });
  const variables = {
    proxy,
    deep: { proxy },
    get read() {
      return trap();
    },
    object: {
      get read() {
        return trap();
      },
    },
  };
  t.strictSame(shown(variables), {
    proxy: '[proxy]',
    deep: { proxy: '[proxy]' },
    object: { read: '[getter]' },
  });
});

t.test('an error is named by its class', async (t) => {
  const variables = {
    error: new TypeError('no'),
    other: Object.assign(new Error('a'), { name: 'Own' }),
  };
  t.strictSame(shown(variables, { text: 50 }), { error: 'TypeError: no', other: 'Own: a' });
});

t.test('all texts of a scope are bounded, and none is halved for it', async (t) => {
  const variables = { this: 1, a: 'x'.repeat(10), b: 'y'.repeat(10), c: 'z' };
  t.strictSame(shown(variables, { texts: 15 }), { a: 'x'.repeat(10), b: '[long text]', c: 'z' });
  t.strictSame(Object.keys(shown(variables, { variables: 1 })), ['a']);
  t.strictSame(shown(variables, { ms: -1 }), {});
});

t.test('a key of any name is a property of its own', async (t) => {
  const value: unknown = JSON.parse('{"__proto__":1}');
  t.ok(Object.hasOwn(shown({ value })['value'] as object, '__proto__'));
});

t.test('where native code may pass an error on, nothing is read before V8 13', async (t) => {
  for (const [url, v8, expected] of [
    ['node:vm', '12.4.254.21-node.57', true],
    ['node:internal/vm', '11.3.244.8-node.38', true],
    ['node:vm', '13.6.233.17-node.53', false],
    ['node:fs', '12.4', false],
    [undefined, '12.4', false],
    ['node:internal/fs/utils', '12.4', false],
    ['node:fsx', '12.4', true],
    ['file:///app.mjs', '12.4', false],
    ['/app.cjs', '12.4', false],
  ] as const) {
    t.equal(mayPassOn(url, v8), expected, `${url} in ${v8}`);
  }
  const place = { lineNumber: 1, columnNumber: 2 };
  t.equal(isThrow('function f() {\n  throw error;\n}', place), true);
  t.equal(isThrow('function f() {\n  thrower();\n}', place), false);
  t.equal(isThrow('', place), false);
});
