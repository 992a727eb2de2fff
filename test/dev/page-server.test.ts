import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { hostname } from 'node:os';
import tap, { type Test } from 'tap';
import { DEV_READ_KEY, type LocalErrsight } from '../../src/dev/server.ts';
import type { Change, EventView } from '../../src/dev/shapes.ts';
import { isOurHost } from '../../src/dev/visitors.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask, inTurn, post } from './requests.ts';

/** The status of a request with headers that `fetch` does not let one set. */
async function statusOf(
  server: LocalErrsight,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<number> {
  const [sent, response] = await send(server, method, path, headers, body);
  sent.destroy();
  return response.statusCode ?? 0;
}

async function send(
  server: LocalErrsight,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<[ClientRequest, IncomingMessage]> {
  const sent = request(`${server.url}${path}`, { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => {});
  return [sent, response];
}

/** Messages of the stream; ends with the test. */
async function stream(
  t: Test,
  server: LocalErrsight,
  query = '',
  lastId?: string,
): Promise<() => Promise<Change & { readonly id: string }>> {
  const headers = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
  const [sent, response] = await send(server, 'GET', `/local/stream?${query}`, { ...headers });
  t.teardown(() => sent.destroy());
  response.setEncoding('utf8');
  let text = '';
  return async () => {
    for (;;) {
      const found = /id: (\S+)\ndata: (.*)\n\n/.exec(text);
      if (found !== null) {
        text = text.slice(found.index + found[0].length);
        return { ...(JSON.parse(found[2] ?? '') as Change), id: found[1] ?? '' };
      }
      const [chunk] = (await once(response, 'data')) as [string];
      text += chunk;
    }
  };
}

function order(server: LocalErrsight, path: string, body: unknown): Promise<{ status: number }> {
  return ask(`${server.url}/local${path}`, { method: 'POST', body: JSON.stringify(body) });
}

async function view(server: LocalErrsight, path: string): Promise<EventView> {
  return (await ask(`${server.url}/local${path}`, {})).body as EventView;
}

function load({ url }: LocalErrsight, text: string): Promise<{ body: unknown }> {
  return ask(`${url}/local/session`, { method: 'POST', body: text });
}

/** What a session has to bring back. */
function seen({ events }: LocalErrsight): unknown {
  return events.map(({ message, resolved, is_regression: back }) => ({ message, resolved, back }));
}

await tap.test('the page is three files of our own, and may load nothing else', async (t) => {
  const server = await strictServer(t);
  let bytes = 0;
  await inTurn(
    [
      ['/', 'text/html'],
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
      [`/issues/${'a'.repeat(32)}`, 'text/html'],
      ['/events/7', 'text/html'],
    ] as const,
    async ([path, type]) => {
      const { status, headers, body } = await ask(server.url + path, {
        headers: { Accept: 'text/html,*/*' },
      });
      t.equal(status, 200, path);
      t.equal(headers.get('content-type'), `${type}; charset=utf-8`);
      const policy = headers.get('content-security-policy') ?? '';
      t.match(
        policy,
        /default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/,
      );
      t.notMatch(policy, /unsafe|https?:/);
      t.equal(headers.get('x-content-type-options'), 'nosniff');
      if (/^\/(?:page|$)/.test(path)) bytes += String(body).length;
      if (type === 'text/html') t.notMatch(body, /https?:\/\/|<script>|style=/);
    },
  );
  t.ok(bytes > 10_000 && bytes <= 80_000, `${bytes} bytes`);
  t.equal((await ask(`${server.url}/events/x`, {})).status, 404);
  await inTurn(['/', '/page.js', '/events/7'], async (path) => {
    const { status, headers, body } = await ask(server.url + path, { method: 'HEAD' });
    t.match({ status, body }, { status: 200, body: '' }, `HEAD ${path}`);
    t.ok(Number(headers.get('content-length')) > 100, 'with the length that GET has');
  });
});

await tap.test('a name that was made to lead here is refused everywhere', async (t) => {
  const server = await strictServer(t, { hostNames: ['errsight'] });
  const key = { 'X-API-Key': DEV_READ_KEY };
  const paths = ['/', '/page.js', '/local/stream', '/local/events/1', '/api/v1/events', '/nowhere'];
  for (const host of [
    'evil.example',
    'evil.example:3003',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil',
    '127.0.0.1@evil.example',
    '[::1].evil.example',
  ]) {
    for (const path of paths) {
      t.equal(await statusOf(server, 'GET', path, { Host: host, ...key }), 403, `${host} ${path}`);
    }
    t.equal(await statusOf(server, 'POST', '/api/v1/events', { Host: host }, '{}'), 403, host);
    t.equal(await statusOf(server, 'POST', '/local/clear', { Host: host }, '{}'), 403, host);
  }
  for (const host of [
    '127.0.0.1',
    `localhost:${server.port}`,
    '[::1]:3003',
    'app.localhost',
    'LOCALHOST',
    '192.168.0.7:80',
    'errsight:3003',
  ]) {
    t.equal(await statusOf(server, 'GET', '/page.js', { Host: host }), 200, host);
  }
});

await tap.test('in a network of containers a service has a name', (t) => {
  for (const [host, localAddress, isOurs] of [
    ['errsight:3003', '172.18.0.2', true],
    ['errsight:3003', '::ffff:172.18.0.2', true],
    ['errsight', '127.0.0.1', false],
    ['errsight', '::ffff:127.0.0.1', false],
    ['errsight', '::1', false],
    ['host.docker.internal:3003', '127.0.0.1', true],
    ['host.containers.internal', '10.0.2.2', true],
    ['evil.docker.internal', '127.0.0.1', false],
    ['evil.example', '172.18.0.2', false],
    ['evil.example.', '172.18.0.2', false],
    ['my-mac.local:3003', '192.168.0.7', true],
    ['errsight.default.svc.cluster.local', '10.1.0.4', true],
    ['errsight.internal', '10.1.0.4', true],
    ['my-mac.local', '127.0.0.1', false],
    ['evil.local.example', '10.1.0.4', false],
    ['evilinternal.example', '10.1.0.4', false],
    [`${hostname()}:3003`, '127.0.1.1', true],
  ] as const) {
    const found = isOurHost({ headers: { host }, socket: { localAddress } }, []);
    t.equal(found, isOurs, `${host} at ${localAddress}`);
  }
  t.end();
});

await tap.test('another page can neither read nor change anything', async (t) => {
  const server = await strictServer(t);
  await post(server, { message: 'a' });
  const own = { Host: `127.0.0.1:${server.port}`, Origin: server.url };
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: `http://127.0.0.1:${server.port + 1}` },
    { Origin: `https://127.0.0.1:${server.port}` },
    { Origin: `http://localhost:${server.port}` },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]) {
    const name = JSON.stringify(headers);
    for (const path of ['/local/stream', '/local/events/1', '/local/session']) {
      t.equal(await statusOf(server, 'GET', path, { ...headers }), 403, `${name} ${path}`);
    }
    for (const path of ['/local/clear', '/local/bad-day', '/local/session', '/local/issues/a']) {
      t.equal(await statusOf(server, 'POST', path, { ...headers }, '{}'), 403, `${name} ${path}`);
    }
  }
  t.equal(server.total, 1);
  t.equal(await statusOf(server, 'GET', '/local/events/1', own), 200);
  t.equal(await statusOf(server, 'POST', '/local/clear', own, '{}'), 200);
  t.equal(server.total, 0);
});

