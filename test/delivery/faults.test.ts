import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { test } from 'tap';
import {
  ACCEPTED,
  accept,
  BODY,
  listen,
  never,
  retry,
  run,
  sender,
  serve,
  serveTcp,
} from './local.ts';

const LARGE = Buffer.alloc(20_000_000, ' ');

for (const status of [300, 301, 302, 303, 304, 305, 307, 308]) {
  void test(`a redirect by ${status} is not followed`, async (t) => {
    const other = await serve(t, accept);
    const { host } = await serve(t, (request, response) => {
      request.resume().on('end', () => {
        response.writeHead(status, { location: `${other.host}/api/v1/events` }).end();
      });
    });
    const outcome = await sender(t, host).send(BODY, 2, never);
    t.match(outcome, retry(`HTTP ${status}, a redirect, which is not followed`));
    t.equal(other.connections(), 0);
  });
}

for (const [status, reason] of [
  [200, 'HTTP 200'],
  [202, 'HTTP 202 that does not confirm the events'],
  [502, 'HTTP 502'],
] as const) {
  void test(`a page with ${status} is no answer of ErrSight`, async (t) => {
    const { host, connections } = await serve(t, (request, response) => {
      const page = '<!doctype html><title>Sign in</title>'.repeat(100);
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'text/html' }).end(page);
      });
    });
    const { send } = sender(t, host);
    t.match(await send(BODY, 2, never), retry(reason));
    t.match(await send(BODY, 2, never), retry(reason));
    t.equal(connections(), 1, 'the connection is as good as before');
  });
}

// Raw answers that never end, or end in the wrong place; each `more` is written for ever.
const ENDLESS: readonly (readonly [what: string, begin: string, more: string, reason: RegExp])[] = [
  ['1xx answers', '', 'HTTP/1.1 100 Continue\r\n\r\n', /^no complete answer within 300 ms$/],
  [
    'early hints',
    '',
    'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
    /^no complete answer within 300 ms$/,
  ],
  ['headers', 'HTTP/1.1 202 OK\r\n', 'x: y\r\n', /^HPE_HEADER_OVERFLOW$/],
  ['one header', 'HTTP/1.1 202 OK\r\nx: ', 'yyyyyyyy', /^HPE_HEADER_OVERFLOW$/],
  ['a status line', 'HTTP/1.1 202 ', 'yyyyyyyy', /^(HPE_\w+|no complete answer within 300 ms)$/],
  [
    'chunks',
    'HTTP/1.1 202 OK\r\ntransfer-encoding: chunked\r\n\r\n',
    `400\r\n${'{'.repeat(1_024)}\r\n`,
    /^HTTP 202 that does not confirm the events$/,
  ],
  [
    'trailers',
    'HTTP/1.1 202 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n',
    'x: y\r\n',
    /^(HPE_HEADER_OVERFLOW|the answer was cut short|no complete answer within 300 ms)$/,
  ],
];

for (const [what, begin, more, reason] of ENDLESS) {
  void test(`endless ${what} are an outcome, and end`, async (t) => {
    const many = Buffer.from(more.repeat(1_000));
    let gone: Promise<unknown> | undefined;
    const { host } = await serveTcp(t, (socket) => {
      gone = new Promise((resolve) => socket.once('close', resolve));
      const write = (): void => {
        // Only as fast as it is read.
        if (!socket.destroyed) socket.write(many, () => setImmediate(write));
      };
      socket.once('data', () => socket.write(begin, write));
    });
    // The others end by themselves, however long a busy machine takes for that.
    const options = reason.source.includes('300 ms') ? { timeout: 300 } : {};
    const outcome = await sender(t, host, options).send(BODY, 2, never);
    t.match(outcome, { kind: 'retry', reason });
    await gone;
  });

  void test(`endless ${what}, a few bytes at a time, are over after the timeout`, async (t) => {
    const { host } = await serveTcp(t, (socket) => {
      const drip = (): void => {
        if (!socket.destroyed) socket.write(more.slice(0, 4), () => setTimeout(drip, 20));
      };
      socket.once('data', () => socket.write(begin, drip));
    });
    const outcome = await sender(t, host, { timeout: 100 }).send(BODY, 2, never);
    t.match(outcome, { kind: 'retry' });
  });
}

