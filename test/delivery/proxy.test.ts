import { EventEmitter, once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { selfSigned } from './certificate.ts';
import { type LocalProxy, type LocalProxyOptions, startProxy } from './local-proxy.ts';
import {
  accept,
  BODY,
  KEY,
  listen,
  never,
  retry,
  run,
  sender,
  serve,
  serveTcp,
  timeOver,
} from './local.ts';

/** What a reason must not show. */
const USER = 'us%40er:pass%3Aw%C3%B6rd';
const DECODED = 'us@er:pass:wörd';

interface Net {
  readonly proxy: LocalProxy;
  /** What the server was asked for, with the name that the client asked its certificate for. */
  readonly served: readonly string[];
  readonly ca: string;
  /** Connections to the server. */
  readonly connections: () => number;
}

/** An https: server that only a proxy leads to: nobody has its name. */
async function net(t: Test, options: Partial<LocalProxyOptions> = {}): Promise<Net> {
  const { key, cert } = selfSigned({ host: 'errsight.invalid' });
  const served: string[] = [];
  const server = createTlsServer({ key, cert }, (request, response) => {
    const { servername } = request.socket as Socket & { servername?: string };
    served.push(`${request.headers.host} ${request.url} ${servername}`);
    accept(request, response);
  });
  const { port, connections } = await listen(t, server);
  const proxy = await startProxy(t, { to: port, ...options });
  return { proxy, served, ca: cert + (options.certificate?.cert ?? ''), connections };
}

void test('an https: server is reached through a tunnel, one for many requests', async (t) => {
  const { proxy, served, ca, connections } = await net(t);
  const options = { ca, proxy: `http://${USER}@${proxy.address}` };
  const made = sender(t, 'https://errsight.invalid', options);
  for (let round = 0; round < 5; round += 1) {
    t.strictSame(await made.send(BODY, 2, never), { kind: 'accepted' });
  }
  t.strictSame(proxy.asked, ['CONNECT errsight.invalid:443']);
  t.strictSame(proxy.users, [DECODED]);
  t.strictSame(
    served,
    Array.from({ length: 5 }, () => 'errsight.invalid /api/v1/events errsight.invalid'),
  );
  t.strictSame([proxy.connections(), connections(), proxy.open()], [1, 1, 1]);
  made.close();
  while (proxy.open() > 0) await new Promise(setImmediate);
  t.pass('closing ends the tunnel');
});

void test('the proxy may itself be an https: one', async (t) => {
  const { proxy, served, ca } = await net(t, { certificate: selfSigned() });
  const options = { ca, proxy: `https://${proxy.address}` };
  const { send } = sender(t, 'https://errsight.invalid:8443/sub', options);
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.strictSame(proxy.asked, ['CONNECT errsight.invalid:8443']);
  t.strictSame(proxy.users, [undefined]);
  t.equal(served.at(-1), 'errsight.invalid:8443 /sub/api/v1/events errsight.invalid');
});

for (const scheme of ['http', 'https'] as const) {
  void test(`an http: server gets whole URLs by an ${scheme}: proxy`, async (t) => {
    const hosts: (string | undefined)[] = [];
    const certificate = selfSigned();
    const server = await serve(t, (request, response) => {
      hosts.push(request.headers.host);
      accept(request, response);
    });
    const proxy = await startProxy(t, {
      to: server.port,
      ...(scheme === 'https' && { certificate }),
    });
    const { send } = sender(t, 'http://errsight.invalid:8080', {
      proxy: `${scheme}://${USER}@${proxy.address}`,
      ca: certificate.cert,
    });
    t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
    t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
    const url = 'POST http://errsight.invalid:8080/api/v1/events';
    t.strictSame(proxy.asked, [url, url]);
    t.strictSame(proxy.users, [DECODED, DECODED]);
    t.strictSame(hosts, ['errsight.invalid:8080', 'errsight.invalid:8080']);
    t.equal(proxy.connections(), 1);
  });
}

void test('a tunnel to an IPv6 address names it in brackets, and asks for no name', async (t) => {
  const { proxy, served, ca } = await net(t);
  const options = { ca, proxy: `http://${proxy.address}` };
  const outcome = await sender(t, 'https://[fd00::1]:8443', options).send(BODY, 2, never);
  t.strictSame(outcome, retry('ERR_TLS_CERT_ALTNAME_INVALID'));
  t.strictSame(proxy.asked, ['CONNECT [fd00::1]:8443']);
  t.strictSame(served, []);
});

// The certificate of the server counts, not the proxy's word.
const UNTRUSTED: readonly (readonly [what: string, host: string, trusted: boolean, RegExp])[] = [
  ['is not trusted', 'https://errsight.invalid', false, /^DEPTH_ZERO_SELF_SIGNED_CERT$/],
  ['is for another host', 'https://other.invalid', true, /^ERR_TLS_CERT_ALTNAME_INVALID$/],
];

for (const [what, host, trusted, reason] of UNTRUSTED) {
  void test(`a server whose certificate ${what} gets nothing through a tunnel`, async (t) => {
    const { proxy, served, ca } = await net(t);
    const options = { proxy: `http://${proxy.address}`, ...(trusted && { ca }) };
    const outcome = await sender(t, host, options).send(BODY, 2, never);
    t.match(outcome, { kind: 'retry', reason });
    t.strictSame(served, []);
  });
}

// What a proxy does with a CONNECT, or with a whole request.
const OF_TUNNELS: readonly (readonly [what: string, answer: string, reason: string])[] = [
  ['wants a password', 'HTTP/1.1 407 Auth\r\n\r\n', 'the proxy answered 407'],
  [
    'echoes the password',
    `HTTP/1.1 407 ${USER}\r\ncontent-length: 16\r\n\r\n${DECODED}`,
    'the proxy answered 407',
  ],
  ['forbids the host', 'HTTP/1.1 403 No\r\n\r\n<html>', 'the proxy answered 403'],
  ['does not reach the host', 'HTTP/1.1 502 No\r\n\r\n', 'the proxy answered 502'],
  ['redirects', 'HTTP/1.1 302 F\r\nlocation: http://a.invalid\r\n\r\n', 'the proxy answered 302'],
  ['answers with a body', 'HTTP/1.1 200 OK\r\n\r\nhello', 'the proxy answered 200 with a body'],
  [
    'has huge headers',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    'the proxy failed (HPE_HEADER_OVERFLOW)',
  ],
  ['is no proxy', 'SSH-2.0-OpenSSH_9.6\r\n', 'the proxy failed (HPE_INVALID_CONSTANT)'],
  ['hangs up', '', 'the proxy failed (ECONNRESET)'],
  ['stops half-way', 'HTTP/1.1 200 OK\r\nx:', 'the proxy failed (ECONNRESET)'],
];

for (const [what, answer, reason] of OF_TUNNELS) {
  void test(`a proxy that ${what} instead of opening a tunnel is told as such`, async (t) => {
    const { host } = await serveTcp(t, (socket) => {
      socket.once('data', () => socket.end(answer));
    });
    const proxy = host.replace('//', `//${USER}@`);
    const outcome = await sender(t, 'https://errsight.invalid', { proxy }).send(BODY, 2, never);
    t.strictSame(outcome, retry(reason));
  });
}

void test('a connection that is reset during CONNECT is told as such', async (t) => {
  const { host } = await serveTcp(t, (socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  const outcome = await sender(t, 'https://errsight.invalid', { proxy: host }).send(BODY, 2, never);
  t.strictSame(outcome, retry('the proxy failed (ECONNRESET)'));
});

for (const [what, reset, reason] of [
  ['resets', true, /^(ECONNRESET|EPIPE)$/],
  ['closes', false, /^ECONNRESET$/],
] as const) {
  void test(`a proxy that ${what} the tunnel under the handshake is a failure`, async (t) => {
    const { host } = await serveTcp(t, (socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.once('data', () => (reset ? socket.resetAndDestroy() : socket.end()));
      });
    });
    const outcome = await sender(t, 'https://errsight.invalid', { proxy: host }).send(
      BODY,
      2,
      never,
    );
    t.match(outcome, { kind: 'retry', reason });
  });
}

const FORWARDED: readonly (readonly [what: string, answer: string, outcome: object])[] = [
  ['wants a password', 'HTTP/1.1 407 Auth\r\n\r\n', retry('the proxy answered 407')],
  ['forbids the host', 'HTTP/1.1 403 No\r\n\r\n<html>', retry('the proxy answered 403')],
  [
    'forwards a 403 of ErrSight',
    'HTTP/1.1 403 No\r\ncontent-type: application/json; charset=utf-8\r\n\r\n{"error":"no"}',
    { kind: 'refused', status: 403 },
  ],
  ['hangs up', '', retry('the proxy failed (ECONNRESET)')],
  [
    'echoes the password',
    `HTTP/1.1 400 No\r\n\r\n${JSON.stringify({
      error: `${KEY} pass:wörd pass%3Aw%C3%B6rd ${Buffer.from(DECODED).toString('base64')}`,
      code: 'INVALID_JSON',
    })}`,
    { kind: 'invalid', reason: '[api key] [secret] [secret] [secret]' },
  ],
];

for (const [what, answer, expected] of FORWARDED) {
  void test(`a proxy of an http: server that ${what} is told as such`, async (t) => {
    const { host } = await serveTcp(t, (socket) => {
      socket.once('data', () => socket.end(answer));
    });
    const proxy = host.replace('//', `//${USER}@`);
    const outcome = await sender(t, 'http://errsight.invalid', { proxy }).send(BODY, 2, never);
    t.match(outcome, expected);
  });
}

for (const host of ['http://errsight.invalid', 'https://errsight.invalid']) {
  void test(`a proxy to ${host} that nobody runs is told as such`, async (t) => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const proxy = `http://${USER}@127.0.0.1:${port}`;
    const outcome = await sender(t, host, { proxy }).send(BODY, 2, never);
    t.strictSame(outcome, retry('the proxy failed (ECONNREFUSED)'));
  });
}

