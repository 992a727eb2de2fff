import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import {
  Agent,
  createServer,
  IncomingMessage,
  ServerResponse,
  request as open,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { Scopes } from '../../src/main/scopes.ts';
import { watchEmits } from '../../src/main/requests/emits.ts';
import { RequestFacts, type RawRequest } from '../../src/main/requests/facts.ts';
import { watchRequests } from '../../src/main/requests/watch.ts';
import type { Context } from '../../src/event/record.ts';

/** The port of a server, which is closed when the test is over. */
async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A server whose requests have scopes, until the test is over. */
async function serve(t: Test, listener: (scopes: Scopes) => RequestListener): Promise<number> {
  const scopes = new Scopes();
  t.teardown(watchRequests(scopes));
  return await listen(t, createServer(listener(scopes)));
}

/** Sends one request and reads its answer. */
async function ask(
  port: number,
  path: string,
  {
    agent,
    headers = {},
  }: { readonly agent?: Agent; readonly headers?: Record<string, string> } = {},
): Promise<string> {
  const sent = open({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    headers,
    ...(agent && { agent }),
  });
  sent.end('a body');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  return text;
}

function merged(contexts: readonly Context[]): Context {
  return {
    tags: Object.assign({}, ...contexts.map(({ tags }) => tags)) as Record<string, string>,
    metadata: Object.assign({}, ...contexts.map(({ metadata }) => metadata)) as Record<
      string,
      unknown
    >,
  };
}

t.test('an event of a request says which it was', async (t) => {
  const cases: [what: string, headers: Record<string, string>, id: unknown, said: object][] = [
    ['without an id', {}, undefined, { request_id: 'made' }],
    ['with one that came with it', { 'x-request-id': 'abc' }, undefined, { request_id: 'abc' }],
    ['with one that a logger gave it', { 'x-request-id': 'abc' }, 7, { request_id: '7' }],
    ['with a logger’s own kind of id', { 'x-request-id': 'abc' }, { n: 1 }, { request_id: 'abc' }],
  ];
  for (const [what, headers, id, said] of cases) {
    let seen: Context = {};
    const port = await serve(t, (scopes) => (request, response) => {
      if (id !== undefined) Object.assign(request, { id });
      // As routers do.
      request.url = '/rewritten';
      seen = merged(scopes.current().contexts());
      response.end();
    });
    await ask(port, '/orders/7?page=2', { headers });
    const { metadata = {} } = seen;
    // One that is made here is another one each time.
    const requestId = String(metadata['request_id']);
    if (/^[\da-f-]{36}$/.test(requestId)) Object.assign(metadata, { request_id: 'made' });
    t.strictSame(
      seen,
      {
        tags: { request_method: 'POST' },
        metadata: {
          full_path: '/orders/7?page=2',
          url: `http://127.0.0.1:${port}/orders/7?page=2`,
          ...said,
        },
      },
      what,
    );
  }
});

t.test('its whole address is what its headers say', (t) => {
  const hostile = {
    get host(): string {
      throw new Error('no');
    },
  };
  const host = { host: 'shop.example' };
  const rows: [what: string, request: RawRequest & { socket?: object }, url: string | undefined][] =
    [
      ['plain', { headers: host }, 'http://shop.example/orders'],
      ['by TLS', { headers: host, socket: { encrypted: true } }, 'https://shop.example/orders'],
      [
        'behind a proxy',
        { headers: { ...host, 'x-forwarded-proto': 'https,http' } },
        'https://shop.example/orders',
      ],
      [
        'to a proxy by TLS, and as it is to us',
        { headers: { ...host, 'x-forwarded-proto': 'http' }, socket: { encrypted: true } },
        'http://shop.example/orders',
      ],
      [
        'HTTP/2',
        { headers: { ':authority': 'shop.example:8443' } },
        'http://shop.example:8443/orders',
      ],
      ['of all', { headers: host, url: '*' }, undefined],
      ['by a proxy', { headers: host, url: 'http://a/orders' }, undefined],
      ['without a path', { headers: host, url: undefined }, undefined],
      ['without a host', { headers: {} }, undefined],
      ['with a list of hosts', { headers: { host: ['a'] } }, undefined],
      ['without headers', {}, undefined],
      ['a hostile one', { headers: hostile }, undefined],
    ];
  for (const [what, request, url] of rows) {
    const facts = new RequestFacts({ url: '/orders', ...request }, undefined);
    t.equal(facts.describe().metadata?.['url'], url, what);
  }
  t.end();
});

t.test('whatever a request does, and whoever listens to it, is in its scope', async (t) => {
  const seen: string[] = [];
  let closed = 0;
  const over = new EventEmitter();
  const port = await serve(t, (scopes) => (request, response) => {
    const { url = '' } = request;
    const note = (what: string): void => {
      const { metadata, tags } = merged(scopes.current().contexts());
      seen.push(`${url} ${what}: ${String(metadata?.['full_path'])} ${String(tags?.['late'])}`);
    };
    request.on('data', () => note('data'));
    request.on('end', () => {
      note('end');
      setTimeout(() => {
        note('timer');
        response.end('x');
      }, 1);
    });
    response.on('finish', () => note('finish'));
    response.on('close', () => {
      note('close');
      if (++closed === 3) over.emit('over');
    });
    // As a middleware that knows the user only after a query.
    setImmediate(() => scopes.current().setTag('late', url));
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const allClosed = once(over, 'over');
  await Promise.all(['/a', '/b', '/c'].map((path) => ask(port, path, { agent })));
  await allClosed;
  for (const path of ['/a', '/b', '/c']) {
    const own = seen.filter((line) => line.startsWith(path));
    const whats = own.map((line) => line.split(' ')[1]);
    t.strictSame(whats, ['data:', 'end:', 'timer:', 'finish:', 'close:'], path);
    t.ok(
      own.every((line) => line.includes(`: ${path} `)),
      `${path} everywhere`,
    );
    t.match(own.at(-1), new RegExp(` ${path}$`), 'also what was set late');
  }
});

t.test('requests that come in one packet are told apart', async (t) => {
  const seen: unknown[] = [];
  const port = await serve(t, (scopes) => (request, response) => {
    const { url } = request;
    setImmediate(() => {
      seen.push([url, merged(scopes.current().contexts()).metadata?.['full_path']]);
      response.end();
    });
  });
  const socket = connect(port, '127.0.0.1');
  const paths = ['/1', '/2', '/3'];
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  while (seen.length < 3) await new Promise(setImmediate);
  socket.destroy();
  t.strictSame(
    seen,
    paths.map((path) => [path, path]),
  );
});

t.test('a request looks and behaves as it did', async (t) => {
  let keys: string[] = [];
  let isSame: unknown;
  const port = await serve(t, () => (request, response) => {
    keys = [...Object.keys(request), ...Object.keys(response)];
    isSame = !request.emit('mine') && !response.emit('mine');
    response.once('theirs', function (this: unknown, a: number, b: number) {
      isSame = isSame === true && this === response && a === 1 && b === 2;
    });
    isSame = isSame === true && response.emit('theirs', 1, 2);
    response.end();
  });
  await ask(port, '/');
  t.notOk(keys.includes('emit'));
  t.equal(isSame, true);
});

t.test('when it ends requests are left alone', async (t) => {
  const scopes = new Scopes();
  const stop = watchRequests(scopes);
  stop();
  let own: unknown;
  const channel = 'http.server.request.start';
  const look = (message: unknown): void => {
    own = Object.hasOwn((message as { request: object }).request, 'emit');
  };
  subscribe(channel, look);
  t.teardown(() => void unsubscribe(channel, look));
  const server = createServer((_request, response) => void response.end());
  await ask(await listen(t, server), '/');
  t.equal(own, false);
});

t.test("Node's classes emit by us while requests are watched, and no longer", async (t) => {
  const classes = [IncomingMessage, ServerResponse].map(({ prototype }) => prototype);
  const own = (): boolean[] => classes.map((each) => Object.hasOwn(each, 'emit'));
  const stops = [watchRequests(new Scopes()), watchEmits()];
  t.strictSame(own(), [false, false], 'nothing is loaded, or changed, before there is a request');
  const server = createServer((request, response) => {
    t.notOk(Object.hasOwn(request, 'emit') || Object.hasOwn(response, 'emit'));
    response.end();
  });
  await ask(await listen(t, server), '/');
  t.strictSame(own(), [true, true]);
  t.strictSame(Object.keys(classes[0] ?? {}).includes('emit'), false, 'it is not listed');
  stops[0]?.();
  t.strictSame(own(), [true, true], 'somebody still watches');
  stops[1]?.();
  t.strictSame(own(), [false, false]);
});

t.test('an `emit` that somebody else has put there is called, in the scope', async (t) => {
  const names: unknown[] = [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the response
  const { emit } = ServerResponse.prototype;
  ServerResponse.prototype.emit = function (this: ServerResponse, ...args: [never]) {
    names.push(args[0]);
    return emit.apply(this, args);
  };
  t.teardown(() => void Reflect.deleteProperty(ServerResponse.prototype, 'emit'));
  let path: unknown;
  const port = await serve(t, (scopes) => (_request, response) => {
    response.once('finish', () => {
      path = merged(scopes.current().contexts()).metadata?.['full_path'];
    });
    response.end();
  });
  await ask(port, '/theirs');
  t.equal(path, '/theirs');
  t.ok(names.includes('finish'));
});
