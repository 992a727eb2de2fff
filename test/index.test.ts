import { setTimeout as sleep, setImmediate as tick } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  addBreadcrumb,
  captureEvent,
  captureException,
  captureMessage,
  close,
  flush,
  getScope,
  init,
  OptionError,
  relay,
  setTag,
  setTags,
  setUser,
  stats,
  withScope,
} from '../src/index.ts';
import type { ErrsightEvent } from '../src/event/event.ts';
import { errsightLines } from './main/stderr.ts';
import { saidTags } from './helpers/tags.ts';
import { strictServer, type StrictServerOptions, type TestErrsight } from './helpers/errsight.ts';

const EVENTS = ['beforeExit', 'exit', 'uncaughtExceptionMonitor'] as const;

/** How many of each a client adds: the end of the process is watched, and what nobody catches. */
const WATCHES = [1, 1, 1];

function listeners(): number[] {
  return EVENTS.map((event) => process.listenerCount(event));
}

/** Starts reporting to a strict server of the test's own. */
async function start(
  t: Pick<Test, 'teardown'>,
  options: object = {},
  serverOptions: StrictServerOptions = {},
): Promise<TestErrsight> {
  const server = await strictServer(t, serverOptions);
  init({ apiKey: server.key, host: server.url, environment: 'test', ...options });
  t.teardown(async () => {
    await close(0);
    getScope().clear();
  });
  return server;
}

/** What a value must never do to errsight, as JavaScript sees it. */
type Loose = (...args: unknown[]) => unknown;
const loose = {
  captureException: captureException as Loose,
  captureMessage: captureMessage as Loose,
  captureEvent: captureEvent as Loose,
  addBreadcrumb: addBreadcrumb as Loose,
  setUser: setUser as Loose,
  setTag: setTag as Loose,
  setTags: setTags as Loose,
  flush: flush as (timeout: unknown) => Promise<boolean>,
  setMetadata: (given: unknown) => getScope().setMetadata(given as Record<string, unknown>),
  setFingerprint: (given: unknown) => getScope().setFingerprint(given as string),
  setLevel: (given: unknown) => getScope().setLevel(given as 'info'),
};

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedArray = Proxy.revocable([], {});
revokedArray.revoke();

function failing(): never {
  throw new Error('a getter');
}
const throwsAtAll = new Proxy(
  {},
  {
    get: failing,
    has: failing,
    ownKeys: failing,
    getPrototypeOf: failing,
    getOwnPropertyDescriptor: failing,
  },
);
class HostileError extends Error {
  override get message(): string {
    return failing();
  }
  override get stack(): string {
    return failing();
  }
  override get cause(): unknown {
    return failing();
  }
}
const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;
const selfCaused = new Error('self-caused');
selfCaused.cause = selfCaused;
const manyKeys = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]),
);
class LyingDate extends Date {
  override getTime(): number {
    return failing();
  }
}

const THROWABLE: readonly (readonly [what: string, value: unknown, wanted: object])[] = [
  [
    'an Error',
    new RangeError('m'),
    { message: /^RangeError: m$/, metadata: { exception_class: 'RangeError' } },
  ],
  ['a string', 'text', { message: 'String: text' }],
  ['an empty string', '', { message: 'String: Empty string' }],
  ['null', null, { message: 'Null: null' }],
  ['undefined', undefined, { message: 'Undefined: undefined' }],
  ['a number', 42, { message: 'Number: 42' }],
  ['NaN', Number.NaN, { message: 'NaN' }],
  ['a bigint', 10n, { message: '10' }],
  ['a symbol', Symbol('s'), { message: 'Symbol(s)' }],
  ['a boolean', false, { message: 'false' }],
  ['a function', () => 1, {}],
  ['an object', { code: 7 }, { message: /^Object with the keys code$/ }],
  ['an empty object', {}, {}],
  ['an array', [1, 2], {}],
  ['an object without a prototype', Object.create(null), {}],
  ['a Proxy', new Proxy(new Error('inside'), {}), { message: 'Error: inside' }],
  ['a revoked Proxy', revoked.proxy, {}],
  ['a Proxy that throws at all', throwsAtAll, {}],
  ['an Error with getters that throw', new HostileError(), {}],
  [
    'an Error of another realm',
    runInNewContext('new TypeError("vm")'),
    { message: 'TypeError: vm' },
  ],
  ['an object of another realm', runInNewContext('({ a: 1 })'), {}],
  ['an Error that is its own cause', selfCaused, { message: 'self-caused' }],
  ['a cyclic object', cycle, {}],
  ['an object of 10,000 keys', manyKeys, {}],
  [
    'an AggregateError',
    new AggregateError([new Error('a'), 'b'], 'all'),
    { message: 'AggregateError: all' },
  ],
  ['a frozen Error', Object.freeze(new Error('frozen')), { message: 'frozen' }],
  ['a message of U+0000 and half an emoji', new Error('\u0000a\ud83d'), { message: 'a\ufffd' }],
  ['a blank message', new Error(' \u0085 '), {}],
  ['a message of 1 MB', new Error('x'.repeat(1_000_000)), {}],
  ['an Error whose name is no text', Object.assign(new Error('n'), { name: {} }), { message: 'n' }],
  ['an Error whose stack is no text', Object.assign(new Error('n'), { stack: [1] }), {}],
  ['a Promise', Promise.resolve(1), {}],
];

