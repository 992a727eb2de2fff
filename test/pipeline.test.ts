import t, { type Test } from 'tap';
import { resolveOptions } from '../src/options/resolve.ts';
import { Pipeline } from '../src/pipeline.ts';
import type { ActiveConfig } from '../src/options/config.ts';
import { errsightLines } from './main/stderr.ts';
import { saidTags } from './helpers/tags.ts';
import { strictServer, type TestErrsight } from './helpers/errsight.ts';
import type { ErrsightEvent } from '../src/event/event.ts';
import type { Context, LogRecord } from '../src/event/record.ts';
import type { Stats } from '../src/stats.ts';

/** Options as JavaScript may give them. */
function pipeline(t: Pick<Test, 'teardown'>, server: TestErrsight, options: object = {}): Pipeline {
  const given = { apiKey: server.key, host: server.url, environment: 'test', ...options };
  const made = new Pipeline(resolveOptions(given, {}) as ActiveConfig);
  t.teardown(() => made.close(0));
  return made;
}

function record(changes: object = {}): LogRecord {
  return { time: Date.now(), level: 'error', message: 'it broke', fields: {}, ...changes };
}

const thrown = { value: new RangeError('order 17 failed') };

function sum({ queued, inFlight, delivered, dropped }: Stats): number {
  return Object.values(dropped).reduce((a, b) => a + b, queued + inFlight + delivered);
}

t.test('an event arrives under the id that capture returned', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server);
  const id = made.capture(record());
  t.equal(await made.flush(5_000), true);
  t.match(server.events, [{ message: 'it broke', received: { ingestion_id: id } }]);
  t.match(made.stats(), { accepted: 1, delivered: 1, queued: 0, inFlight: 0, requests: 1 });
});

t.test('levels decide what a line becomes', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server, { minLevel: 'error', breadcrumbLevel: 'warn' });
  const cases = { fatal: 'event', error: 'event', warning: 'breadcrumb', info: 'nothing' } as const;
  for (const [level, destiny] of Object.entries(cases)) {
    t.equal(made.destinyOf(level as keyof typeof cases), destiny);
  }
  const upside = pipeline(t, server, { minLevel: 'info', breadcrumbLevel: 'error' });
  t.equal(upside.destinyOf('info'), 'event', 'an event is never demoted');
  t.equal(upside.destinyOf('debug'), 'nothing');
});

const DROPS: readonly (readonly [what: string, options: object, reason: string | undefined])[] = [
  ['sampleRate 0', { sampleRate: 0 }, 'sampled'],
  ['sampleRate 1', { sampleRate: 1 }, undefined],
  ['a string within the class', { ignoreErrors: ['RangeErr'] }, 'ignored'],
  ['a string across class and message', { ignoreErrors: ['RangeError: order'] }, 'ignored'],
  ['a string in another case', { ignoreErrors: ['rangeerror'] }, undefined],
  ['a RegExp', { ignoreErrors: [/order \d+/] }, 'ignored'],
  ['a global RegExp', { ignoreErrors: [/order/g] }, 'ignored'],
  ['a sticky RegExp at the beginning', { ignoreErrors: [/Range/y] }, 'ignored'],
  ['a sticky RegExp elsewhere', { ignoreErrors: [/order/y] }, undefined],
  ['a RegExp with anchors', { ignoreErrors: [/^RangeError: order 17 failed$/] }, 'ignored'],
  ['nothing that fits', { ignoreErrors: ['TypeError', /x/] }, undefined],
  ['a hook that returns null', { beforeSend: () => null }, 'before_send'],
];

for (const [what, options, reason] of DROPS) {
  t.test(`${what}: ${reason ?? 'sent'}, each time`, async (t) => {
    const server = await strictServer(t);
    const lines = errsightLines(t);
    const made = pipeline(t, server, options);
    // Three times, since a RegExp with the flags g or y remembers where it was.
    for (let round = 0; round < 3; round += 1) {
      t.equal(made.capture(record({ thrown })) === undefined, reason !== undefined);
    }
    t.equal(await made.flush(5_000), true, 'what was not wanted is no loss');
    t.equal(server.total, reason === undefined ? 3 : 0);
    t.match(made.stats(), { accepted: 3, ...(reason && { dropped: { [reason]: 3 } }) });
    t.equal(sum(made.stats()), 3);
    t.strictSame(lines, []);
  });
}

