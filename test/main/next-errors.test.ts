import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { captureException, captureRequestError, close, init } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import { exchange } from '../fixtures/serving.ts';

/** What Next does with an error of a page. */
function tell(error: unknown): void {
  captureRequestError(
    error,
    { path: '/shop/tea', method: 'GET', headers: {} },
    {
      routerKind: 'App Router',
      routePath: '/shop/[id]',
      routeType: 'render',
      renderSource: undefined,
      revalidateReason: undefined,
    },
  );
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end('page');
}

const inner = (): Error => new Error('the database is gone');
const outer = (cause: Error): Error => new Error('no page', { cause });

interface Case {
  readonly what: string;
  readonly handle: (response: ServerResponse) => void;
  /** The messages of the events, and the status in each. */
  readonly messages: readonly string[];
  readonly status: number;
}

const CASES: readonly Case[] = [
  {
    what: 'an error',
    handle(response) {
      tell(inner());
      answer(response, 500);
    },
    messages: ['Error: the database is gone'],
    status: 500,
  },
  {
    what: 'an error that somebody has captured, in another one',
    handle(response) {
      const error = inner();
      captureException(error);
      tell(outer(error));
      answer(response, 500);
    },
    messages: ['Error: no page'],
    status: 500,
  },
  {
    what: 'what broke the answer, in another error',
    handle(response) {
      response.writeHead(200).write('a piece');
      const error = inner();
      response.once('close', () => tell(outer(error)));
      response.once('error', () => undefined);
      response.destroy(error);
    },
    messages: ['Error: no page'],
    status: 200,
  },
  {
    what: 'what broke the answer, in an error without a line of the application',
    handle(response) {
      response.writeHead(200).write('a piece');
      const error = inner();
      response.once('error', () => undefined);
      response.destroy(error);
      tell(new Error('failed to pipe response', { cause: error }));
    },
    messages: ['Error: the database is gone'],
    status: 200,
  },
  {
    what: 'an error of a page whose frame was sent already',
    handle(response) {
      response.writeHead(200).write('<p>');
      tell(inner());
      response.end('sorry');
    },
    messages: ['Error: the database is gone'],
    status: 200,
  },
  {
    what: 'an error in the head of a page that is sent all the same',
    handle(response) {
      tell(inner());
      answer(response, 200);
    },
    messages: ['Error: the database is gone'],
    status: 200,
  },
  {
    what: 'two errors of one page',
    handle(response) {
      tell(new TypeError('no price'));
      tell(new RangeError('no stock'));
      answer(response, 500);
    },
    messages: ['RangeError: no stock', 'TypeError: no price'],
    status: 500,
  },
];

async function serve(t: Test, handle: Case['handle']): Promise<Server> {
  const server = createServer((_request, response) => handle(response)).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return server;
}

for (const { what, handle, messages, status } of CASES) {
  t.test(`Next tells of ${what}: events with route and status`, async (t) => {
    const errsight = await strictServer(t);
    init({ apiKey: errsight.key, host: errsight.url, failedRequests: true });
    const { port } = (await serve(t, handle)).address() as AddressInfo;
    await exchange(port, '/shop/tea?page=2');
    t.equal(await close(), true);
    t.strictSame(errsight.events.map(({ message }) => message).toSorted(), messages);
    for (const { tags, metadata } of errsight.events) {
      t.match(tags, { route: '/shop/[id]', status: String(status), request_method: 'GET' });
      t.match(metadata, {
        mechanism: 'next',
        handled: 'no',
        status,
        full_path: '/shop/tea?page=2',
        route_type: 'render',
        router_kind: 'App Router',
      });
      t.notHas(metadata, 'earlier_errors');
    }
  });
}