t.test('anything that can be thrown is reported under the id that is returned', async (t) => {
  const server = await start(t, { batchSize: 100 });
  const ids = THROWABLE.map(([, value]) => captureException(value));
  t.equal(await flush(10_000), true);
  t.equal(server.total, THROWABLE.length);
  const byId = new Map(server.events.map((event) => [event.received['ingestion_id'], event]));
  for (const [index, [what, , wanted]] of THROWABLE.entries()) {
    t.match(byId.get(ids[index]), { level: 'error', ...wanted }, what);
  }
});

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  0,
  10n,
  'text',
  '__proto__',
  Symbol('s'),
  () => failing(),
  [],
  [null, [revoked.proxy]],
  revoked.proxy,
  revokedArray.proxy,
  throwsAtAll,
  new HostileError(),
  cycle,
  manyKeys,
  new LyingDate(),
  new Date(Number.NaN),
  new Proxy(new Date(), {}),
  new Map<unknown, unknown>([[{}, failing]]),
  new Set([1]),
  { toJSON: failing },
  { toString: failing, valueOf: failing },
  JSON.parse('{"__proto__":{"a":1},"_aj_globalid":1,"constructor":1,"toString":"x"}'),
  { _aj_serialized: { _aj_symbol_keys: '\u0000\ud800' } },
  Object.assign([], { length: 2 ** 32 - 1 }),
  'x'.repeat(100_000),
];

t.test(
  'whatever a function of the API is given, it does not throw, and nothing breaks',
  async (t) => {
    const server = await start(t, { batchSize: 100, attachStacktrace: true });
    // What is reported twice has one event.
    const captured = new Set<string>();
    const count = (id: unknown): void => {
      if (typeof id === 'string') captured.add(id);
    };
    const keys = ['user', 'tags', 'metadata', 'fingerprint', 'level', 'breadcrumbs'];
    const own = ['message', 'error', 'timestamp'];
    for (const value of HOSTILE) {
      const context = Object.fromEntries([...keys, ...own].map((key) => [key, value]));
      const inside = {
        user: { id: value, email: value, username: value, ip_address: value, extra: value },
        tags: { tag: value },
        metadata: { value, request_id: value, exception_class: value, exception_frames: value },
        fingerprint: [value, value],
        breadcrumbs: [value, { message: value, category: value, timestamp: value, data: value }],
        timestamp: value,
      };
      t.doesNotThrow(
        () => {
          withScope(() => {
            for (const given of [value, context, inside]) {
              count(loose.captureException(new Error('e'), given));
              count(loose.captureException(given, given));
              count(loose.captureMessage(value, value, given));
              count(loose.captureEvent(given));
              loose.addBreadcrumb(given);
            }
            for (const [key, given] of Object.entries(inside))
              loose.addBreadcrumb({ [key]: given });
            loose.setUser(value);
            loose.setUser(inside.user);
            loose.setTag(value, value);
            loose.setTags(value);
            loose.setTags(inside.tags);
            loose.setMetadata(value);
            loose.setMetadata(inside.metadata);
            loose.setFingerprint(value);
            loose.setFingerprint(inside.fingerprint);
            loose.setLevel(value);
            count(loose.captureException(new Error('scope')));
          });
        },
        typeof value,
      );
    }
    t.equal(await flush(20_000), true);
    t.equal(server.total, captured.size);
    t.equal(stats().dropped.internal_error, 0);
    t.ok(captured.size >= HOSTILE.length * 10, `${captured.size} events`);
    t.equal(({} as { a?: number }).a, undefined, 'no prototype is polluted');
  },
);

t.test('a timeout that is none is none, and nothing rejects', async (t) => {
  await start(t);
  for (const timeout of [undefined, null, 'soon', Number.NaN, -1, {}, Infinity]) {
    t.equal(await loose.flush(timeout), true);
  }
});

