import { Agent, get } from 'node:http';
import tap from 'tap';
import {
  DEV_READ_KEY,
  DEV_WRITE_KEY,
  startServer,
  type Intercept,
  type RequestLog,
} from '../../src/dev/server.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask, firstLineOfAnswer, inTurn, post, read } from './requests.ts';

await tap.test('the development keys are known to everyone', (t) => {
  t.equal(DEV_WRITE_KEY, 'elp_000000000000000000000000000000000000000000000000');
  t.equal(DEV_READ_KEY, 'elr_000000000000000000000000000000000000000000000000');
  t.end();
});

await tap.test('a server of its own port, on this machine only', async (t) => {
  const [one, other] = [await strictServer(t), await strictServer(t)];
  t.equal(one.url, `http://127.0.0.1:${one.port}`);
  t.not(one.port, other.port);
  await t.rejects(startServer({ port: one.port }), { code: 'EADDRINUSE', port: one.port });
});

await tap.test('a trailing slash and .json lead to the same place, all else nowhere', async (t) => {
  const server = await strictServer(t);
  await inTurn(
    [
      ['POST', '/api/v1/events', 202],
      ['POST', '/api/v1/events/', 202],
      ['POST', '/api/v1/events.json', 202],
      ['POST', '/api/v1/events?a=b', 202],
      ['POST', '/api/v1/event', 404],
      ['POST', '/api/v1/events/1', 404],
      ['POST', '/api/v1/eventsXjson', 404],
      ['POST', '/api/v2/events', 404],
      ['POST', '/', 404],
      ['PUT', '/api/v1/events', 404],
    ] as const,
    async ([method, path, status]) => {
      const reply = await post(server, { message: 'a' }, { method, path });
      t.equal(reply.status, status, `${method} ${path}`);
    },
  );
  t.equal(server.total, 4);
});

await tap.test('what has no route is answered by Rails, with no key asked for', async (t) => {
  const server = await strictServer(t);
  const page = await ask(`${server.url}/nowhere`, { headers: { Accept: 'text/html' } });
  t.equal(page.status, 404);
  t.equal(page.body, '<!DOCTYPE html>\n<title>Not Found (404)</title>\n');
  const json = await ask(`${server.url}/nowhere`, { headers: { Accept: 'application/json' } });
  t.strictSame(json.body, { status: 404, error: 'Not Found' });
});

await tap.test('the root tells a person where they are', async (t) => {
  const server = await strictServer(t);
  const { status, headers, body } = await ask(server.url, {});
  t.equal(status, 200);
  t.equal(headers.get('content-type'), 'text/html; charset=utf-8');
  t.match(body, /<title>errsight dev<\/title>[^]+POST \/api\/v1\/events/);
});

await tap.test('browsers of any origin may post, and only that', async (t) => {
  const server = await strictServer(t);
  const url = `${server.url}/api/v1/events`;
  const origin = { Origin: 'https://app.example.com' };
  const preflight = await ask(url, {
    method: 'OPTIONS',
    headers: {
      ...origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'x-api-key, content-type',
    },
  });
  t.equal(preflight.status, 200);
  t.match(Object.fromEntries(preflight.headers), {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'x-api-key, content-type',
    'access-control-max-age': '86400',
  });
  const answer = await post(server, { message: 'a' }, { headers: origin });
  t.equal(answer.status, 202);
  t.equal(answer.headers.get('access-control-allow-origin'), '*');
  const refusal = await post(server, {}, { headers: { ...origin, 'X-API-Key': 'wrong' } });
  t.equal(refusal.headers.get('access-control-allow-origin'), '*', 'so that it can be read');
  const reading = await ask(url, { headers: { ...origin, 'X-API-Key': DEV_READ_KEY } });
  t.equal(reading.status, 200);
  t.equal(reading.headers.get('access-control-allow-origin'), null);
  const wish = { ...origin, 'Access-Control-Request-Method': 'GET' };
  const refused = await ask(url, { method: 'OPTIONS', headers: wish });
  t.equal(refused.headers.get('access-control-allow-origin'), null);
  t.equal((await ask(url, { method: 'OPTIONS' })).status, 404, 'no preflight at all');
  const plain = await post(server, { message: 'a' });
  t.equal(plain.headers.get('access-control-allow-origin'), null, 'no browser');
});