void test('the time for a request covers a CONNECT that is never answered', async (t) => {
  const events = new EventEmitter();
  const { host, connections } = await serveTcp(t, (socket) => {
    socket.resume().on('close', () => events.emit('gone'));
  });
  const gone = once(events, 'gone');
  const options = { proxy: host, timeout: 60 };
  const { send } = sender(t, 'https://errsight.invalid', options);
  t.strictSame(await send(BODY, 2, never), retry('no tunnel through the proxy within 60 ms'));
  await gone;
  t.equal(connections(), 1, 'and nothing is left of it');
});

void test('the time for a request covers a server that hangs in the tunnel', async (t) => {
  const giveUp = timeOver(t);
  const { host } = await serveTcp(t, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      // The first words in the tunnel.
      socket.once('data', giveUp);
    });
  });
  const options = { proxy: host, timeout: 60 };
  const outcome = await sender(t, 'https://errsight.invalid', options).send(BODY, 2, never);
  t.strictSame(outcome, { ...retry('no complete answer within 60 ms'), timedOut: true });
});

for (const how of ['the signal', 'close()'] as const) {
  void test(`${how} ends a CONNECT that is under way`, async (t) => {
    const events = new EventEmitter();
    const { host } = await serveTcp(t, (socket) => {
      socket.on('data', () => events.emit('asked')).on('close', () => events.emit('gone'));
    });
    const abort = new AbortController();
    const asked = once(events, 'asked');
    const gone = once(events, 'gone');
    const made = sender(t, 'https://errsight.invalid', { proxy: host });
    const outcome = made.send(BODY, 2, abort.signal);
    await asked;
    if (how === 'close()') made.close();
    else abort.abort();
    t.match(await outcome, { kind: how === 'close()' ? 'retry' : 'aborted' });
    await gone;
  });
}

