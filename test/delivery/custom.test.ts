import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createCustomSender } from '../../src/delivery/custom.ts';
import { resolveOptions } from '../../src/options/resolve.ts';
import { Pipeline } from '../../src/pipeline.ts';
import type { ActiveConfig } from '../../src/options/config.ts';
import type { Outcome, Transport } from '../../src/transport.ts';

const BODY = Buffer.from('[1,2]');
const { signal } = new AbortController();

/** A retry whose reason names what is wrong. */
const wrong = (property: string): object => ({ kind: 'retry', property });

t.test('what a transport of one’s own does becomes an outcome', async (t) => {
  const unreadable = {
    toString() {
      throw new Error('no text');
    },
  };
  const nonsense = { kind: 'retry', reason: 'the transport returned something that is no outcome' };
  const failure = new Error('no value');
  type Case = readonly [string, () => unknown, object];
  const cases: readonly Case[] = [
    ['it returns nothing', () => undefined, { kind: 'accepted' }],
    ['it resolves', () => Promise.resolve(), { kind: 'accepted' }],
    ['an outcome', () => ({ kind: 'too_large' }), { kind: 'too_large' }],
    [
      'an outcome later',
      async () => ({ kind: 'retry', reason: 'full', retryAfterMs: 100 }),
      { kind: 'retry', reason: 'full', retryAfterMs: 100 },
    ],
    [
      'it throws',
      () => {
        throw new TypeError('x');
      },
      { kind: 'retry', reason: 'TypeError: x' },
    ],
    [
      'it rejects with what has no text',
      () => Promise.reject(unreadable),
      { kind: 'retry', reason: 'the transport failed' },
    ],
    ['null', () => null, nonsense],
    ['a number', () => 202, nonsense],
    ['an unknown kind', () => ({ kind: 'ok' }), nonsense],
    ['a retry without a reason', () => ({ kind: 'retry' }), wrong('reason')],
    ['an invalid one without a reason', () => ({ kind: 'invalid', reason: 7 }), wrong('reason')],
    [
      'a getter that throws',
      () => ({
        kind: 'retry',
        reason: 'x',
        get retryAfterMs() {
          throw failure;
        },
      }),
      nonsense,
    ],
    ...[NaN, Infinity, -1, '5', null, {}].flatMap((retryAfterMs): Case[] => [
      ['a pause', () => ({ kind: 'retry', reason: 'x', retryAfterMs }), wrong('retryAfterMs')],
      ['a pause', () => ({ kind: 'rate_limited', retryAfterMs }), wrong('retryAfterMs')],
    ]),
    ...[0, -1, 0.5, NaN, Infinity, '60', null].map((limit): Case => [
      'a limit',
      () => ({ kind: 'rate_limited', limit }),
      wrong('limit'),
    ]),
    ...[0, 99, 600, '401', undefined].map((status): Case => [
      'a status',
      () => ({ kind: 'refused', status }),
      wrong('status'),
    ]),
    ['a status of a retry', () => ({ kind: 'retry', reason: 'x', status: 'x' }), wrong('status')],
    [
      'a time-out',
      () => ({ kind: 'retry', reason: 'x', timedOut: true }),
      { kind: 'retry', reason: 'x', timedOut: true },
    ],
    ['no time', () => ({ kind: 'retry', reason: 'x', timedOut: 1 }), wrong('timedOut')],
    [
      'a day',
      () => ({ kind: 'rate_limited', retryAfterMs: 86_400_000, limit: 60, more: 1 }),
      { kind: 'rate_limited', retryAfterMs: 3_600_000, limit: 60 },
    ],
    ['a refusal', () => ({ kind: 'refused', status: 401 }), { kind: 'refused', status: 401 }],
    [
      'a long reason',
      () => ({ kind: 'invalid', reason: 'x'.repeat(999) }),
      { kind: 'invalid', reason: 'x'.repeat(200) },
    ],
  ];
  for (const [name, transport, expected] of cases) {
    const sender = createCustomSender(transport as Transport, 1_000);
    const outcome = await sender.send(BODY, 2, signal);
    if ('property' in expected) {
      const reason = `no outcome: expected \`${String(expected.property)}\` to be`;
      t.ok(outcome.kind === 'retry' && outcome.reason.includes(reason), JSON.stringify(outcome));
    } else t.strictSame(outcome, expected, name);
    sender.close();
  }
});