t.test('ignoreErrors looks at messages of events without an error as well', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server, { ignoreErrors: [/^it br/] });
  t.equal(made.capture(record()), undefined);
  t.type(made.capture(record({ message: 'else' })), 'string');
});

interface Mutable {
  [key: string]: unknown;
  metadata: Record<string, unknown>;
  tags: Record<string, unknown>;
}

t.test('beforeSend may change an event, in place or by another one', async (t) => {
  const server = await strictServer(t);
  const hooks: readonly ((event: Mutable) => unknown)[] = [
    (event) => {
      event['message'] = 'changed';
      event.tags['by'] = 'hook';
      event['level'] = 'critical';
      return event;
    },
    (event) => ({ ...event, message: 'changed', level: 'fatal', tags: { by: 'hook' } }),
    () => ({ message: 'changed', level: 'fatal', tags: { by: 'hook' } }),
    (event) => {
      delete event['ingestion_id'];
      event['ingestion_id'] = { toString: null };
      return { ...event, message: 'changed', level: 'FATAL', tags: { by: 'hook' } };
    },
  ];
  for (const beforeSend of hooks) {
    const made = pipeline(t, server, { beforeSend });
    const id = made.capture(record({ thrown }));
    t.match(id, /^[0-9a-f-]{36}$/, 'the id stays');
    t.equal(await made.flush(5_000), true);
    t.match(server.events.at(-1), {
      message: 'changed',
      level: 'fatal',
      environment: 'test',
      tags: { by: 'hook' },
      received: { ingestion_id: id },
    });
  }
});

t.test('what a hook changes in place is changed in no other event', async (t) => {
  const server = await strictServer(t);
  let calls = 0;
  const made = pipeline(t, server, {
    beforeSend: (event: ErrsightEvent) => {
      calls += 1;
      if (calls > 1) return event;
      for (const frame of event.metadata.exception_frames ?? []) {
        Object.assign(frame, { filename: 'changed.js', pre_context: ['changed'] });
      }
      for (const crumb of event.breadcrumbs) Object.assign(crumb, { message: 'changed' });
      return event;
    },
  });
  const trail = [made.breadcrumb({ message: 'a step' })].filter((crumb) => crumb !== undefined);
  for (let round = 0; round < 2; round += 1) made.capture(record({ thrown }), [], trail);
  t.equal(await made.flush(5_000), true);
  const [first, second] = server.events;
  t.match(first, {
    metadata: { exception_frames: [{ filename: 'changed.js', pre_context: ['changed'] }] },
    breadcrumbs: [{ message: 'changed' }],
  });
  t.notMatch(JSON.stringify(second), /changed/);
  t.match(second?.breadcrumbs, [{ message: 'a step' }]);
});

const unprintable = Object.assign(new Error('unprintable'), {
  [Symbol.for('nodejs.util.inspect.custom')]: () => {
    throw new Error('inspect fails on it');
  },
});
const revoked = Proxy.revocable({}, {});
revoked.revoke();