await tap.test('each request is logged with what became of it', async (t) => {
  const seen: RequestLog[] = [];
  const server = await strictServer(t, { onRequest: (request) => seen.push(request) });
  await post(server, [{ message: 'a' }, { message: 'b' }], { headers: { 'X-Mine': 'yes' } });
  await post(server, '{');
  await post(server, 'null', { path: '/api/v1/events/?a=b' });
  await post(server, {}, { headers: { 'X-API-Key': 'wrong' } });
  await read(server, '/nowhere');
  const shared = { method: 'POST', path: '/api/v1/events', queued: undefined, error: undefined };
  t.match(server.requests, [
    { ...shared, status: 202, events: 2, bytes: 33, queued: 2, headers: { 'x-mine': 'yes' } },
    { ...shared, status: 400, events: undefined, bytes: 1, error: 'Invalid JSON payload' },
    { ...shared, status: 204, events: 0, bytes: 4, path: '/api/v1/events/?a=b' },
    { ...shared, status: 401, events: 1, bytes: 2, error: 'Invalid or missing API key' },
    { status: 404, method: 'GET', path: '/nowhere', bytes: 0, error: 'Not Found' },
  ]);
  t.same(seen, server.requests);
});

await tap.test('kept-alive connections can be told from new ones', async (t) => {
  const server = await strictServer(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const hit = (options: { agent?: Agent }): Promise<void> =>
    new Promise((resolve, reject) => {
      get(`${server.url}/nowhere`, { agent: false, ...options }, (response) => {
        response.resume().once('close', resolve);
      }).once('error', reject);
    });
  await inTurn([{ agent }, { agent }, {}], hit);
  const [first, second, third] = server.requests.map(({ remotePort }) => remotePort);
  t.ok(first);
  t.equal(first, second);
  t.not(first, third);
});

await tap.test('faults are injected before the server looks at a request', async (t) => {
  const seen: unknown[] = [];
  const once: Intercept = ({ method, url, body, events }, response) => {
    seen.push([method, url, body.toString(), events]);
    server.intercept = undefined;
    response.writeHead(503, { 'Retry-After': '7' }).end('busy');
    return true;
  };
  const server = await strictServer(t, { intercept: once });
  const reply = await post(server, [{ message: 'a' }], { headers: { 'X-API-Key': 'wrong' } });
  t.match(reply, { status: 503, body: 'busy' });
  t.equal(reply.headers.get('retry-after'), '7');
  t.same(seen, [['POST', '/api/v1/events', '[{"message":"a"}]', 1]]);
  t.match(await post(server, { message: 'b' }), { status: 202 });
  t.same(
    server.requests.map(({ status, queued }) => [status, queued]),
    [
      [503, undefined],
      [202, 1],
    ],
  );
  t.same(
    server.events.map(({ message }) => message),
    ['b'],
  );
});

await tap.test('a fault can be a dead connection, or none at all', async (t) => {
  const server = await strictServer(t);
  server.intercept = (_request, response) => {
    response.destroy();
    return Promise.resolve(true);
  };
  await t.rejects(post(server, { message: 'a' }), { message: 'fetch failed' });
  server.intercept = () => false;
  t.match(await post(server, { message: 'b' }), { status: 202 });
  t.same(
    server.requests.map(({ status }) => status),
    [0, 202],
  );
});

await tap.test('a fault that throws is answered aloud', async (t) => {
  const server = await strictServer(t);
  server.intercept = () => {
    throw new Error('oops');
  };
  t.match(await post(server, { message: 'a' }), {
    status: 500,
    body: { error: 'local ErrSight: Error: oops' },
  });
});

await tap.test('events can be waited for', async (t) => {
  const server = await strictServer(t);
  t.same(await server.waitForEvents(0), []);
  const two = server.waitForEvents(2);
  await post(server, { message: 'a' });
  await post(server, [{ message: 'b' }, { message: 'c' }]);
  t.match(await two, [{ message: 'a' }, { message: 'b' }]);
  t.match(await server.waitForEvents(3), [{ message: 'a' }, { message: 'b' }, { message: 'c' }]);
});

await tap.test('who waits in vain is told what did arrive', async (t) => {
  const server = await strictServer(t);
  await post(server, { message: 'a', level: 'error' });
  await post(server, '{');
  await t.rejects(server.waitForEvents(2, 1), {
    message:
      'no 2 events within 1 ms: 1 arrived ["[error] a"] in ' +
      '["POST /api/v1/events 202","POST /api/v1/events 400"]',
  });
  const waiting = server.waitForEvents(2);
  await Promise.all([
    t.rejects(waiting, { message: 'closed while waiting for 2 events' }),
    server.close(),
  ]);
});

await tap.test('events are told of as they are stored, losses too', async (t) => {
  const told: string[] = [];
  const server = await strictServer(t, {
    strict: false,
    onQueued: (count) => told.push(`${count} queued`),
    onEvent: (event, issue) => told.push(`${event.message} ${issue.occurrences}`),
    onLoss: (loss) => told.push(`${loss.rule} ${loss.path}`),
  });
  await post(server, [{ message: 'a' }, { message: 'a', x: 1 }, {}]);
  t.same(told, ['3 queued', 'a 1', 'a 2', 'dropped [1].x', 'dropped_event [2].message']);
});

await tap.test('times are those of the clock that was given', async (t) => {
  const server = await strictServer(t, { now: () => Date.UTC(2025, 10, 21, 10) });
  await post(server, { message: 'a' });
  t.equal(server.events[0]?.occurred_at, '2025-11-21T10:00:00.000Z');
});

await tap.test('only the newest events are kept', async (t) => {
  const server = await strictServer(t, { maxEvents: 1 });
  await post(server, [{ message: 'a' }, { message: 'b' }]);
  t.match(server.events, [{ message: 'b' }]);
  t.same([server.total, server.forgotten], [2, 1]);
  t.match(await server.waitForEvents(2), [{ message: 'b' }], 'those forgotten did arrive');
});

await tap.test('resolved issues come back as regressions', async (t) => {
  const server = await strictServer(t);
  await post(server, { message: 'a' });
  server.resolve(server.issues[0]?.fingerprint ?? '');
  await post(server, { message: 'a' });
  t.same(
    server.events.map(({ is_regression: regression }) => regression),
    [false, true],
  );
});

await tap.test('a reset forgets what was, and keeps how the server is set', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 1, now: () => 0 });
  await post(server, { message: 'a', x: 1 });
  t.equal(server.silent.length, 1);
  server.reset();
  t.same(
    [server.events, server.issues, server.requests, server.silent, server.total],
    [[], [], [], [], 0],
  );
  t.equal(server.rateLimitPerMinute, 1);
  t.match(await post(server, { message: 'b' }), { status: 202 }, 'the allowance is back');
  t.match(await post(server, { message: 'c' }), { status: 429 });
});

await tap.test('closing drops connections that are open, and settles every caller', async (t) => {
  const server = await startServer();
  const hanging = new Promise<void>((resolve) => {
    server.intercept = () => {
      resolve();
      return new Promise<boolean>(() => undefined);
    };
  });
  const failed = t.rejects(post(server, { message: 'a' }), { message: 'fetch failed' });
  await hanging;
  // A second connection, which is answered, and which undici keeps for the next request.
  server.intercept = undefined;
  t.match(await post(server, { message: 'b' }), { status: 202 });
  await Promise.all([server.close(), server.close(), failed]);
  await t.rejects(firstLineOfAnswer(server, 'GET'), { code: 'ECONNREFUSED' });
});

await tap.test('a client that goes away in the middle of a request does no harm', async (t) => {
  const server = await strictServer(t);
  // It goes once the server has seen its headers and said so.
  const head = `POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${server.key}\r\n`;
  const line = await firstLineOfAnswer(
    server,
    `${head}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n`,
  );
  t.equal(line, 'HTTP/1.1 100 Continue');
  t.match(await post(server, { message: 'a' }), { status: 202 });
  t.same(
    server.requests.map(({ status, events }) => [status, events]),
    [
      [0, undefined],
      [202, 1],
    ],
  );
});