const RESETS: readonly (readonly [
  when: string,
  body: Buffer,
  reset: (socket: Socket, seen: number) => boolean,
])[] = [
  ['before a byte was read', LARGE, () => true],
  ['in the middle of the body', LARGE, (_socket, seen) => seen > 1_000_000],
  ['after the whole body', BODY, (_socket, seen) => seen > BODY.length + 100],
];

for (const [when, body, reset] of RESETS) {
  void test(`a reset ${when} is tried again later`, async (t) => {
    let requests = 0;
    const { host } = await serveTcp(t, (socket) => {
      requests++;
      let seen = 0;
      socket.on('data', (chunk) => {
        seen += chunk.length;
        if (reset(socket, seen)) socket.resetAndDestroy();
      });
    });
    const outcome = await sender(t, host).send(body, 2, never);
    t.match(outcome, { kind: 'retry', reason: /^(ECONNRESET|EPIPE)$/ });
    t.equal(requests, 1);
  });
}

void test('a connection that is reset as soon as it is there is tried again later', async (t) => {
  const { host } = await serveTcp(t, (socket) => socket.resetAndDestroy());
  const outcome = await sender(t, host).send(BODY, 2, never);
  t.match(outcome, { kind: 'retry', reason: /^(ECONNRESET|EPIPE)$/ });
});

void test('a server that never accepts is given up after the timeout', async (t) => {
  // A thread that listens and then never runs again; the system takes two connections for it.
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  t.teardown(async () => {
    for (const socket of fillers) socket.destroy();
    await worker.terminate();
  });
  for (const socket of fillers) socket.on('error', () => undefined);
  const made = sender(t, `http://127.0.0.1:${port}`, { timeout: 100 });
  t.strictSame(await made.send(BODY, 2, never), {
    ...retry('no complete answer within 100 ms'),
    timedOut: true,
  });
});

for (const [what, body] of [
  ['a small request', BODY],
  ['a request that fills all buffers', LARGE],
] as const) {
  void test(`a server that accepts and reads nothing of ${what} is given up`, async (t) => {
    let gone: Promise<unknown> | undefined;
    const { host } = await serveTcp(t, (socket) => {
      socket.pause();
      gone = once(socket, 'close');
      // What it was sent is read once nobody waits for it any more.
      setTimeout(() => socket.resume(), 200);
    });
    const outcome = await sender(t, host, { timeout: 100 }).send(body, 2, never);
    t.strictSame(outcome, { ...retry('no complete answer within 100 ms'), timedOut: true });
    await gone;
  });
}

void test('a server that takes its time to read a large request gets it', async (t) => {
  let size = 0;
  const { host } = await serve(t, (request, response) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      request.pause();
      setImmediate(() => request.resume());
    });
    request.on('end', () => response.writeHead(202).end(ACCEPTED));
  });
  t.strictSame(await sender(t, host).send(LARGE, 2, never), { kind: 'accepted' });
  t.equal(size, LARGE.length);
});

void test('an answer that comes before the request counts', async (t) => {
  const { host } = await serveTcp(t, (socket) => {
    socket.write(`HTTP/1.1 202 OK\r\ncontent-length: ${ACCEPTED.length}\r\n\r\n${ACCEPTED}`);
    socket.resume();
  });
  const { send } = sender(t, host);
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
});

void test('idle connections that the server closes in time cost nothing', async (t) => {
  const server = createServer({ keepAliveTimeout: 1 }, accept);
  const { host, connections } = await listen(t, server);
  const { send } = sender(t, host);
  for (let round = 1; round <= 3; round += 1) {
    t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
    server.closeIdleConnections();
    await tick();
    t.ok(connections() <= round);
  }
});