const NOTHING_SENT: readonly (readonly [what: string, options: object])[] = [
  ['nothing is chosen', { sampleRate: 0 }],
  ['the error is ignored', { ignoreErrors: [/./] }],
  ['beforeSend returns null', { beforeSend: () => null }],
  ['beforeSend throws', { beforeSend: failing }],
  ['it is not enabled', { enabled: false }],
];

for (const [what, options] of NOTHING_SENT) {
  t.test(`captures return undefined when ${what}`, async (t) => {
    errsightLines(t);
    const server = await start(t, options);
    t.equal(captureException(new Error('e')), undefined);
    t.equal(captureMessage('m'), undefined);
    t.equal(captureEvent({ message: 'm' }), undefined);
    t.equal(await flush(5_000), true);
    t.equal(server.requests.length, 0);
  });
}

t.test('without a key, and with enabled: false, nothing is started', async (t) => {
  const server = await strictServer(t);
  const lines = errsightLines(t);
  for (const options of [{}, { apiKey: server.key, enabled: false }]) {
    const before = listeners();
    init({ host: server.url, ...options });
    t.strictSame(listeners(), before, 'no listeners');
    setUser({ id: 1 });
    addBreadcrumb({ message: 'm' });
    t.equal(captureException(new Error('e')), undefined);
    t.equal(
      withScope(() => captureMessage('m')),
      undefined,
    );
    t.equal(await flush(), true);
    t.match(stats(), { accepted: 0, requests: 0 });
    t.equal(await close(), true);
  }
  getScope().clear();
  t.equal(server.requests.length, 0);
  t.strictSame(lines, []);
});

t.test(
  'a wrong option throws an OptionError that names it, and leaves the client alone',
  async (t) => {
    const server = await start(t);
    const cases: readonly (readonly [option: string, value: unknown])[] = [
      ['apiKey', 7],
      ['apiKey', `elr_${'0'.repeat(48)}`],
      ['host', 'ftp://x'],
      ['sampleRate', 2],
      ['minLevel', 'loud'],
      ['maxBreadcrumbs', 51],
      ['beforeSend', './hook.js'],
      ['ignoreErrors', 'x'],
      ['captureUncaught', 'yes'],
      ['attachStacktrace', null],
      ['beforeSned', () => null],
    ];
    for (const [option, value] of cases) {
      try {
        init({ [option]: value });
        t.fail(`${option} passed`);
      } catch (error) {
        t.ok(error instanceof OptionError);
        t.match(error, { option: new RegExp(`^${option}`), code: 'ERR_ERRSIGHT_OPTION' });
        t.match((error as Error).message, option);
      }
    }
    t.type(captureMessage('still there'), 'string');
    t.equal(await flush(5_000), true);
    t.equal(server.total, 1);
  },
);

t.test(
  'withScope returns what its callback returns, and lets through what it throws',
  async (t) => {
    const error = new Error('e');
    t.equal(
      withScope(() => 7),
      7,
    );
    t.equal(await withScope(async () => Promise.resolve(8)), 8);
    t.throws(
      () =>
        withScope(() => {
          throw error;
        }),
      error,
    );
    await t.rejects(
      withScope(async () => Promise.reject(error)),
      error,
    );
    const outer = getScope();
    withScope((scope) => {
      t.equal(getScope(), scope);
      t.not(scope, outer);
      withScope((inner) => t.not(inner, scope));
      t.equal(getScope(), scope, 'and the one around it is back');
    });
    t.equal(getScope(), outer);
  },
);

t.test('a scope begins as the one around it was, and what it sets ends with it', async (t) => {
  const server = await start(t);
  setUser({ id: 'root' });
  setTags({ kept: 'root', changed: 'root', removed: 'root' });
  getScope().setMetadata({ meta: 'root' }).setFingerprint('root').setLevel('warn');
  addBreadcrumb({ message: 'root' });
  await withScope(async (scope) => {
    scope.setUser(null).setTag('changed', 'child').setTag('removed', null);
    scope.setMetadata({ more: 'child' }).setFingerprint(undefined).setLevel(undefined);
    addBreadcrumb({ message: 'child' });
    await tick();
    captureException(new Error('child'));
    scope.clear();
    captureException(new Error('cleared'));
  });
  captureException(new Error('root'), { metadata: { call: 1 } });
  t.equal(await flush(5_000), true);
  const [child, cleared, root] = ['child', 'cleared', 'root'].map((message) =>
    server.events.find((event) => event.message === `Error: ${message}`),
  );
  t.strictSame(saidTags(child), { kept: 'root', changed: 'child' });
  t.match(child, { level: 'error', user_context: {}, metadata: { meta: 'root', more: 'child' } });
  t.strictSame(child?.user_context, {}, 'null clears the user');
  t.strictSame(
    child?.breadcrumbs.map(({ message }) => message),
    ['root', 'child'],
  );
  t.match(cleared, { level: 'error', tags: {}, breadcrumbs: [], user_context: {} });
  t.equal(cleared?.metadata['meta'], undefined);
  t.strictSame(saidTags(root), { kept: 'root', changed: 'root', removed: 'root' });
  t.match(root, {
    level: 'warning',
    user_context: { id: 'root' },
    metadata: { meta: 'root', call: 1 },
  });
  t.equal(root?.metadata['more'], undefined);
  t.strictSame(
    root?.breadcrumbs.map(({ message }) => message),
    ['root'],
  );
  t.strictSame(root?.received['fingerprint'], ['root']);
});

