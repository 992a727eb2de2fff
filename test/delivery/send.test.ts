import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { test } from 'tap';
import { bareHost } from '../../src/lib/proxy.ts';
import {
  ACCEPTED,
  accept,
  BODY,
  cutOff,
  KEY,
  listen,
  never,
  retry,
  run,
  sender,
  serve,
  timeOver,
} from './local.ts';

/** Whether this machine lets anybody listen on ::1; some containers have no IPv6. */
async function hasIPv6(): Promise<boolean> {
  const server = createTcpServer().listen(0, '::1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

void test('the request is what ErrSight expects', async (t) => {
  let seen: { request: IncomingMessage; body: string } | undefined;
  const { host } = await serve(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen = { request, body: Buffer.concat(chunks).toString() };
      response.writeHead(202, { 'content-type': 'application/json' }).end(ACCEPTED);
    });
  });
  const outcome = await sender(t, host, { userAgent: 'errsight/1' }).send(BODY, 2, never);
  t.strictSame(outcome, { kind: 'accepted' });
  t.equal(seen?.request.method, 'POST');
  t.equal(seen?.request.url, '/api/v1/events');
  t.equal(seen?.body, BODY.toString());
  t.match(seen?.request.headers, {
    'x-api-key': KEY,
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': String(BODY.length),
    'user-agent': 'errsight/1',
  });
  t.notOk(seen?.request.headers['transfer-encoding']);
});

for (const [path, url] of [
  ['', '/api/v1/events'],
  ['/', '/api/v1/events'],
  ['/errsight', '/errsight/api/v1/events'],
  ['/a/b/', '/a/b/api/v1/events'],
] as const) {
  void test(`the host may end with the path "${path}"`, async (t) => {
    let seen: string | undefined;
    const { host } = await serve(t, (request, response) => {
      seen = request.url;
      accept(request, response);
    });
    t.strictSame(await sender(t, `${host}${path}`).send(BODY, 2, never), { kind: 'accepted' });
    t.equal(seen, url);
  });
}

void test('the host may be an IPv6 address', async (t) => {
  t.equal(bareHost(new URL('http://[::1]:3003')), '::1', 'sockets want no brackets');
  if (!(await hasIPv6())) return;
  const { host } = await listen(t, createServer(accept), '::1');
  t.match(host, /^http:\/\/\[::1\]:/);
  t.strictSame(await sender(t, host).send(BODY, 2, never), { kind: 'accepted' });
});

void test('one connection serves many requests', async (t) => {
  const { host, connections } = await serve(t, accept);
  const { send } = sender(t, host);
  const { signal } = new AbortController();
  const inTurn = async (times: number): Promise<void> => {
    if (times === 0) return;
    t.strictSame(await send(BODY, 2, signal), { kind: 'accepted' });
    await inTurn(times - 1);
  };
  await inTurn(20);
  t.equal(getEventListeners(signal, 'abort').length, 0);
  t.equal(connections(), 1);
  await Promise.all([send(BODY, 2, never), send(BODY, 2, never), send(BODY, 2, never)]);
  t.equal(connections(), 1, 'not even several at once open another');
});

void test('an idle connection that the server closed is not a failure', async (t) => {
  // Answers one request on each connection, then destroys it as soon as another one comes.
  const answered = new WeakSet();
  let stale = 0;
  const { host, connections } = await serve(t, (request, response) => {
    if (answered.has(request.socket)) {
      stale++;
      request.socket.resetAndDestroy();
      return;
    }
    answered.add(request.socket);
    accept(request, response);
  });
  const { send } = sender(t, host);
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.equal(stale, 1, 'the second request went out on the first connection');
  t.equal(connections(), 2);
});

void test('a new connection that is reset is a failure, and tried once', async (t) => {
  let requests = 0;
  const { host } = await serve(t, (request) => {
    requests++;
    request.socket.resetAndDestroy();
  });
  t.strictSame(await sender(t, host).send(BODY, 2, never), cutOff('ECONNRESET'));
  t.equal(requests, 1);
});

