/* oxlint-disable no-console -- a line of it is a step of the trail */
/** With everything on, an event of a request fills each key that ErrSight's pages treat specially. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import fastify from 'fastify';
import t from 'tap';
import { close, init, setTag, setUser, watchKnex } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { StoredEvent } from '../../src/dev/store.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

t.test('a failing request of Fastify tells all that the pages show', async (t) => {
  const server = await strictServer(t);
  t.teardown(() => close());
  init({
    apiKey: server.key,
    host: server.url,
    release: 'shop@1.4.2',
    environment: 'staging',
    sendDefaultPii: true,
    failedRequests: true,
    requestData: { headers: true, query: true, body: true },
    attachStacktrace: true,
    captureConsole: true,
    localVariables: ['uncaught', 'repeats'],
    redisBreadcrumbs: true,
    mysqlBreadcrumbs: true,
    pgBreadcrumbs: true,
  });
  const stock = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(stock, 'listening');
  t.teardown(() => stock.close());
  const { port } = stock.address() as AddressInfo;
  const knex = Object.assign(new EventEmitter(), { raw() {}, client: { dialect: 'postgresql' } });
  t.teardown(watchKnex(knex));
  const app = fastify();
  t.teardown(() => app.close());
  app.post('/orders/:id', async function order(request) {
    setUser({ id: 7, email: 'ada@example.com', username: 'ada' });
    setTag('tenant', 'acme');
    console.log('looking up', request.params);
    const query = { sql: 'select * from orders where id = ?', __knexQueryUid: 'q1' };
    knex.emit('query', query);
    knex.emit('query-response', [], query);
    const answer = await fetch(`http://127.0.0.1:${port}/stock`);
    await answer.text();
    throw new TypeError('declined', { cause: new RangeError('no funds') });
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const response = await fetch(`${url}/orders/17?page=2&token=s3cr3t`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'r-1',
      traceparent: `00-${TRACE}-${SPAN}-01`,
    },
    body: '{"cart":3}',
  });
  t.equal(response.status, 500);
  await response.text();
  const [event] = await server.waitForEvents(1);
  if (event === undefined) return;
  for (const [place, read, expected] of KEYS) {
    t.match(read(event, new URL(url).host), expected, place);
  }
});

type Read = (event: StoredEvent, host: string) => unknown;

function crumb(category: string): (event: StoredEvent) => unknown {
  return ({ breadcrumbs }) => breadcrumbs.find((each) => each.category === category);
}

function keyOf(...keys: readonly string[]): Read {
  return ({ metadata }) => keys.map((key) => metadata[key]);
}

/** Where the pages read something, what they read, and what stands there. */
const KEYS: readonly (readonly [place: string, read: Read, expected: unknown])[] = [
  ['the title', ({ message }) => message, 'TypeError: declined'],
  ['the level', ({ level }) => level, 'error'],
  ['filters', ({ environment, release }) => [environment, release], ['staging', 'shop@1.4.2']],
  ['the class', keyOf('exception_class'), ['TypeError']],
  [
    'the frames',
    keyOf('exception_frames'),
    [
      [
        {
          filename: /everything\.test\.[jt]s$/,
          function: 'order',
          lineno: Number,
          in_app: true,
          context_line: /throw new TypeError\('declined'/,
          pre_context: Array,
          post_context: Array,
        },
      ],
    ],
  ],
  ['the causes', keyOf('exception_causes'), [[{ class: 'RangeError', message: 'no funds' }]]],
  ['the id of the request', keyOf('request_id'), ['req-1']],
  ['the user of the log list', keyOf('email', 'user_id'), ['ada@example.com', '7']],
  [
    'the user of the event',
    ({ user_context: user, user_identifier: id }) => [user, id],
    [{ id: '7', email: 'ada@example.com', username: 'ada' }, '7'],
  ],
  ['the location', keyOf('full_path'), ['/orders/17?page=2&token=[Filtered]']],
  [
    'the address in the overlay',
    ({ metadata }, host) => String(metadata['url']).replace(host, 'HOST'),
    'http://HOST/orders/17?page=2&token=[Filtered]',
  ],
  [
    'the rest of the metadata',
    ({ metadata }) => metadata,
    {
      status: 500,
      span_id: SPAN,
      mechanism: 'fastify',
      handled: 'no',
      request_body: { cart: 3 },
      request_query: { page: '2', token: '[Filtered]' },
      request_headers: { 'content-type': 'application/json', 'x-request-id': 'r-1' },
    },
  ],
  [
    'the tags',
    ({ tags }) => tags,
    {
      request_method: 'POST',
      tenant: 'acme',
      handled: 'no',
      route: '/orders/:id',
      status: '500',
      mechanism: 'fastify',
      trace_id: TRACE,
      server: hostname(),
      runtime: /^node \d+$/,
    },
  ],
  [
    'the SQL view',
    crumb('db'),
    { data: { sql: 'select * from orders where id = ?', name: 'knex', duration_ms: Number } },
  ],
  ['the status of a crumb', crumb('http'), { message: /\/stock$/, data: { status: 200 } }],
  ['the console', crumb('console'), { message: 'looking up {"id":"17"}', level: 'info' }],
];