t.test('outside of withScope the scope is that of the process', async (t) => {
  const server = await start(t);
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      setTag('set', 'elsewhere');
      resolve();
    });
  });
  captureMessage('m');
  await flush(5_000);
  t.strictSame(saidTags(server.events[0]), { set: 'elsewhere' });
});

t.test('a caller may change what it gave to a scope', async (t) => {
  const server = await start(t);
  const user = { id: 'before' };
  const tags = { a: 'before' };
  setUser(user);
  setTags(tags);
  user.id = 'after';
  tags.a = 'after';
  captureMessage('m');
  await flush(5_000);
  t.match(server.events[0], { tags: { a: 'before' }, user_context: { id: 'before' } });
});

t.test('200 scopes at once keep their users, tags and trails to themselves', async (t) => {
  const server = await start(t, { batchSize: 100 });
  const ids = Array.from({ length: 200 }, (_, index) => String(index));
  await Promise.all(
    ids.map((id) =>
      withScope(async () => {
        setUser({ id });
        addBreadcrumb({ message: `${id} begins` });
        await tick();
        setTag('scope', id);
        await sleep(Number(id) % 7);
        await withScope(async () => {
          setTag('inner', id);
          await Promise.resolve();
          addBreadcrumb({ message: `${id} inside` });
          captureMessage(`inner ${id}`);
        });
        await new Promise((resolve) => {
          setTimeout(resolve, 5 - (Number(id) % 5));
        });
        addBreadcrumb({ message: `${id} ends` });
        captureMessage(`outer ${id}`);
      }),
    ),
  );
  captureMessage('none');
  t.equal(await flush(10_000), true);
  const byMessage = new Map(server.events.map((event) => [event.message, event]));
  const wrong = ids.filter((id) => {
    const inner = byMessage.get(`inner ${id}`);
    const outer = byMessage.get(`outer ${id}`);
    const trails = [inner, outer].map((event) => event?.breadcrumbs.map(({ message }) => message));
    return (
      JSON.stringify([saidTags(inner), saidTags(outer)]) !==
        JSON.stringify([{ scope: id, inner: id }, { scope: id }]) ||
      inner?.user_identifier !== id ||
      outer?.user_identifier !== id ||
      JSON.stringify(trails) !==
        JSON.stringify([
          [`${id} begins`, `${id} inside`],
          [`${id} begins`, `${id} ends`],
        ])
    );
  });
  t.strictSame(wrong, []);
  t.equal(server.total, 401);
  t.match(byMessage.get('none'), { tags: {}, breadcrumbs: [], user_identifier: null });
});

t.test('init again replaces the client, and what the old one had is delivered', async (t) => {
  const old = await start(t);
  captureMessage('old');
  const server = await strictServer(t);
  const before = listeners();
  init({ apiKey: server.key, host: server.url });
  captureMessage('new');
  t.match(stats(), { accepted: 1 }, 'stats begin anew');
  t.equal(await flush(5_000), true);
  t.match(old.events, [{ message: 'old' }], 'flush waits for it as well');
  t.match(server.events, [{ message: 'new' }]);
  t.equal(await close(), true);
  await tick();
  t.strictSame(
    listeners(),
    before.map((count, index) => count - (WATCHES[index] ?? 0)),
    'and watches over the process no more',
  );
});

t.test('an object that was reported is not reported again, unless it is graver now', async (t) => {
  const server = await start(t);
  const error = new Error('it broke');
  const id = captureException(error);
  t.equal(captureException(error), id, 'the id is that of its event');
  t.equal(captureEvent({ error, message: 'while paying', level: 'warning' }), id);
  t.equal(
    withScope((scope) => captureException(scope.setLevel('debug') && error)),
    id,
  );
  t.match(stats(), { accepted: 4, dropped: { duplicate: 3 } });
  t.type(captureException(new Error('outer', { cause: error })), 'string', 'a wrapper is another');
  t.equal(await flush(), true);
  t.type(captureEvent({ error, level: 'fatal' }), 'string');
  t.equal(await flush(), true);
  t.strictSame(server.events.map(({ level, message }) => `${level} ${message}`).toSorted(), [
    'error Error: it broke',
    'error Error: outer',
    'fatal Error: it broke',
  ]);
});