void test('a tunnel that was closed while idle is opened again, unnoticed', async (t) => {
  const sockets: { destroy(): void }[] = [];
  const { proxy, ca } = await net(t, {
    intercept: (_request, socket) => {
      sockets.push(socket);
      return false;
    },
  });
  const { send } = sender(t, 'https://errsight.invalid', { ca, proxy: `http://${proxy.address}` });
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  sockets[0]?.destroy();
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
  t.equal(proxy.asked.length, 2);
});

void test('after a proxy that failed the next request has a tunnel', async (t) => {
  let refused = 0;
  const { proxy, ca } = await net(t, {
    intercept: (_request, socket) => {
      if (++refused > 2) return false;
      socket.end('HTTP/1.1 503 Busy\r\n\r\n');
      return true;
    },
  });
  const { send } = sender(t, 'https://errsight.invalid', { ca, proxy: `http://${proxy.address}` });
  t.strictSame(await send(BODY, 2, never), retry('the proxy answered 503'));
  t.strictSame(await send(BODY, 2, never), retry('the proxy answered 503'));
  t.strictSame(await send(BODY, 2, never), { kind: 'accepted' });
});

void test('where the environment names no proxy but should, nothing is sent', async (t) => {
  const { host, connections } = await listen(t, createServer(accept));
  const outcome = await sender(t, host, { proxyFault: 'no URL' }).send(BODY, 2, never);
  t.strictSame(outcome, retry('no URL'));
  t.equal(connections(), 0);
});