const FAILURES: readonly (readonly [
  what: string,
  hook: (event: Mutable) => unknown,
  said: RegExp,
])[] = [
  [
    'throws',
    () => {
      throw new TypeError('oh\nno');
    },
    /TypeError: oh no \(.*pipeline\.test/,
  ],
  [
    'throws what cannot be printed',
    () => {
      throw unprintable;
    },
    /unprintable/,
  ],
  [
    'throws undefined',
    () => {
      throw undefined;
    },
    /Undefined: undefined/,
  ],
  [
    'throws a revoked Proxy',
    () => {
      throw revoked.proxy;
    },
    /beforeSend failed/,
  ],
  ['returns nothing', () => undefined, /it returned undefined/],
  ['returns true', () => true, /it returned boolean/],
  ['returns a function', () => () => 1, /it returned function/],
  ['is async', async (event) => Promise.resolve(event), /it returned a promise/],
  [
    'returns a thenable that gives itself for ever',
    () => {
      const [name, then] = ['then', (yes: (value: unknown) => void): void => yes(self)] as const;
      const self: object = { [name]: then };
      return self;
    },
    /a promise/,
  ],
  ['is async and rejects', async () => Promise.reject(new Error('later')), /a promise/],
];

function broken(event: Mutable): Mutable {
  event['message'] = 'broken';
  event.metadata['exception_class'] = 7;
  event.tags['broken'] = true;
  return event;
}

for (const [what, beforeSend, said] of FAILURES) {
  t.test(`a beforeSend that ${what} costs the event, and is told of in one line`, async (t) => {
    const server = await strictServer(t);
    const lines = errsightLines(t);
    const made = pipeline(t, server, { beforeSend });
    t.equal(made.capture(record()), undefined);
    t.equal(made.capture(record()), undefined);
    t.equal(await made.flush(5_000), true);
    t.equal(server.requests.length, 0);
    t.match(made.stats(), { accepted: 2, dropped: { before_send: 2, internal_error: 0 } });
    t.equal(lines.length, 1, 'one a minute');
    t.match(lines[0], /^errsight: beforeSend failed, the event is dropped: /);
    t.match(lines[0], said);
  });

  t.test(`with beforeSendFailOpen a beforeSend that ${what} costs nothing`, async (t) => {
    const server = await strictServer(t);
    const lines = errsightLines(t);
    const made = pipeline(t, server, {
      beforeSend: (event: Mutable) => beforeSend(broken(event)),
      beforeSendFailOpen: true,
    });
    const id = made.capture(record({ thrown }), [{ tags: { a: 1 } }]);
    t.equal(await made.flush(5_000), true);
    t.match(server.events, [
      { message: 'RangeError: order 17 failed', metadata: { exception_class: 'RangeError' } },
    ]);
    t.strictSame(saidTags(server.events[0]), { a: '1' }, 'as it was before the hook');
    t.equal(server.events[0]?.received['ingestion_id'], id);
    t.match(lines, [/^errsight: beforeSend failed, the event is sent unchanged: /]);
    t.equal(lines.length, 1);
  });
}

t.test('the API key is not printed when a hook throws it', async (t) => {
  const server = await strictServer(t);
  const lines = errsightLines(t);
  const beforeSend = (): never => {
    throw new Error(`cannot use ${server.key}`);
  };
  for (const debug of [false, true]) {
    const made = pipeline(t, server, { beforeSend, debug });
    made.capture(record());
    await made.close(1_000);
  }
  t.ok(lines.length >= 2);
  t.notMatch(lines.join('\n'), server.key);
});

t.test('a hook that captures does not call itself', async (t) => {
  const server = await strictServer(t);
  let calls = 0;
  const inner: (string | undefined)[] = [];
  const made: Pipeline = pipeline(t, server, {
    beforeSend: (event: unknown) => {
      calls += 1;
      inner.push(made.capture(record({ message: 'inner' })));
      t.equal(sum(made.stats()), made.stats().accepted, 'the stats add up in the hook as well');
      return event;
    },
  });
  t.type(made.capture(record({ message: 'outer' })), 'string');
  t.type(made.capture(record({ message: 'outer' })), 'string', 'and works the next time');
  t.equal(await made.flush(5_000), true);
  t.equal(calls, 2);
  t.strictSame(inner, [undefined, undefined]);
  t.match(made.stats(), { accepted: 4, delivered: 2, dropped: { before_send: 2 } });
  t.strictSame(
    server.events.map(({ message }) => message),
    ['outer', 'outer'],
  );
});

t.test('a breadcrumb hook that adds breadcrumbs does not call itself', async (t) => {
  const server = await strictServer(t);
  let calls = 0;
  const made: Pipeline = pipeline(t, server, {
    beforeBreadcrumb: (crumb: unknown) => {
      calls += 1;
      t.equal(made.breadcrumb({ message: 'inner' }), undefined);
      return crumb;
    },
  });
  t.match(made.breadcrumb({ message: 'outer' }), { message: 'outer' });
  t.match(made.breadcrumb({ message: 'outer' }), { message: 'outer' });
  t.equal(calls, 2);
});

t.test('beforeBreadcrumb may change, replace or drop a breadcrumb, or fail', async (t) => {
  const server = await strictServer(t);
  const cases: readonly (readonly [hook: (crumb: Mutable) => unknown, kept: object | undefined])[] =
    [
      [(crumb) => Object.assign(crumb, { message: 'x' }), { message: 'x', category: 'c' }],
      [() => ({ message: '\u0000y', level: 'WARN' }), { message: 'y', level: 'warning' }],
      [() => ({ timestamp: 'no', level: 3, data: 10n }), { level: 'info' }],
      [() => [], { level: 'info' }],
      [() => revoked.proxy, { level: 'info' }],
      [() => null, undefined],
      [() => undefined, undefined],
      [() => 'text', undefined],
      [async (crumb) => Promise.resolve(crumb), undefined],
      [async () => Promise.reject(new Error('later')), undefined],
      [
        () => {
          throw unprintable;
        },
        undefined,
      ],
    ];
  for (const [beforeBreadcrumb, kept] of cases) {
    const lines = errsightLines(t);
    const made = pipeline(t, server, { beforeBreadcrumb });
    const crumb = made.breadcrumb({ message: 'm', category: 'c' });
    if (kept === undefined) t.equal(crumb, undefined);
    else t.match(crumb, kept);
    t.ok(lines.length <= 1);
    made.capture(record(), [], crumb === undefined ? [] : [crumb]);
    t.equal(await made.flush(5_000), true);
  }
});

t.test('what is no breadcrumb is none, and never throws', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server);
  for (const given of [undefined, null, 'text', 3, Symbol('s')]) {
    t.equal(made.breadcrumb(given as never), undefined);
  }
  for (const given of [{ timestamp: revoked.proxy }, revoked.proxy, [], new Date(0)]) {
    t.match(made.breadcrumb(given), { level: 'info' });
  }
});

