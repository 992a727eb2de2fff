import t from 'tap';
import { errorJson } from '../../src/main/pino/error-json.ts';
import { isTellingKey } from '../../src/event/making.ts';

const FACTS = { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '::1', port: 5432 };

/** Errors of the usual kind, whose facts are taken as they are. */
const USUAL: readonly Error[] = [
  new Error('the card was declined'),
  new TypeError('no', { cause: new RangeError('why', { cause: new Error('at last') }) }),
  Object.assign(new Error('refused'), FACTS, { hostname: 'db', path: '/x', status: 503 }),
  Object.assign(new Error('failed'), { name: 'PaymentError', statusCode: 402, type: 'card' }),
  Object.assign(new Error('empty', { cause: Object.assign(new Error('b'), FACTS) }), {
    message: '',
  }),
  Object.create(Error.prototype, { message: { value: 'made' } }) as Error,
];

/** Facts as they are with one more that needs a closer look, without that one. */
function walked(error: Error): unknown {
  const { odd: _odd, ...facts } = errorJson(Object.assign(error, { odd: {} }), false) as {
    odd?: unknown;
  };
  return facts;
}

t.test('the facts of a usual error are those that a closer look would leave', (t) => {
  for (const error of USUAL) {
    const told = JSON.stringify(errorJson(error, false));
    t.equal(told, JSON.stringify(walked(error)), error.message);
  }
  t.end();
});

t.test('facts are bounded and may be no secret by their size', (t) => {
  const long = errorJson(new Error('x'.repeat(40_000)), false) as { readonly message: string };
  t.equal(long.message.length, 32_768);
  const causes = Array.from({ length: 40 }).reduce<Error>(
    (cause) => new Error('y'.repeat(30_000), { cause }),
    new Error('first'),
  );
  t.ok(JSON.stringify(errorJson(causes, false)).length < 250_000);
  const card = Object.assign(new Error('declined'), { code: 4_111_111_111_111_111 });
  t.match(errorJson(card, false), { code: '[Filtered]' });
  const exact = Object.assign(new Error('odd'), {
    status: Infinity,
    errno: 10n,
    code: Symbol('a'),
  });
  t.match(errorJson(exact, false), { status: 'Infinity', errno: '10', code: 'Symbol(a)' });
  t.end();
});

t.test('an error that causes itself is told once', (t) => {
  const error = new Error('around');
  error.cause = error;
  t.notOk('cause' in (errorJson(error, false) as object));
  const inner = new Error('inner', { cause: error });
  error.cause = inner;
  t.match(errorJson(error, false), { message: 'around', cause: { message: 'inner' } });
  t.end();
});

t.test('the facts that are taken as they are say nothing about their neighbours', (t) => {
  const names = [...Object.keys(FACTS), 'hostname', 'path', 'status', 'statusCode'];
  for (const name of [...names, 'type', 'message', 'stack', 'name', 'cause']) {
    t.notOk(isTellingKey(name), name);
  }
  t.end();
});