void test('a server that resets idle connections for good is asked twice, not for ever', async (t) => {
  let requests = 0;
  const { host } = await serve(t, (request, response) => {
    requests++;
    if (requests === 1) accept(request, response);
    else request.socket.resetAndDestroy();
  });
  const { send } = sender(t, host);
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.strictSame(await send(BODY, 2, never), cutOff('ECONNRESET'));
  t.equal(requests, 3);
});

void test('a server that never answers is given up after the timeout', async (t) => {
  const { host } = await serve(t, () => undefined);
  const outcome = await sender(t, host, { timeout: 60 }).send(BODY, 2, never);
  t.strictSame(outcome, { ...retry('no complete answer within 60 ms'), timedOut: true });
});

void test('an answer that is there when the time is over is read first', async (t) => {
  const { host } = await serve(t, accept);
  // The head of the answer and its body have come together, and the body is not read yet.
  const onHead = timeOver(t);
  subscribe('http.client.response.finish', onHead);
  t.teardown(() => unsubscribe('http.client.response.finish', onHead));
  t.strictSame(await sender(t, host).send(BODY, 2, never), { kind: 'accepted' });
});

void test('an answer that stops half-way is given up after the timeout', async (t) => {
  const { host } = await serve(t, (request, response) => {
    request.resume();
    response.writeHead(202, { 'content-length': ACCEPTED.length }).write(ACCEPTED.slice(0, 10));
  });
  const outcome = await sender(t, host, { timeout: 60 }).send(BODY, 2, never);
  t.strictSame(outcome, { ...retry('no complete answer within 60 ms'), timedOut: true });
});

void test('after a request that was given up the next one has a connection', async (t) => {
  let requests = 0;
  const giveUp = timeOver(t);
  const { host } = await serve(t, (request, response) => {
    if (++requests > 1) accept(request, response);
    else giveUp();
  });
  const { send } = sender(t, host);
  t.equal((await send(BODY, 2, never)).kind, 'retry');
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
});

void test('an answer cut short is no answer', async (t) => {
  const { host } = await serve(t, (request, response) => {
    request.resume();
    response.writeHead(202, { 'content-length': ACCEPTED.length });
    response.write(ACCEPTED.slice(0, 10), () => response.destroy());
  });
  t.strictSame(await sender(t, host).send(BODY, 2, never), cutOff('the answer was cut short'));
});

void test('an endless answer is cut off after 64 KiB', async (t) => {
  let sent = 0;
  const { host } = await serve(t, (request, response) => {
    request.resume();
    response.writeHead(202);
    const more = (): void => {
      sent += 16_384;
      // Only as fast as it is read.
      response.write('x'.repeat(16_384), (error) => {
        if (error == null && !response.destroyed) setImmediate(more);
      });
    };
    more();
    response.on('error', () => undefined);
  });
  const outcome = await sender(t, host).send(BODY, 2, never);
  t.strictSame(outcome, {
    ...retry('HTTP 202 that does not confirm the events'),
    status: 202,
  });
  t.ok(sent < 32 * 1024 * 1024, 'no more than what buffers hold');
});

void test('a status says enough even with an endless page', async (t) => {
  const { host } = await serve(t, (request, response) => {
    request.resume();
    response.writeHead(404).write('x'.repeat(100_000));
  });
  t.strictSame(await sender(t, host).send(BODY, 2, never), { kind: 'refused', status: 404 });
});

void test('an answer that comes before the request was read leaves no connection blocked', async (t) => {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections++;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      // Never reads the rest of the first request, nor closes its connection.
      if (connections === 1) {
        socket.pause().write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\n{}');
      } else {
        socket.write(`HTTP/1.1 202 OK\r\ncontent-length: ${ACCEPTED.length}\r\n\r\n${ACCEPTED}`);
      }
    });
  });
  const { host } = await listen(t, server);
  const { send } = sender(t, host);
  t.strictSame(await send(Buffer.alloc(20_000_000, ' '), 2, never), { kind: 'too_large' });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
});