t.test('what a further sighting adds completes the event that still waits', async (t) => {
  const seen: unknown[] = [];
  const server = await start(t, {
    beforeSend: (event: ErrsightEvent) => {
      seen.push(event.metadata['log_message']);
      return event;
    },
  });
  const error = new Error('it broke');
  const id = captureException(error, { tags: { by: 'first' }, metadata: { order: 17 } });
  for (const message of ['while paying', 'while paying', 'it ends']) {
    const level = message === 'it ends' ? 'fatal' : 'error';
    const more = { tags: { by: 'second', more: 'yes' }, metadata: { order: 18, [message]: true } };
    t.equal(captureEvent({ error, message, level, user: { id: 42 }, ...more }), id);
  }
  t.match(stats(), { accepted: 4, queued: 1, dropped: { duplicate: 3 } });
  t.equal(await flush(), true);
  t.equal(server.total, 1);
  t.match(server.events, [
    {
      level: 'fatal',
      message: 'Error: it broke',
      tags: { by: 'first', more: 'yes' },
      user_identifier: '42',
      metadata: {
        order: 17,
        'while paying': true,
        'it ends': true,
        log_message: 'while paying\nit ends',
      },
    },
  ]);
  t.strictSame(
    seen,
    [undefined, 'while paying', 'while paying', 'while paying\nit ends'],
    'the hook sees it each time',
  );
  captureEvent({ error, message: 'too late' });
  t.equal(await flush(), true);
  t.equal(server.total, 1);
  t.match(stats(), { accepted: 5, delivered: 1, dropped: { duplicate: 4 } });
});

t.test('while somebody flushes, an event is what it is', async (t) => {
  const server = await start(t);
  const error = new Error('it broke');
  captureException(error);
  const arrived = flush();
  captureEvent({ error, message: 'meanwhile' });
  t.equal(await arrived, true);
  t.match(server.events, [{ message: 'Error: it broke', metadata: { log_message: undefined } }]);
});

t.test('after close nothing is captured, until init', async (t) => {
  const before = listeners();
  const server = await start(t);
  t.strictSame(
    listeners(),
    before.map((count, index) => count + (WATCHES[index] ?? 0)),
  );
  captureMessage('one');
  const [first, second] = await Promise.all([close(), close()]);
  t.strictSame([first, second], [true, true]);
  t.strictSame(listeners(), before, 'the listeners are those of before');
  t.equal(captureMessage('two'), undefined);
  t.match(stats(), { accepted: 1, delivered: 1 });
  init({ apiKey: server.key, host: server.url, captureUncaught: false });
  t.equal(
    process.listenerCount('uncaughtExceptionMonitor'),
    before[2] ?? 0,
    'nothing, with captureUncaught: false',
  );
  t.type(captureMessage('three'), 'string');
  t.equal(await close(), true);
  t.strictSame(
    server.events.map(({ message }) => message),
    ['one', 'three'],
  );
  t.strictSame(listeners(), before);
});

t.test('who calls close or flush while another close is under way is told the truth', async (t) => {
  errsightLines(t);
  await start(t, {}, { intercept: () => true });
  captureMessage('m');
  const first = close(60);
  t.strictSame(await Promise.all([first, close(), flush()]), [false, false, false]);
  t.strictSame(await Promise.all([close(), flush()]), [true, true], 'and it is over');
});

t.test('close of a server that hangs says false, and ends the watch', async (t) => {
  errsightLines(t);
  const before = listeners();
  await start(t, {}, { intercept: () => true });
  captureMessage('m');
  t.equal(await close(20), false);
  t.strictSame(listeners(), before);
});

t.test('messages have the level that was asked for, whatever minLevel is', async (t) => {
  const server = await start(t, { minLevel: 'fatal', breadcrumbLevel: 'fatal' });
  const cases: readonly (readonly [level: unknown, stored: string])[] = [
    [undefined, 'info'],
    ['debug', 'debug'],
    ['trace', 'debug'],
    ['warn', 'warning'],
    ['Warning', 'warning'],
    ['critical', 'fatal'],
    ['emerg', 'fatal'],
    ['banana', 'info'],
    [null, 'info'],
    [50, 'info'],
  ];
  for (const [index, [level]] of cases.entries()) loose.captureMessage(`m${index}`, level);
  t.equal(await flush(5_000), true);
  for (const [index, [level, stored]] of cases.entries()) {
    const event = server.events.find(({ message }) => message === `m${index}`);
    t.equal(event?.level, stored, String(level));
  }
});