void test('the environment of the process does not change the way of a sender', async (t) => {
  const { host, connections } = await serve(t, accept);
  const stdout = await run(
    host,
    `const alive = setInterval(() => {}, 60_000);
     console.log((await send()).kind);
     clearInterval(alive);`,
    { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '' },
  );
  t.equal(stdout, 'accepted\n');
  t.equal(connections(), 1);
});

/** Waits until the request is under way, which this file says, and then for nothing. */
function leave(file: string): string {
  return `
    const { existsSync } = await import('node:fs');
    void send().then(() => console.log('never'));
    while (!existsSync(${JSON.stringify(file)})) await new Promise((resolve) => setTimeout(resolve, 5));
    clearInterval(alive);`;
}

void test('neither a tunnel in use nor an idle one keeps the process alive', async (t) => {
  let requests = 0;
  const arrived = join(t.testdir(), 'arrived');
  const certificate = selfSigned({ host: 'errsight.invalid' });
  const server = createTlsServer(certificate, (request, response) => {
    // The first is answered, the second never.
    if (++requests === 1) accept(request, response);
    else writeFileSync(arrived, '');
  });
  const { port } = await listen(t, server);
  const proxy = await startProxy(t, { to: port });
  const stdout = await run(
    'https://errsight.invalid',
    `const alive = setInterval(() => {}, 60_000);
     console.log((await send()).kind);${leave(arrived)}`,
    {},
    { ca: certificate.cert, proxy: `http://${proxy.address}` },
  );
  t.equal(stdout, 'accepted\n');
  t.equal(requests, 2);
});

void test('a CONNECT that is not answered does not keep the process alive', async (t) => {
  const arrived = join(t.testdir(), 'arrived');
  const proxy = await startProxy(t, {
    to: 0,
    intercept() {
      writeFileSync(arrived, '');
      return true;
    },
  });
  const program = `const alive = setInterval(() => {}, 60_000);${leave(arrived)}`;
  const options = { proxy: `http://${proxy.address}` };
  t.equal(await run('https://errsight.invalid', program, {}, options), '');
  t.strictSame(proxy.asked, ['CONNECT errsight.invalid:443']);
});