t.test('a cleartext host that is not this machine is told of once', async (t) => {
  const cases: readonly (readonly [host: string, options: object, warns: boolean])[] = [
    ['http://errsight.example', {}, true],
    ['http://errsight.example', { allowInsecureTransport: true }, false],
    ['https://errsight.example', {}, false],
    ['http://localhost:3000', {}, false],
    ['http://127.0.0.1:1', {}, false],
    ['http://[::1]:1', {}, false],
    ['http://localhost.example', {}, true],
  ];
  for (const [host, options, warns] of cases) {
    const lines = errsightLines(t);
    const config = resolveOptions(
      { apiKey: `elp_${'0'.repeat(48)}`, host, ...options },
      {},
    ) as ActiveConfig;
    await new Pipeline(config).close(0);
    t.equal(lines.length, warns ? 1 : 0, host);
  }
});

t.test('stats add up while requests fail, hang and succeed', async (t) => {
  let round = 0;
  const server = await strictServer(t, {
    intercept: (_request, response) => {
      round += 1;
      if (round === 1) response.destroy();
      else if (round === 2) response.writeHead(503).end();
      else if (round === 3) response.writeHead(202).end('no json');
      return round <= 3;
    },
  });
  const wrong: Stats[] = [];
  const made = pipeline(t, server, { maxQueueSize: 20, batchSize: 5 });
  const look = (): void => {
    const stats = made.stats();
    if (sum(stats) !== stats.accepted) wrong.push(stats);
  };
  const looking = setInterval(look, 1);
  for (let index = 0; index < 60; index += 1) {
    made.capture(record({ level: index % 3 === 0 ? 'error' : 'info' }));
    look();
  }
  t.equal(await made.flush(10_000), false, 'some gave way in the queue');
  clearInterval(looking);
  t.strictSame(wrong, []);
  t.match(made.stats(), { accepted: 60, queued: 0, inFlight: 0, dropped: { queue_full: 40 } });
  t.equal(made.stats().delivered, server.total);
  made.capture(record());
  t.equal(await made.flush(5_000), true, 'an old loss does not make each later flush fail');
});

t.test('flush says false at the deadline of a server that hangs, and events stay', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  const made = pipeline(t, server, { timeout: 60_000 });
  made.capture(record());
  t.equal(await made.flush(50), false);
  t.match(made.stats(), { accepted: 1, inFlight: 1, dropped: { shutdown: 0 } });
});