await tap.test('the stream tells what changed, gathered, and goes on where it was', async (t) => {
  const server = await strictServer(t);
  await post(server, [{ message: 'one' }, { message: 'two', level: 'error' }]);
  const next = await stream(t, server);
  const whole = await next();
  t.match(whole, {
    isWhole: true,
    issues: [{ title: 'one', count: 1 }, { title: 'two' }],
    gone: [],
  });
  t.match(whole.facets, { env: ['production'], release: [], tag: [] });
  await post(server, [{ message: 'one' }, { message: 'one' }]);
  const change = await next();
  t.match(change, { isWhole: false, facets: null });
  t.match(change.issues, [{ title: 'one', count: 3 }], 'one message for both');
  t.equal(change.requests.length, 2);

  const again = await stream(t, server, '', whole.id);
  t.match(
    await again(),
    { isWhole: false, issues: [{ title: 'one', count: 3 }] },
    'what was missed',
  );
  const current = await stream(t, server, '', change.id);
  t.match(await current(), { isWhole: false, issues: [] });
  await inTurn(['other-1', `${change.id}0`, '-5', 'x', ''], async (id) => {
    const fresh = await stream(t, server, '', id);
    t.match(await fresh(), { isWhole: true }, `an id of nobody: ${id}`);
  });
  await order(server, '/clear', {});
  const cleared = await stream(t, server, '', change.id);
  t.match(await cleared(), { isWhole: true, issues: [] }, 'what went away is told');
});

await tap.test(
  'a filter holds of one event, and an issue leaves when it holds no longer',
  async (t) => {
    const server = await strictServer(t);
    await post(server, [
      { message: 'a', fingerprint: 'x', level: 'error', environment: 'staging' },
      { message: 'b', fingerprint: 'x', level: 'info', environment: 'production' },
    ]);
    const both = await stream(t, server, 'level=error&env=production');
    t.strictSame((await both()).issues, [], 'not of two events together');
    const one = await stream(t, server, 'level=error&env=staging');
    const { issues } = await one();
    t.equal(issues.length, 1);
    const fingerprint = issues[0]?.fingerprint ?? '';
    await order(server, `/issues/${fingerprint}`, { resolved: true });
    t.match(await one(), { issues: [], gone: [fingerprint] });
  },
);