t.test('captureEvent takes what there is to say', async (t) => {
  const server = await start(t);
  const timestamp = new Date(Date.now() - 60_000);
  const cases: readonly (readonly [given: object, stored: object])[] = [
    [{ message: 'm' }, { message: 'm', level: 'info' }],
    [{ message: 'm', level: 'crit' }, { level: 'fatal' }],
    [
      { message: 'm', error: new RangeError('e') },
      {
        message: 'RangeError: e',
        level: 'error',
        metadata: { log_message: 'm', exception_class: 'RangeError' },
      },
    ],
    [
      { message: 'm', error: null },
      { message: 'm', level: 'info' },
    ],
    [{ message: 42 }, { message: '42' }],
    [{}, { message: '(no message)' }],
    [{ message: 'm', timestamp }, { occurred_at: timestamp.toISOString() }],
    [{ message: 'm', timestamp: timestamp.getTime() }, { occurred_at: timestamp.toISOString() }],
    [{ message: 'm', timestamp: 0 }, { metadata: { occurred_at: '1970-01-01T00:00:00.000Z' } }],
    [
      { message: 'm', tags: { a: 1 }, user: { id: 7 }, metadata: { b: [2] }, fingerprint: 'f' },
      { tags: { a: '1' }, user_identifier: '7', metadata: { b: [2] } },
    ],
  ];
  for (const [given, stored] of cases) {
    const id = captureEvent(given);
    await flush(5_000);
    t.match(server.events.at(-1), { ...stored, received: { ingestion_id: id } });
  }
  for (const given of [undefined, null, 'text', 3]) t.equal(loose.captureEvent(given), undefined);
});

function fails(message: string): string | undefined {
  return captureMessage(message);
}

t.test(
  'attachStacktrace: the first frame is the line of the call, issues are those of the texts',
  async (t) => {
    const server = await start(t, { attachStacktrace: true });
    for (const message of ['disk full', 'job 12 failed', 'job 13 failed']) fails(message);
    captureEvent({ message: 'an event' });
    captureMessage('x\n    at evil (/etc/passwd:1:1)');
    t.equal(await flush(5_000), true);
    t.equal(server.issues.length, 4, 'digits aside, each text is an issue');
    for (const { message, metadata } of server.events) {
      const [frame] = metadata['exception_frames'] as readonly Record<string, unknown>[];
      t.match(frame, { filename: /test\/index\.test\.js$/, in_app: true });
      const call =
        message === 'an event' || message.startsWith('x\n') ? 'capture' : 'return captureMessage';
      t.match(frame?.['context_line'], call, message);
      t.notOk('exception_class' in metadata);
    }
  },
);

t.test('without attachStacktrace messages have no frames', async (t) => {
  const server = await start(t);
  fails('m');
  await flush(5_000);
  t.notOk('exception_frames' in (server.events[0]?.metadata ?? {}));
  t.equal(server.events[0]?.backtrace, '');
});

for (const maxBreadcrumbs of [0, 3, 50]) {
  t.test(`with maxBreadcrumbs ${maxBreadcrumbs} an event has the newest so many`, async (t) => {
    const server = await start(t, { maxBreadcrumbs });
    const crumbs = Array.from({ length: 60 }, (_, index) => `crumb ${index}`);
    for (const message of crumbs) addBreadcrumb({ message });
    captureMessage('m', 'info', { breadcrumbs: [{ message: 'long ago', timestamp: 0 }] });
    await flush(5_000);
    t.strictSame(
      server.events[0]?.breadcrumbs.map(({ message }) => message),
      crumbs.slice(60 - maxBreadcrumbs),
    );
  });
}

t.test('breadcrumbs of the call take their place in time', async (t) => {
  const server = await start(t);
  const now = Date.now();
  addBreadcrumb({ message: 'two', timestamp: now - 2_000 });
  addBreadcrumb({ message: 'four', timestamp: new Date(now - 500) });
  captureMessage('m', 'info', {
    breadcrumbs: [
      { message: 'three', timestamp: new Date(now - 1_000).toISOString() },
      { message: 'one', timestamp: now - 3_000 },
      { message: 'five' },
    ],
  });
  await flush(5_000);
  t.strictSame(
    server.events[0]?.breadcrumbs.map(({ message }) => message),
    ['one', 'two', 'three', 'four', 'five'],
  );
});

