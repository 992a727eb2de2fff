import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import t, { type Test } from 'tap';
import {
  captureErrors,
  captureMessage,
  captureRequestError,
  close,
  init,
  type InitOptions,
} from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { AddressInfo } from 'node:net';
import type { StoredEvent } from '../../src/dev/store.ts';

const USER = { id: 7, username: 'ada', email: 'ada@example.com' };

function application(): Express {
  const app = express();
  app.use(express.json(), (request, _response, next) => {
    Object.assign(request, { user: USER });
    next();
  });
  app.post('/items/:id/throw/:status', ({ params }) => {
    throw Object.assign(new Error('it broke'), { status: Number(params.status) });
  });
  app.post('/items/:id/answer/:status', ({ params }, response) => {
    response.status(Number(params.status)).send('no');
  });
  app.post('/items/:id/frozen/500', () => {
    throw Object.freeze(new Error('frozen'));
  });
  app.post('/items/:id/text/500', () => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- some do
    throw 'a text';
  });
  // Quiet: Express prints what it answers.
  app.set('env', 'test');
  return app;
}

/** The events of requests to these paths. */
async function eventsOf(
  t: Test,
  options: InitOptions,
  paths: readonly string[],
): Promise<readonly StoredEvent[]> {
  const errsight = await strictServer(t);
  init({ apiKey: errsight.key, host: errsight.url, sourceMaps: false, ...options });
  const server = application().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  for (const path of paths) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        cookie: 'session=1234',
        'user-agent': 'the test',
      },
      body: JSON.stringify({ item: 'tea', password: 'hunter2' }),
    });
    t.equal(answer.status, Number(path.split('?', 1)[0]?.split('/').at(-1)));
    await answer.text();
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  t.equal(await close(), true);
  return errsight.events;
}

const THROWS = ['/items/1/throw/404', '/items/1/throw/503'];

t.test('captureStatus says which statuses count: a list, or a function', async (t) => {
  for (const captureStatus of [[404], (status: number) => status === 404]) {
    const events = await eventsOf(t, { captureStatus }, THROWS);
    t.strictSame(
      events.map(({ metadata }) => metadata['status']),
      [404],
    );
  }
  const events = await eventsOf(t, {}, THROWS);
  t.strictSame(
    events.map(({ metadata }) => metadata['status']),
    [503],
  );
});

t.test('failedRequests reports an answer of which no error is known, by its route', async (t) => {
  const paths = ['/items/1/answer/503', '/items/2/answer/503', '/items/1/answer/404'];
  t.strictSame(await eventsOf(t, {}, paths), [], 'off by default');
  const events = await eventsOf(t, { failedRequests: true }, paths);
  t.equal(events.length, 2);
  t.equal(new Set(events.map(({ fingerprint }) => fingerprint)).size, 1);
  for (const event of events) {
    t.match(event, {
      message: 'POST /items/:id/answer/:status answered 503',
      level: 'error',
      tags: { route: '/items/:id/answer/:status' },
      metadata: { status: 503 },
    });
  }
});

t.test('requestData says which facts of the request an event has', async (t) => {
  const path = '/items/1/throw/503?page=2&token=abc123';
  const [bare] = await eventsOf(t, {}, [path]);
  t.match(bare?.metadata, {
    request_headers: undefined,
    request_query: undefined,
    request_body: undefined,
  });
  const requestData = { headers: true, query: true, body: true };
  const [full] = await eventsOf(t, { requestData }, [path]);
  t.match(full?.metadata, {
    request_headers: { 'user-agent': 'the test', 'content-type': 'application/json' },
    request_query: { page: '2', token: '[Filtered]' },
    request_body: { item: 'tea', password: '[Filtered]' },
  });
  t.notMatch(JSON.stringify(full?.received), /hunter2|abc123|session=1234/);
});

t.test('the user of a request has an e-mail address with sendDefaultPii only', async (t) => {
  const [bare] = await eventsOf(t, {}, THROWS);
  t.match(bare?.user_context, { id: '7', username: 'ada', email: undefined });
  t.notMatch(JSON.stringify(bare?.received), /ada@example/);
  const [full] = await eventsOf(t, { sendDefaultPii: true }, THROWS);
  t.match(full?.user_context, { id: '7', username: 'ada', email: 'ada@example.com' });
});

t.test('a frozen Error and a text that are thrown are one event each', async (t) => {
  const events = await eventsOf(t, {}, ['/items/1/frozen/500', '/items/1/text/500']);
  t.strictSame(events.map(({ message }) => message).toSorted(), [
    'Error: frozen',
    'String: a text',
  ]);
});

t.test('captureRequestError takes what Next calls onRequestError with', async (t) => {
  const errsight = await strictServer(t);
  const error = Object.assign(new Error('page broke'), { digest: '123' });
  const call = (): void =>
    captureRequestError(
      error,
      { path: '/items/1?page=2', method: 'GET', headers: { 'x-request-id': 'r-1' } },
      {
        routerKind: 'App Router',
        routePath: '/items/[id]',
        routeType: 'render',
        renderSource: 'react-server-components',
        revalidateReason: undefined,
      },
    );
  t.doesNotThrow(call, 'without a client');
  init({ apiKey: errsight.key, host: errsight.url });
  call();
  call();
  captureMessage('after');
  t.equal(await close(), true);
  const events = errsight.events.filter(({ message }) => message !== 'after');
  t.equal(events.length, 1);
  t.match(events[0], {
    message: 'Error: page broke',
    level: 'error',
    tags: { route: '/items/[id]', request_method: 'GET' },
    metadata: {
      mechanism: 'next',
      handled: 'no',
      full_path: '/items/1?page=2',
      request_id: 'r-1',
      route_type: 'render',
    },
  });
});

t.test(
  'captureErrors around a listener of plain http reports what its promise is rejected with',
  async (t) => {
    const errsight = await strictServer(t);
    init({ apiKey: errsight.key, host: errsight.url });
    const error = new Error('listener broke');
    async function listener(_request: IncomingMessage, _response: ServerResponse): Promise<void> {
      await Promise.reject(error);
    }
    const wrapped = captureErrors(listener);
    const server = createServer((request, response) => {
      wrapped(request, response).catch((thrown: unknown) => {
        t.equal(thrown, error, 'it is passed on');
        response.writeHead(500).end();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    t.equal((await fetch(`http://127.0.0.1:${port}/plain`)).status, 500);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    t.equal(await close(), true);
    t.equal(errsight.events.length, 1);
    t.match(errsight.events[0], {
      message: 'Error: listener broke',
      metadata: { mechanism: 'http', handled: 'yes', status: 500, full_path: '/plain' },
    });
  },
);