await tap.test('an event is shown with why it grouped so, and what would be changed', async (t) => {
  const server = await strictServer(t, { strict: false });
  const frame = { filename: 'src/a.ts', function: 'f', in_app: true };
  const sent = '{ "message": "Error: no 5",\n  "extra": 1.50, "metadata": {"request_id":"r"} }';
  await post(server, sent);
  await post(server, [
    {
      message: 'b',
      metadata: { exception_class: 'E', exception_frames: [frame], request_id: 'r' },
    },
    { message: 'c', fingerprint: ['E', 'src/a.ts', 'x()'], metadata: { errsight_group: 'line' } },
  ]);
  const first = await view(server, '/events/1');
  t.equal(first.sent, sent, 'to the letter');
  t.match(first.grouping.parts, [
    { name: 'message', value: 'Error: no N' },
    { name: 'first line' },
  ]);
  t.match(first.notes, [{ rule: 'dropped', path: 'extra' }]);
  t.match(first.sameRequest, [{ id: 2, title: 'b' }]);
  t.equal('received' in first.event, false, 'once is enough');
  const second = await view(server, '/events/2');
  t.match(second.grouping.parts, [
    { name: 'class', value: 'E' },
    { name: 'file', value: 'src/a.ts' },
    { name: 'function', value: 'f' },
  ]);
  t.match((await view(server, '/events/3')).grouping.parts, [
    { name: 'class', value: 'E' },
    { name: 'file', value: 'src/a.ts' },
    { name: 'line', value: 'x()' },
  ]);
  t.match(await view(server, `/issues/${second.event.fingerprint}`), { event: { id: 2 } });
  t.equal((await ask(`${server.url}/local/events/9`, {})).status, 404);
});

await tap.test('bad days are those of the API only, and end by themselves', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [
      ['key', 401],
      ['pause', 429],
      ['errors', 500],
    ] as const,
    async ([kind, status]) => {
      t.equal((await order(server, '/bad-day', { kind, seconds: 60 })).status, 200);
      t.equal((await post(server, { message: 'a' })).status, status, kind);
      t.equal((await ask(`${server.url}/page.js`, {})).status, 200);
    },
  );
  await order(server, '/bad-day', { kind: 'limit', seconds: 60 });
  t.equal(
    (
      await post(
        server,
        Array.from({ length: 6 }, () => ({ message: 'a' })),
      )
    ).status,
    429,
  );
  await order(server, '/bad-day', { kind: 'silence', seconds: 0.05 });
  await t.rejects(post(server, { message: 'a' }), 'cut off when the day ends');
  t.equal((await post(server, { message: 'a' })).status, 202);
  for (const body of [
    { kind: 'rain', seconds: 5 },
    { kind: 'key' },
    { kind: 'key', seconds: -1 },
    { kind: 'key', seconds: 1e9 },
    [],
    'x',
  ]) {
    t.equal((await order(server, '/bad-day', body)).status, 400, JSON.stringify(body));
  }
});

await tap.test('a session goes out and comes in again as it was', async (t) => {
  const server = await strictServer(t, { strict: false });
  const week = 8 * 24 * 60 * 60 * 1000;
  const old = await strictServer(t, { now: () => Date.now() - week });
  await post(old, [{ message: 'a' }, { message: 'a' }, { message: 'b', metadata: { n: 1.5 } }]);
  await post(old, '{"message":\n"c"}');
  const { fingerprint = '' } = old.issues[0] ?? {};
  old.resolve(fingerprint);
  const { body } = await ask(`${old.url}/local/session`, {});
  t.match(await load(server, String(body)), { body: { loaded: 4, skipped: 0 } });
  t.strictSame(seen(server), seen(old));
  t.strictSame(
    server.events.map(({ metadata }) => metadata),
    old.events.map(({ metadata }) => metadata),
  );
  t.match(
    await load(
      server,
      'nonsense\n{"sent":5}\n\n{"arrived":1,"sent":{"message":" "}}\n{"sent":{"message":"d"}}',
    ),
    {
      body: { loaded: 1, skipped: 3 },
    },
  );
});