t.test('metadata beyond 50 keys: the call first, and what is left out is counted', async (t) => {
  const server = await start(t);
  const metadata = Object.fromEntries(
    Array.from({ length: 70 }, (_, index) => [`k${index}`, index]),
  );
  captureException(new Error('e'), { metadata });
  await flush(5_000);
  const stored = server.events[0]?.metadata ?? {};
  t.equal(Object.keys(stored).length, 50);
  t.equal(stored['k40'], 40);
  t.match(stored, { exception_class: 'Error', errsight_trimmed: { metadata: Number } });
});

// Property tests: each door takes values that nobody wants, and one server that fails the test on
// whatever the real one would change or drop sees all that comes out.

/** One of the hostile values, which fast-check itself could not handle. */
class Boxed {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

function unboxed(value: unknown): unknown {
  if (value instanceof Boxed) return HOSTILE[value.index];
  if (Array.isArray(value)) return value.map(unboxed);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unboxed(inner)]));
}

const evilText = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      '\ud800',
      '\udc00',
      '\u0000',
      '[',
      'm',
      '1',
      '\u001b',
      ' ',
      '\n',
      '\u0085',
      '😀',
      'é',
      '\u2028',
      'at ',
      'x:1:2',
      ')',
    ),
    maxLength: 30,
  }),
  fc.constantFrom(
    '',
    ' ',
    '__proto__',
    '_aj_globalid',
    'constructor',
    'toString',
    'a'.repeat(3_000),
    ' '.repeat(400),
    '\u0000',
    'https://u:p@h/?token=1',
    '-0',
    '1e400',
  ),
);
const evilKey = fc.oneof(
  evilText,
  fc.constantFrom(
    'exception_class',
    'exception_frames',
    'exception_causes',
    'request_id',
    'sql',
    'duration_ms',
    'errsight_trimmed',
    'occurred_at',
    'sdk',
    'timestamp',
    'toJSON',
    'then',
  ),
);
const evilLeaf = fc.oneof(
  evilText,
  fc.nat({ max: HOSTILE.length - 1 }).map((index) => new Boxed(index)),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: false }),
);
const { value: evil } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    evilLeaf,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(evilKey, tie('value'), { maxKeys: 6 }),
}));
const dictionary = fc.oneof(evil, fc.dictionary(evilKey, evil, { maxKeys: 60 }));
const evilCrumb = fc.oneof(
  evil,
  fc.record(
    {
      message: evil,
      category: fc.oneof(evil, fc.constant('db')),
      level: evil,
      timestamp: evil,
      data: dictionary,
    },
    { requiredKeys: [] },
  ),
);
const evilUser = fc.oneof(
  evil,
  fc.record({ id: evil, email: evil, username: evil, ip_address: evil }, { requiredKeys: [] }),
);
const context = {
  user: evilUser,
  tags: dictionary,
  metadata: dictionary,
  fingerprint: fc.oneof(evil, fc.array(evilText, { maxLength: 3 })),
  level: fc.oneof(evil, fc.constantFrom('warn', 'fatal')),
  breadcrumbs: fc.oneof(evil, fc.array(evilCrumb, { maxLength: 5 })),
};
const evilContext = fc.oneof(evil, fc.record(context, { requiredKeys: [] }));
const evilFrame = fc.oneof(
  evil,
  fc.record({
    filename: evilText,
    function: evil,
    lineno: fc.oneof(evil, fc.integer()),
    colno: evil,
    in_app: evil,
    pre_context: evil,
    context_line: evilText,
    post_context: evil,
  }),
);
const evilEvent = fc.record(
  {
    ...context,
    message: evil,
    environment: evil,
    release: evil,
    backtrace: evil,
    occurred_at: evil,
    ingestion_id: evil,
    error: evil,
    timestamp: evil,
    metadata: fc.oneof(
      dictionary,
      fc.record({
        exception_class: evilText,
        exception_frames: fc.oneof(evil, fc.array(evilFrame, { maxLength: 3 })),
        exception_causes: fc.oneof(evil, fc.array(evil, { maxLength: 3 })),
        request_id: evil,
      }),
    ),
  },
  { requiredKeys: [] },
);