t.test('close gives up at the deadline, counts, and says so once', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  const lines = errsightLines(t);
  const made = pipeline(t, server, { timeout: 60_000 });
  made.capture(record());
  made.capture(record());
  t.equal(await made.close(50), false);
  t.match(made.stats(), { accepted: 2, inFlight: 0, queued: 0, dropped: { shutdown: 2 } });
  t.strictSame(lines, [
    'errsight: 2 events had not arrived when the time to close was over: no answer came in time',
  ]);
  made.capture(record());
  t.match(made.stats(), { accepted: 3, dropped: { shutdown: 3 } }, 'what comes later is counted');
});

t.test('what is taken for the last worker is settled by what it delivered', async (t) => {
  const server = await strictServer(t);
  const lines = errsightLines(t);
  const made = pipeline(t, server);
  for (let index = 0; index < 3; index += 1) made.capture(record());
  const remaining = made.takeRemaining();
  t.equal(remaining.length, 3);
  made.settleRemaining(remaining, (index) => (index < 2 ? 'delivered' : undefined));
  t.match(made.stats(), { accepted: 3, delivered: 2, queued: 0, dropped: { shutdown: 1 } });
  t.strictSame(lines, [], 'more may be captured and lost before the end');
  made.settleRemaining([], () => undefined);
  made.tellLost();
  made.tellLost();
  t.strictSame(lines, ['errsight: 1 event had not arrived when the process ended']);
});

for (const [paused, why] of [
  [true, 'the project is paused in ErrSight'],
  [false, 'no answer came in time'],
] as const) {
  t.test(`the last worker has heard nothing: the last line says that ${why}`, async (t) => {
    const server = await strictServer(t);
    server.paused = paused;
    const lines = errsightLines(t);
    const made = pipeline(t, server);
    made.capture(record());
    if (paused) t.equal(await made.flush(5_000), false);
    const silence = 'no answer came in time';
    made.settleRemaining(made.takeRemaining(), () => undefined, { silence });
    made.tellLost();
    t.equal(lines.at(-1), `errsight: 1 event had not arrived when the process ended: ${why}`);
  });
}

t.test('what the caller changes afterwards changes nothing', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server);
  const context = { tags: { a: 'before' }, metadata: { deep: { a: 'before' } } };
  made.capture(record(), [context]);
  context.tags.a = 'after';
  context.metadata.deep.a = 'after';
  await made.flush(5_000);
  t.match(server.events, [{ tags: { a: 'before' }, metadata: { deep: { a: 'before' } } }]);
});

t.test(
  'in a storm of one error the fatal and the first of each other one arrive first',
  async (t) => {
    // All clocks say that the minute has just begun. In its last seconds repeats may take what is left.
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    t.intercept(Date, 'now', { value: () => now });
    const server = await strictServer(t, { rateLimitPerMinute: 60, now: () => now });
    const made = pipeline(t, server);
    for (let index = 0; index < 500; index += 1)
      made.capture(record({ message: `storm ${index}` }));
    for (const word of ['one', 'two', 'three']) made.capture(record({ message: word }));
    made.capture(record({ message: 'a warning', level: 'warning' }));
    made.capture(record({ message: 'the end', level: 'fatal' }));
    t.equal(await made.flush(5_000), false, 'the rest has to wait for the next minute');
    const messages = server.events.map(({ message }) => message);
    t.strictSame(messages.slice(0, 5), ['the end', 'storm 0', 'one', 'two', 'three']);
    t.ok(messages.includes('a warning'), 'the first of a lower level comes in this minute too');
    // This request told the limit. Nobody knows yet whether others use it too.
    t.equal(messages.length, 6, 'the other repeats wait for the last seconds of the minute');
  },
);