await tap.test('what is here already is not loaded again', async (t) => {
  const server = await strictServer(t, { strict: false });
  const time = '2026-11-20T10:00:00.000Z';
  await post(server, [
    { message: 'a', occurred_at: time },
    { message: 'a', occurred_at: time },
  ]);
  await post(server, { message: 'b', metadata: { n: 1.5 } });
  const { fingerprint = '' } = server.issues[0] ?? {};
  await order(server, `/issues/${fingerprint}`, { muted: true });
  const { body } = await ask(`${server.url}/local/session`, {});
  const asJson = server.events.map((event) => `${JSON.stringify(event)}\n`).join('');
  for (const [what, text] of [
    ['a session', String(body)],
    ['lines of --json', asJson],
  ] as const) {
    t.match(await load(server, text), { body: { loaded: 0, known: 3, skipped: 0 } }, what);
    const other = await strictServer(t, { strict: false });
    t.match(await load(other, text), { body: { loaded: 3, known: 0, skipped: 0 } }, what);
    t.match(await load(other, text), { body: { loaded: 0, known: 3, skipped: 0 } }, what);
    t.strictSame(
      other.events.map(({ message, occurred_at: at, metadata }) => ({ message, at, metadata })),
      server.events.map(({ message, occurred_at: at, metadata }) => ({ message, at, metadata })),
      what,
    );
    if (text === body) {
      const muted = await stream(t, other, 'state=muted');
      t.match((await muted()).issues, [{ fingerprint, isMuted: true }], 'muted as it was');
    }
  }
  const plain = '{"message":"plain"}\n[{"message":"one"},{"message":"two"}]\n{"other":1}\n[]\n';
  t.match(await load(server, plain), { body: { loaded: 3, known: 0, skipped: 2 } });
});

await tap.test('what nobody caught is marked by what the client says of it', async (t) => {
  const server = await strictServer(t);
  for (const [event, isUnhandled] of [
    [{ level: 'fatal', tags: { handled: 'yes', mechanism: 'pino' } }, false],
    [{ level: 'error', tags: { handled: 'no', mechanism: 'express', status: '500' } }, true],
    [{ level: 'fatal' }, false],
    [{ level: 'fatal', metadata: { mechanism: 'uncaughtException' } }, true],
    [{ level: 'error', tags: { mechanism: 'unhandledRejection' } }, true],
    [
      { level: 'fatal', tags: { handled: 'yes' }, metadata: { mechanism: 'uncaughtException' } },
      false,
    ],
    [{ level: 'error', metadata: { handled: false } }, true],
    [{ level: 'error', metadata: { mechanism: 'express' } }, false],
  ] as const) {
    await post(server, { message: 'm', ...event });
    const { issue } = await view(server, `/events/${server.total}`);
    t.equal(issue.isUnhandled, isUnhandled, JSON.stringify(event));
  }
});

await tap.test('the search takes words in any order, and fields with their values', async (t) => {
  const server = await strictServer(t);
  await post(server, [
    {
      message: 'TypeError: alpha and two',
      level: 'error',
      environment: 'staging',
      release: '1.4.2',
      tags: { tenant: 'Acme Shop' },
      user: { id: 'u-1' },
      metadata: { full_path: '/cart/17' },
    },
    { message: 'beta', level: 'info', tags: { tenant: 'b' } },
  ]);
  for (const [query, count] of [
    ['two alpha', 1],
    ['"alpha and"', 1],
    ['"two alpha"', 0],
    ['alpha beta', 0],
    ['level:error', 1],
    ['LEVEL:Info', 1],
    ['level:error beta', 0],
    ['env:stag alpha', 1],
    ['environment:production', 1],
    ['release:1.4', 1],
    ['tenant:"acme shop"', 1],
    ['tenant:x', 0],
    ['tenant=b', 1],
    ['user:u-1', 1],
    ['typeerror:', 1],
    ['/cart/17', 1],
    [server.events[1]?.fingerprint.slice(0, 8) ?? '', 1],
    [server.events[1]?.fingerprint.slice(8, 16) ?? '', 0],
    ['"', 2],
    ['  ', 2],
  ] as const) {
    const next = await stream(t, server, `q=${encodeURIComponent(query)}`);
    t.equal((await next()).issues.length, count, query);
  }
});

await tap.test('memory is bounded in bytes: the oldest events go first', async (t) => {
  const server = await strictServer(t, { maxBytes: 100_000 });
  for (let index = 0; index < 30; index++) {
    await post(server, { message: `m${index}`, backtrace: 'x'.repeat(5000) });
  }
  t.equal(server.total, 30);
  t.ok(server.events.length >= 5 && server.events.length <= 10, `${server.events.length} are kept`);
  t.equal(server.events.at(-1)?.message, 'm29');
  await post(server, {
    message: 'small values take memory too',
    metadata: { a: Array.from({ length: 5000 }, () => ({})) },
  });
  t.equal(server.events.length, 1, 'the newest stays, whatever it takes');
  t.equal((await view(server, '/events/31')).event.id, 31);
  t.equal((await ask(`${server.url}/local/events/30`, {})).status, 404);
});
