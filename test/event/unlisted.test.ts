import t from 'tap';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { errorJson } from '../../src/main/pino/error-json.ts';
import { revive } from '../../src/notes/revive.ts';
import { scrub } from '../helpers/scrub.ts';
import type { ExceptionInfo } from '../../src/event/error/exception.ts';

const readException = createExceptionReader({
  scrub,
  paths: createPathRules({ projectRoot: '/nowhere' }),
});

/** The Error, and what pino's worker is told of it. */
const WAYS: Readonly<Record<string, (error: Error) => unknown>> = {
  directly: (error) => error,
  'by withErrsight': (error) => revive(JSON.parse(JSON.stringify(errorJson(error, false)))),
};

function facts({ properties, causes }: ExceptionInfo): unknown {
  return {
    properties: scrub.value(properties),
    causes: causes.map((cause) => [cause.class, cause.message, scrub.value(cause.properties)]),
  };
}

class Inherited extends Error {}
Object.assign(Inherited.prototype, { status: 503, statusCode: 503, expose: false });

class Accessors extends Error {
  get code(): string {
    return 'auth/expired';
  }
  get exitCode(): number {
    return 2;
  }
  /** A method is no fact. */
  type(): string {
    return 'x';
  }
  get errno(): number {
    throw new Error('not connected');
  }
}

class Answered extends Error {
  constructor(message: string) {
    super(message);
    for (const [key, value] of Object.entries({
      response: { status: 402, statusText: 'Payment Required', headers: {}, config: {} },
      data: { reason: 'no funds' },
    })) {
      Object.defineProperty(this, key, { get: () => value, enumerable: false });
    }
  }
}

function wrapping(key: string): Error {
  const inner = Object.assign(new RangeError('db away'), { code: 'E_DB' });
  return Object.defineProperty(new Error('outer'), key, { value: inner, enumerable: false });
}

const DB = [['RangeError', 'db away', { code: 'E_DB' }]];

/** `[what, error, properties, causes]` */
const CASES: readonly (readonly [string, () => Error, object, readonly unknown[]])[] = [
  ['on the prototype', () => new Inherited('x'), { status: 503, statusCode: 503 }, []],
  ['accessors', () => new Accessors('x'), { code: 'auth/expired', exitCode: 2 }, []],
  [
    'own ones that win over inherited ones',
    () => Object.assign(new Inherited('x'), { status: 404 }),
    { status: 404, statusCode: 503 },
    [],
  ],
  [
    'an answer that is not enumerable',
    () => new Answered('x'),
    {
      data: { reason: 'no funds' },
      response: { line: '402 Payment Required', headers: {} },
    },
    [],
  ],
  [
    'a DOMException, whose code says less than its name',
    () => new DOMException('x', 'AbortError'),
    {},
    [],
  ],
  ...['originalError', 'original', 'driverError'].map(
    (key) => [`what is wrapped as ${key}`, () => wrapping(key), {}, DB] as const,
  ),
];

for (const [way, told] of Object.entries(WAYS)) {
  t.test(`what an error says without listing it is a fact: ${way}`, (t) => {
    for (const [what, make, properties, causes] of CASES) {
      t.strictSame(facts(readException(told(make()))), { properties, causes }, what);
    }
    t.end();
  });
}

t.test('so it is of causes and members', (t) => {
  const cause = readException(new Error('outer', { cause: new Inherited('x') })).causes[0];
  t.match(cause?.properties, { status: 503 });
  const member = readException(new AggregateError([new Accessors('x')], 'all')).causes[0];
  t.match(member?.properties, { code: 'auth/expired' });
  t.match(scrub.value({ inner: new Inherited('x') }), { inner: { status: 503 } });
  t.end();
});

t.test('what is no error keeps its type, its name and its raw', (t) => {
  for (const key of ['type', 'name', 'raw', 'kind', 'aggregateErrors']) {
    const value = { [key]: 'NOT_FOUND', id: 5 };
    t.strictSame(readException(value).properties, value, key);
    const caused = readException(new Error('outer', { cause: value }));
    t.strictSame(caused.causes[0]?.properties, value, `${key} of a cause`);
  }
  t.end();
});

t.test('the cause of what is no error is one', (t) => {
  const cause = new RangeError('db away');
  const { properties, causes, frames } = readException({ type: 'DB_ERROR', cause });
  t.strictSame(properties, { type: 'DB_ERROR' });
  t.match(causes, [{ class: 'RangeError', message: 'db away' }]);
  t.ok(frames.length > 0, 'and says where it failed');
  t.end();
});

t.test('the type of what a serializer made of an error is its own, unless it is the class', (t) => {
  const stack = 'Error: x\n    at f (/a.js:1:2)';
  const own = readException({ message: 'x', stack, type: 'entity.parse.failed' });
  t.strictSame([own.class, own.properties], ['Error', { type: 'entity.parse.failed' }]);
  const pinos = readException({ type: 'ParseError', message: 'x', stack });
  t.strictSame([pinos.class, pinos.properties], ['ParseError', {}]);
  t.end();
});

for (const [way, told] of Object.entries(WAYS)) {
  t.test(`a cause that repeats what its error says is none: ${way}`, (t) => {
    const said = { claim: 'exp', payload: { sub: 'ada' } };
    const whole = Object.assign(new Error('expired', { cause: said }), said, { code: 'E_JWT' });
    t.equal(readException(told(whole)).causes.length, 0);
    const more = Object.assign(new Error('expired', { cause: { ...said, at: 5 } }), said);
    t.match(readException(told(more)).causes, [{ properties: { at: 5 } }]);
    const inner = Object.assign(new Error('inner'), { claim: 'exp' });
    const same = Object.assign(new Error('outer', { cause: inner }), { claim: 'exp' });
    t.match(readException(told(same)).causes, [{ message: 'inner' }], 'an error is one');
    t.end();
  });
}