t.test('repeats that gave way ride on the next event of their group', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server, { maxQueueSize: 5, batchSize: 5 });
  for (let index = 0; index < 100; index += 1) made.capture(record({ message: `storm ${index}` }));
  t.equal(await made.flush(5_000), false);
  made.capture(record({ message: 'storm 100' }));
  made.capture(record({ message: 'another' }));
  t.equal(await made.flush(5_000), true);
  const told = server.events.map(({ metadata }) => Number(metadata['errsight_repeats_lost'] ?? 0));
  const { dropped, delivered } = made.stats();
  t.equal(dropped.queue_full, 95);
  t.equal(
    told.reduce((sum_, count) => sum_ + count, 0),
    95,
    'each is told of once',
  );
  t.equal(delivered, 7);
  t.equal(
    server.events.find(({ message }) => message === 'another')?.metadata['errsight_repeats_lost'],
    undefined,
  );
});

t.test('of a storm that fills the queue no event is made, and each repeat counts', async (t) => {
  const server = await strictServer(t);
  const made = pipeline(t, server, { maxQueueSize: 5, batchSize: 5 });
  let reads = 0;
  class Declined extends Error {
    get reason(): string {
      return 'limit';
    }
  }
  function fail(Class: new (text: string) => Error, index: number): LogRecord {
    const error = new Class(`declined ${index}`);
    Object.defineProperty(error, 'order', { enumerable: true, get: () => (reads += 1) });
    return record({ message: '', thrown: { value: error } });
  }
  /** As a client does. */
  function take(given: LogRecord, target = made, contexts: Context[] = []): void {
    if (!target.count(given, contexts, given.level)) target.capture(given, contexts);
  }
  for (let index = 0; index < 1_000; index += 1) take(fail(Declined, index));
  t.match(made.stats(), { accepted: 1_000, queued: 5, dropped: { queue_full: 995 } });
  t.ok(reads < 20, `of ${reads} errors an event was made`);
  // What is another issue, or may be one, is no repeat.
  const others: readonly (readonly [LogRecord, Context[]])[] = [
    [fail(RangeError, 1), []],
    [fail(Declined, 1), [{ fingerprint: 'mine' }]],
    [record({ message: 'a text' }), []],
    [{ ...fail(Declined, 1), level: 'fatal' }, []],
  ];
  for (const [given, contexts] of others) t.notOk(made.count(given, contexts, given.level));
  t.equal(await made.flush(5_000), false, 'some are lost');
  take(fail(Declined, 1_000));
  t.equal(await made.flush(5_000), true);
  const told = server.events.map(({ metadata }) => Number(metadata['errsight_repeats_lost'] ?? 0));
  t.equal(
    told.reduce((all, count) => all + count, server.events.length),
    1_001,
    'ErrSight knows of each',
  );
  for (const options of [{ beforeSend: (event: object) => event }, { ignoreErrors: ['never'] }]) {
    const hooked = pipeline(t, server, { maxQueueSize: 1, ...options });
    for (let index = 0; index < 3; index += 1) hooked.capture(fail(Declined, index));
    t.notOk(hooked.count(fail(Declined, 4), [], 'error'), 'each is to be seen first');
  }
});

t.test('`debug` says what is configured at the start, and what was delivered', async (t) => {
  const server = await strictServer(t);
  const lines = errsightLines(t);
  const made = pipeline(t, server, { debug: true, release: '1.2.3', environment: 'staging' });
  const [start = ''] = lines;
  t.match(start, server.url);
  t.match(start, /the key that ends in \w{4};/);
  t.match(start, server.key.slice(-4));
  t.notMatch(start, server.key.slice(-8), 'and no more of it');
  t.match(start, /release: 1\.2\.3 \(by the option\); environment: staging \(by the option\);/);
  made.capture({ time: Date.now(), level: 'error', message: 'x', fields: {} });
  t.equal(await made.flush(10_000), true);
  t.ok(lines.includes('errsight: delivered: 1'), lines.join('\n'));
});

t.test('a warning at the start does not swallow what is lost at the end', async (t) => {
  const server = await strictServer(t);
  const lines = errsightLines(t);
  server.intercept = (_request, response) => {
    response.writeHead(503).end();
    return true;
  };
  const made = pipeline(t, server, {
    beforeSend: (event: object) => {
      throw new Error('no', { cause: event });
    },
    beforeSendFailOpen: true,
  });
  made.capture({ time: Date.now(), level: 'error', message: 'x', fields: {} });
  await made.close(50);
  t.match(lines, [/beforeSend failed/, /1 event had not arrived when the time to close was over/]);
});