t.test('it gets the bytes, the count, and a signal', async (t) => {
  const seen: unknown[] = [];
  const sender = createCustomSender((body, request) => {
    seen.push(body.toString(), request.count, request.signal.aborted);
  }, 1_000);
  await sender.send(BODY, 2, signal);
  t.strictSame(seen, ['[1,2]', 2, false]);
});

t.test('one that never settles is given up, and told so', async (t) => {
  const signals: AbortSignal[] = [];
  const never: Transport = (_body, request) => {
    signals.push(request.signal);
    return new Promise(() => undefined);
  };
  const alive = setInterval(() => undefined, 60_000);
  t.teardown(() => clearInterval(alive));
  const late = await createCustomSender(never, 1).send(BODY, 2, signal);
  t.strictSame(late, {
    kind: 'retry',
    reason: 'the transport did not settle within 1 ms',
    timedOut: true,
  });
  const abort = new AbortController();
  const aborted = createCustomSender(never, 60_000).send(BODY, 2, abort.signal);
  abort.abort();
  t.strictSame(await aborted, { kind: 'aborted' });
  t.ok(signals.every((each) => each.aborted));
});

function pipeline(transport: Transport | string, options: object = {}): Pipeline {
  const given = {
    apiKey: `elp_${'0'.repeat(48)}`,
    transport,
    host: 'http://127.0.0.1:9',
    ...options,
  };
  return new Pipeline(resolveOptions(given, {}) as ActiveConfig);
}

function capture(made: Pipeline, message: string): void {
  made.capture({ time: Date.now(), level: 'error', message, fields: {} });
}

t.test('events go to it instead of ErrSight, with the same retries behind it', async (t) => {
  const bodies: string[] = [];
  const answers: (Outcome | undefined)[] = [{ kind: 'retry', reason: 'not yet' }];
  const made = pipeline((body) => {
    bodies.push(body.toString());
    return answers.shift();
  });
  capture(made, 'handed over');
  t.equal(await made.flush(10_000), true);
  t.equal(bodies.length, 2);
  t.match(JSON.parse(bodies[1] ?? ''), [{ message: 'handed over', level: 'error' }]);
  t.match(made.stats(), { delivered: 1, requests: 2 });
  t.equal(await made.close(1_000), true);
});

t.test('a module can be named instead of a function', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'errsight-transport-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'transport.mjs');
  writeFileSync(
    file,
    'export const seen = []; export default (body) => { globalThis.taken = String(body) };',
  );
  const made = pipeline(file);
  capture(made, 'by a module');
  t.equal(await made.flush(5_000), true);
  t.match(Reflect.get(globalThis, 'taken'), 'by a module');
  Reflect.deleteProperty(globalThis, 'taken');
  await made.close(0);

  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['none.mjs', '', /the module of `transport` failed: .*none\.mjs/],
    ['empty.mjs', 'export const nothing = 1', /expected the module of `transport` to export/],
    [
      'throws.mjs',
      'throw new Error("at start")',
      /the module of `transport` failed: Error: at start/,
    ],
    ['waits.mjs', 'await 1; export default () => {}', /the module of `transport` failed/],
  ];
  for (const [name, text, expected] of cases) {
    if (text !== '') writeFileSync(join(folder, name), text);
    t.throws(
      () => pipeline(join(folder, name)),
      { code: 'ERR_ERRSIGHT_OPTION', message: expected },
      name,
    );
  }
});

t.test('outcomes that are wrong make no loop without a pause', async (t) => {
  const outcomes: readonly unknown[] = [
    { kind: 'retry', reason: 'x', retryAfterMs: NaN },
    { kind: 'retry', reason: 'x', retryAfterMs: 0 },
    { kind: 'retry', reason: 'x', retryAfterMs: -5 },
    { kind: 'rate_limited', limit: 0 },
    { kind: 'rate_limited', retryAfterMs: 0, limit: 1 },
    { kind: 'rate_limited', retryAfterMs: '0', limit: '1' },
    { kind: 'too_large', count: NaN },
  ];
  for (const outcome of outcomes) {
    let calls = 0;
    const made = pipeline(() => {
      calls += 1;
      return outcome as Outcome;
    });
    for (const message of ['one', 'two', 'three']) capture(made, message);
    t.equal(await made.flush(600), false);
    t.ok(calls < 30, `${JSON.stringify(outcome)}: ${calls} calls`);
    await made.close(0);
  }
});