void test('a server that restarts on its port is found again', async (t) => {
  // The sender does not keep this process alive, and for a moment nothing else would.
  const alive = setInterval(() => undefined, 60_000);
  t.teardown(() => clearInterval(alive));
  const first = createServer(accept);
  first.listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as AddressInfo;
  const { send } = sender(t, `http://127.0.0.1:${port}`);
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  first.closeAllConnections();
  first.close();
  await once(first, 'close');
  t.strictSame(await send(BODY, 2, never), retry('ECONNREFUSED'));
  const second = createServer(accept);
  second.listen(port, '127.0.0.1');
  await once(second, 'listening');
  t.teardown(() => {
    second.closeAllConnections();
    second.close();
  });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
});

for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
  void test(`a name that cannot be looked up (${code}) is an outcome`, async (t) => {
    const { lookup } = dns;
    t.teardown(() => {
      dns.lookup = lookup;
    });
    const asked: string[] = [];
    // Nothing leaves this machine.
    dns.lookup = ((name: string, _options: unknown, done: (error: Error) => void) => {
      asked.push(name);
      setImmediate(done, Object.assign(new Error(`${code} ${name}`), { code }));
    }) as unknown as typeof lookup;
    for (const host of ['http://errsight.invalid', 'https://errsight.invalid']) {
      t.strictSame(await sender(t, host).send(BODY, 2, never), retry(code));
    }
    const proxy = 'http://proxy.invalid';
    const outcome = await sender(t, 'https://errsight.invalid', { proxy }).send(BODY, 2, never);
    t.strictSame(outcome, retry(`the proxy failed (${code})`));
    t.strictSame(asked, ['errsight.invalid', 'errsight.invalid', 'proxy.invalid']);
  });
}

for (const hours of [-1, 1]) {
  void test(`a wall clock that jumps by ${hours} h during a request changes nothing`, async (t) => {
    const { now } = Date;
    t.teardown(() => {
      Date.now = now;
    });
    const { host } = await serve(t, (request, response) => {
      Date.now = () => now() + hours * 3_600_000;
      if (request.headers['content-length'] === String(BODY.length)) accept(request, response);
    });
    t.strictSame(await sender(t, host).send(BODY, 2, never), { kind: 'accepted' });
    Date.now = now;
    const outcome = await sender(t, host, { timeout: 300 }).send(Buffer.from('[1]'), 1, never);
    t.strictSame(outcome, { ...retry('no complete answer within 300 ms'), timedOut: true });
  });
}

void test('after all sorts of failures nothing is left: no rejection, no handle', async (t) => {
  let requests = 0;
  const { host } = await serve(t, (request, response) => {
    switch (++requests % 4) {
      case 0:
        request.socket.resetAndDestroy();
        break;
      case 1:
        response.writeHead(202, { 'content-length': 100 }).write('{');
        request.resume().on('end', () => response.destroy());
        break;
      case 2:
        // Never answers.
        break;
      default:
        accept(request, response);
    }
  });
  const stdout = await run(
    host,
    `process.on('unhandledRejection', () => console.log('unhandled'));
     process.on('uncaughtException', () => console.log('uncaught'));
     const alive = setInterval(() => {}, 60_000);
     const kinds = [];
     for (let round = 0; round < 8; round += 1) kinds.push((await send()).kind);
     console.log(kinds.join(' '));
     sender.close();
     clearInterval(alive);
     await new Promise((resolve) => setTimeout(resolve, 50));
     const left = process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY)Wrap$/.test(name));
     console.log(left.join());`,
    {},
    // What is answered has the time, also on a busy machine.
    { timeout: 5_000 },
  );
  // The reset of an idle connection is not seen: its request is made again, and cut short.
  t.equal(stdout, 'retry retry accepted retry retry accepted retry retry\n\n');
});
