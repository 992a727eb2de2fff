import fc from 'fast-check';
import t from 'tap';
import { logStep } from '../../src/event/make/log-step.ts';
import { flatCopy, LineStep } from '../../src/event/make/line-step.ts';
import { readFlat, winstonLine } from '../../transports/winston/line.ts';
import { sayingOf } from '../../transports/winston/saying.ts';
import type { BreadcrumbInput } from '../../src/event/record.ts';

const TIME = Date.UTC(2026, 0, 1);

function shown({ timestamp, level, category, message, data }: BreadcrumbInput): object {
  return { timestamp, level, category, message, data: data && Object.entries(data) };
}

/** What a line of winston's says when it is read at once. */
function atOnce(info: object): object {
  return shown(logStep(winstonLine(info, 'info', sayingOf(info), TIME).record));
}

/** The same, when its copy is read after all its objects have changed; undefined where it has none. */
function later(info: object): object | undefined {
  const copy = sayingOf(info).error === undefined ? flatCopy(info) : undefined;
  if (copy === undefined) return undefined;
  for (const key of Object.keys(info)) Reflect.set(info, key, 'changed');
  return shown(new LineStep(copy, 'info', TIME, readFlat));
}

class Order {
  readonly id = 7;
  readonly #secret = 'hidden';
  get error(): string {
    return this.#secret;
  }
}

const cases: readonly (readonly [what: string, isLater: boolean, fields: () => object])[] = [
  ['texts and numbers', true, () => ({ a: 'x', b: 1, c: true, d: null, e: undefined, f: 1n })],
  ['objects', true, () => ({ user: { id: 1, tags: ['a'] }, at: new Date(), map: new Map(), a: 1 })],
  ['an object of a class', true, () => ({ order: new Order(), a: 1 })],
  ['a request', true, () => ({ req: { method: 'GET', headers: { host: 'a' } }, ms: 3 })],
  ['a context', true, () => ({ errsight: { user: { id: 1 } }, a: 1 })],
  ['a timestamp of now', true, () => ({ timestamp: new Date(TIME).toISOString(), a: 1 })],
  ['another one', true, () => ({ timestamp: '2020-01-01T00:00:00Z', a: 1 })],
  ['the shape of an error', true, () => ({ name: 'TypeError', stack: 'TypeError: m\n    at a' })],
  ['names of ECS', true, () => ({ 'error.type': 'TypeError', 'error.message': 'broken' })],
  ['a text as its error', true, () => ({ err: 'a text', a: 1 })],
  ['no error', true, () => ({ err: null, error: undefined, a: 1 })],
  [
    'thirty fields',
    true,
    () => Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, i])),
  ],
  ['a key of its own', true, () => JSON.parse('{"__proto__":"a","b":1}') as object],
  [
    'fifty fields',
    false,
    () => Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, i])),
  ],
  ['a long text', false, () => ({ long: 'x'.repeat(8_193), a: 1 })],
  ['an Error', false, () => ({ oops: new RangeError('far') })],
  ['one in a list', false, () => ({ all: [1, { reason: new RangeError('far') }] })],
  ['one below', false, () => ({ details: { inner: { cause: new RangeError('far') } } })],
  ['one of a request', false, () => ({ req: { err: new RangeError('far') } })],
  ['a copy of one', false, () => ({ failure: { name: 'TypeError', message: 'broken' } })],
  [
    'one in ECS',
    false,
    () => ({ error: { type: 'A', message: 'b', stack_trace: 'A: b\n    at c' } }),
  ],
  ['a function', false, () => ({ run: () => 1 })],
  [
    'a getter that throws',
    false,
    () => ({
      get a() {
        throw new Error('no');
      },
    }),
  ],
  [
    'a revoked proxy',
    false,
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return { proxy };
    },
  ],
  ['a very long list', false, () => ({ list: Array.from({ length: 1_000 }, () => 1) })],
];

t.test('a line that is read later says what it said when it was logged', async (t) => {
  for (const [what, isLater, fields] of cases) {
    const make = (): object => ({ level: 'info', message: 'm', ...fields() });
    const isMade = what.startsWith('a getter') || what.includes('own');
    const info = (): object =>
      isMade ? Object.assign(fields(), { level: 'info', message: 'm' }) : make();
    const expected = atOnce(info());
    t.strictSame(later(info()), isLater ? expected : undefined, what);
  }
});

t.test('so does any line', async (t) => {
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.boolean());
  const key = fc.oneof(
    fc.constantFrom(
      'err',
      'error',
      'message',
      'stack',
      'name',
      'type',
      'cause',
      'errsight',
      'req',
      'reason',
      'a',
      'b',
    ),
    fc.string({ maxLength: 3 }),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      scalar,
      fc.string().map((text) => new RangeError(text)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  let count = 0;
  fc.assert(
    fc.property(fc.dictionary(key, tree, { maxKeys: 6 }), (fields) => {
      const make = (): object => Object.assign({ level: 'info', message: 'm' }, fields);
      const expected = atOnce(make());
      const found = later(make());
      if (found === undefined) return;
      count += 1;
      t.strictSame(found, expected);
    }),
    { numRuns: 2_000 },
  );
  t.ok(count > 100, `${count} lines`);
});