const DOORS: readonly (readonly [
  door: string,
  values: fc.Arbitrary<unknown>,
  runs: number,
  enter: (value: unknown) => void,
])[] = [
  ['captureException', evil, 500, (value) => void captureException(value)],
  [
    'the context of captureException',
    evilContext,
    800,
    (value) => void loose.captureException(new Error('e 1'), value),
  ],
  [
    'captureMessage',
    fc.tuple(evil, evil, evilContext),
    400,
    (value) => void loose.captureMessage(...(value as unknown[])),
  ],
  ['captureEvent', evilEvent, 800, (value) => void loose.captureEvent(value)],
  [
    'addBreadcrumb',
    evilCrumb,
    500,
    (value) =>
      withScope(() => {
        loose.addBreadcrumb(value);
        captureMessage('crumb');
      }),
  ],
  [
    'a scope',
    evilContext,
    400,
    (value) =>
      withScope(() => {
        const given = value as Record<string, unknown>;
        for (const setter of [
          loose.setUser,
          loose.setTags,
          loose.setMetadata,
          loose.setFingerprint,
          loose.setLevel,
        ])
          setter(given);
        loose.setTag(given, given);
        captureException(new Error('scope'));
      }),
  ],
];

/**
 * Without the one thing that is the values' own doing: a backtrace of theirs may have a message of
 * theirs, such as "1", in it.
 */
function losses(server: TestErrsight): readonly unknown[] {
  return server.silent.filter(({ rule }) => rule !== 'grouping');
}

t.test('whatever comes in at any door, ErrSight keeps all of what goes out', async (t) => {
  const server = await start(t, { batchSize: 100, attachStacktrace: true }, { strict: false });
  for (const [door, values, numRuns, enter] of DOORS) {
    t.doesNotThrow(
      () =>
        fc.assert(
          fc.property(values, (value) => enter(unboxed(value))),
          { numRuns },
        ),
      door,
    );
    t.equal(await flush(20_000), true, `${door}: all arrived`);
  }
  t.equal(stats().dropped.internal_error, 0);
  const { accepted, dropped } = stats();
  // The same object comes in again.
  t.equal(server.total + dropped.duplicate, accepted);
  t.strictSame(losses(server), []);
});

t.test('whatever beforeSend returns, ErrSight keeps all of what goes out', async (t) => {
  errsightLines(t);
  let returned: unknown;
  let mutate = false;
  const server = await start(
    t,
    {
      batchSize: 100,
      beforeSend: (event: object) => (mutate ? Object.assign(event, returned) : returned),
    },
    { strict: false },
  );
  const property = fc.property(fc.oneof(evil, evilEvent), fc.boolean(), (value, inPlace) => {
    returned = unboxed(value);
    mutate = inPlace && typeof value === 'object';
    captureException(new Error('e', { cause: 'c' }), { tags: { a: 1 }, breadcrumbs: [{}] });
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1_200 }));
  t.equal(await flush(20_000), true);
  const { accepted, delivered, dropped } = stats();
  t.equal(dropped.internal_error, 0);
  t.equal(delivered + dropped.before_send, accepted);
  t.equal(server.total, delivered);
  t.ok(delivered > 500, `${delivered} delivered`);
  t.strictSame(losses(server), []);
});

t.test('whatever beforeBreadcrumb returns, ErrSight keeps all of what goes out', async (t) => {
  errsightLines(t);
  let returned: unknown;
  const server = await start(t, { batchSize: 100, beforeBreadcrumb: () => returned });
  const property = fc.property(evilCrumb, (value) => {
    returned = unboxed(value);
    // In a scope of its own, or each event has all the crumbs before it.
    withScope(() => {
      addBreadcrumb({ message: 'm' });
      captureMessage('crumb');
    });
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }));
  t.equal(await flush(20_000), true);
  t.equal(server.total, stats().accepted);
  t.strictSame(server.silent, []);
});

t.test('what became of events can be asked for after close, until init begins anew', async (t) => {
  const server = await strictServer(t);
  init({ host: server.url, apiKey: server.key });
  captureMessage('arrives');
  t.equal(await close(), true);
  t.match(stats(), { accepted: 1, delivered: 1 });
  init({ host: server.url, apiKey: server.key });
  t.match(stats(), { accepted: 0 });
  server.intercept = () => true;
  captureMessage('does not');
  t.equal(await close(50), false);
  t.match(stats(), { accepted: 1, dropped: { shutdown: 1 } });
});

t.test('what is no number of ms means the default, whichever call gets it', async (t) => {
  const server = await start(t, { shutdownTimeout: 50_000 });
  let sent = 0;
  for (const timeout of [undefined, null, 1n, Symbol('ms'), 'soon', {}, [], () => 1] as unknown[]) {
    captureMessage('before a flush');
    sent += 1;
    t.equal(await loose.flush(timeout), true, typeof timeout);
    t.equal(server.total, sent);
    t.equal(await relay([], timeout as number), await relay([]));
  }
  captureMessage('before the end');
  t.equal(await (close as Loose)(1n), true);
  t.equal(server.total, sent + 1);
  t.equal(await loose.flush(Symbol('ms')), true, 'without a client');
});
