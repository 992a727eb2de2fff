import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { Budget } from '../../src/main/locals/budget.ts';
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
          missing: '[undefined]',
        },
      },
      { frame: / in (?:checkout|later)$/ },
    ]);
    t.notMatch(JSON.stringify(found), /hunter2|sk_live|4242|abcdefghij/);
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
  t.equal(found.length, 30);
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
    patience: 120_000,
  });
  t.match(stderr, OFF);
  const { found, grown } = JSON.parse(stdout) as { readonly found: number; readonly grown: number };
  t.equal(found, 1000);
  t.ok(grown < 1_000_000, `${grown} bytes more after 15,000 errors`);
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

t.test('values are shown without what V8 has cut', async (t) => {
  const long = 'x'.repeat(100);
  const preview = {
    type: 'object',
    description: 'Object',
    overflow: true,
    properties: [
      { name: 'text', type: 'string', value: 'short' },
      { name: 'cut', type: 'string', value: long },
      { name: 'count', type: 'number', value: '2' },
      { name: 'ok', type: 'boolean', value: 'true' },
      { name: 'none', type: 'object', subtype: 'null', value: 'null' },
      { name: 'error', type: 'object', subtype: 'error', value: `Error: ${long}` },
      { name: 'read', type: 'accessor' },
      { name: 'call', type: 'function', value: '' },
      { name: '__proto__', type: 'string', value: 'own' },
    ],
  };
  t.strictSame(Object.entries(plainValue({ type: 'object', preview }) as object), [
    ['text', 'short'],
    ['cut', '[long text]'],
    ['count', 2],
    ['ok', true],
    ['none', null],
    ['error', '[error]'],
    ['read', '[getter]'],
    ['__proto__', 'own'],
    ['…', '…'],
  ]);
  t.equal(plainValue({ type: 'function', description: 'class A {}' }), undefined);
  t.equal(plainValue({ type: 'bigint', description: '5n' }), '5n');
  t.equal(plainValue({ type: 'number', description: 'NaN' }), 'NaN');
  t.equal(plainValue({ type: 'object', subtype: 'map', description: 'Map(2)' }), 'Map(2)');
  t.equal(
    plainValue({ type: 'object', subtype: 'error', description: 'Error: a\n    at b' }),
    'Error: a',
  );
  t.equal((plainValue({ type: 'string', value: 'x'.repeat(1e6) }) as string).length, 4_096);
});