const FOREIGN: readonly [string, string, RegExp][] = [
  ['a page', 'HTTP/1.1 200 OK\r\n\r\n<html>Welcome</html>', /^HTTP 200$/],
  ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: /login\r\n\r\n', /^HTTP 302, a redirect/],
  ['a 202 with another count', 'HTTP/1.1 202 OK\r\n\r\n{"queued":1}', /^HTTP 202 that does not/],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', /^HPE_INVALID_CONSTANT$/],
  [
    'an endless header',
    `HTTP/1.1 202 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    /^HPE_HEADER_OVERFLOW$/,
  ],
  ['nothing', '', /^ECONNRESET$/],
  [
    'an upgrade',
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    /^the connection was closed$/,
  ],
];

for (const [name, answer, reason] of FOREIGN) {
  void test(`${name} is not ErrSight's answer, and the request is tried again`, async (t) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    const { host } = await listen(t, server);
    t.match(await sender(t, host).send(BODY, 2, never), { kind: 'retry', reason });
  });
}

void test('a port where nobody listens is tried again', async (t) => {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const outcome = await sender(t, `http://127.0.0.1:${port}`).send(BODY, 2, never);
  t.strictSame(outcome, retry('ECONNREFUSED'));
});

void test('the signal ends a request, and the connection with it', async (t) => {
  const closed = new EventEmitter();
  const abort = new AbortController();
  const { host } = await serve(t, (request) => {
    request.socket.on('close', () => closed.emit('closed'));
    abort.abort();
  });
  const gone = once(closed, 'closed');
  t.strictSame(await sender(t, host).send(BODY, 2, abort.signal), { kind: 'aborted' });
  await gone;
});

void test('nothing is sent when the signal has aborted or the sender is closed', async (t) => {
  const { host, connections } = await serve(t, accept);
  const made = sender(t, host);
  t.strictSame(await made.send(BODY, 2, AbortSignal.abort()), { kind: 'aborted' });
  made.close();
  t.strictSame(await made.send(BODY, 2, never), { kind: 'aborted' });
  t.equal(connections(), 0);
});

void test('closing lets go of the idle connection', async (t) => {
  const closed = new EventEmitter();
  // The server itself would never close it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.socket.on('close', () => closed.emit('closed'));
    accept(request, response);
  });
  const { host } = await listen(t, server);
  const made = sender(t, host);
  await made.send(BODY, 2, never);
  const gone = once(closed, 'closed');
  made.close();
  await gone;
});

void test('the key is in no reason, even if the server echoes it', async (t) => {
  const { host } = await serve(t, (request, response) => {
    const error = `cannot read ${String(request.headers['x-api-key'])} ${'x'.repeat(1_000)}`;
    request
      .resume()
      .on('end', () =>
        response.writeHead(400).end(JSON.stringify({ error, code: 'INVALID_JSON' })),
      );
  });
  const outcome = await sender(t, host).send(BODY, 2, never);
  t.equal(outcome.kind, 'invalid');
  const reason = outcome.kind === 'invalid' ? outcome.reason : '';
  t.match(reason, /^cannot read \[api key\] x+$/);
  t.equal(reason.length, 200);
});

void test('a key that is no header value is an outcome, not an exception', async (t) => {
  const { host, connections } = await serve(t, accept);
  const outcome = await sender(t, host, { apiKey: 'elp_\n' }).send(BODY, 2, never);
  t.strictSame(outcome, retry('ERR_INVALID_CHAR'));
  t.equal(connections(), 0);
});

void test('neither a request in flight nor an idle connection keeps the process alive', async (t) => {
  let requests = 0;
  const { host } = await serve(t, (request, response) => {
    // The first is answered, the second never.
    if (++requests === 1) accept(request, response);
  });
  const stdout = await run(
    host,
    `const alive = setInterval(() => {}, 60_000);
     console.log((await send()).kind);
     clearInterval(alive);
     void send().then(() => console.log('never'));`,
  );
  t.equal(stdout, 'accepted\n');
  t.equal(requests, 2);
});

void test('only the module that is needed is loaded', async (t) => {
  const { host } = await serve(t, accept);
  const stdout = await run(
    host,
    `const loaded = () => process.moduleLoadList.filter((m) => /^NativeModule (http|https)$/.test(m));
     console.log(loaded().length);
     const alive = setInterval(() => {}, 60_000);
     await send();
     clearInterval(alive);
     console.log(loaded().join());`,
  );
  t.equal(stdout, '0\nNativeModule http\n');
});
