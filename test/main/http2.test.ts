// HTTP/2, of whose requests Node tells from version 22 on.
import { once } from 'node:events';
import {
  connect,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import Koa from 'koa';
import t, { type Test } from 'tap';
import {
  captureErrors,
  captureException,
  captureMessage,
  close,
  flush,
  init,
  setUser,
} from '../../src/index.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { errsightLines } from './stderr.ts';

process.env['NODE_ENV'] = 'production';
t.capture(console, 'error', () => undefined);

const lines = errsightLines(t);
const isTold = !process.version.startsWith('v20.');
const COUNT = 20;

async function work(path: string): Promise<never> {
  setUser({ id: path });
  await delay(Math.random() * 5);
  throw new Error(`${path} broke`);
}

async function listening(server: Http2Server): Promise<Http2Server> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Sends requests at once over one connection, and resolves with the statuses. */
async function ask(server: Http2Server, paths: readonly string[]): Promise<readonly unknown[]> {
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const statuses = await Promise.all(
    paths.map(async (path) => {
      const stream = session.request({ ':path': path });
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      await once(stream.resume(), 'close');
      return headers[':status'];
    }),
  );
  session.close();
  server.close();
  await once(server, 'close');
  return statuses;
}

const PATHS = Array.from({ length: COUNT }, (_, index) => `/orders/${index}`);

const SERVERS: Readonly<Record<string, () => Http2Server | Promise<Http2Server>>> = {
  http() {
    const handle = captureErrors(({ url }: Http2ServerRequest, _response: Http2ServerResponse) =>
      work(url),
    );
    return createServer((request, response) => {
      handle(request, response).catch(() => {
        response.writeHead(500).end();
      });
    });
  },
  'http, without the response'() {
    const handle = captureErrors(({ url }: Http2ServerRequest) => work(url));
    return createServer((request, response) => {
      handle(request).catch(() => {
        response.writeHead(500).end();
      });
    });
  },
  koa() {
    const app = new Koa();
    app.use(({ path }) => work(path));
    captureErrors(app);
    // Its types know nothing of HTTP/2, and its docs do.
    return createServer(captureErrors(app.callback() as unknown as (...args: object[]) => void));
  },
  async fastify() {
    const app = captureErrors(Fastify({ http2: true }));
    app.get('/orders/:id', ({ url }) => work(url));
    await app.ready();
    return app.server;
  },
};

function told(server: TestErrsight): readonly string[] {
  return server.events
    .map(({ message, tags, metadata, user_context: user }) =>
      [user.id, tags['request_method'], metadata['full_path'], metadata['status'], message].join(),
    )
    .toSorted();
}

for (const [name, make] of Object.entries(SERVERS)) {
  t.test(`${name}: each failing request of HTTP/2 is one event, with its own user`, async (t) => {
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const statuses = await ask(await listening(await make()), PATHS);
    t.strictSame(new Set(statuses), new Set([500]));
    t.equal(await close(), true);
    t.strictSame(
      told(server),
      PATHS.map((path) => {
        // Fastify's handlers are called outside of any scope where Node tells of no request.
        const user = name === 'fastify' && !isTold ? '' : path;
        const status = name.endsWith('without the response') && !isTold ? undefined : 500;
        return [user, 'GET', path, status, `Error: ${path} broke`].join();
      }).toSorted(),
    );
  });
}

/** A user that only a scope of the request can have. */
const own = (id: string): string | undefined => (isTold ? id : undefined);

async function answerLater(
  { url }: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  if (url !== '/silent') setUser({ id: url });
  await delay(2);
  captureException(new Error(url));
  response.on('finish', () => captureMessage(`${url} is over`));
  response.end('ok');
}

t.test(
  'a server of HTTP/2 without any set-up never gives a request the user of another one',
  async (t) => {
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const http2 = createServer((request, response) => void answerLater(request, response));
    t.strictSame(await ask(await listening(http2), ['/ada', '/bob', '/silent']), [200, 200, 200]);
    captureMessage('outside');
    t.equal(await flush(), true);
    const users = Object.fromEntries(
      server.events.map(({ message, user_context: user }) => [message, user.id]),
    );
    t.strictSame(users, {
      'Error: /ada': own('/ada'),
      'Error: /bob': own('/bob'),
      'Error: /silent': undefined,
      '/ada is over': own('/ada'),
      '/bob is over': own('/bob'),
      '/silent is over': undefined,
      outside: undefined,
    });
    await close();
  },
);

/** A runtime that publishes nothing of its servers. */
async function usersIn(t: Test, runtime: string): Promise<readonly unknown[]> {
  Object.defineProperty(process.versions, runtime, { configurable: true, value: '1.0.0' });
  t.teardown(() => Reflect.deleteProperty(process.versions, runtime));
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, requestScopes: true });
  setUser({ id: 'the service' });
  await new Promise((resolve) => setTimeout(resolve, 1));
  setUser({ id: 'ada' });
  captureMessage('a message');
  setUser(null);
  await close();
  return server.events.map(({ user_context: user }) => user.id);
}

t.test(
  'where requests cannot be seen, as in Bun, the user of the process is who it starts with',
  async (t) => {
    t.strictSame(await usersIn(t, 'bun'), ['the service']);
    t.strictSame(await usersIn(t, 'deno'), ['the service']);
  },
);

t.test('whoever sets a user there is told so once', (t) => {
  t.equal(lines.filter((line) => line.includes('`withScope')).length, 1);
  t.end();
});
