/* oxlint-disable no-console -- a line of it is a step of the trail */
/** With everything on, an event of a request fills each field that ErrSight's pages read (contract §9). */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import fastify from 'fastify';
import t from 'tap';
import { close, init, setTag, setUser, watchKnex } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';

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
    redisBreadcrumbs: true,
    mysqlBreadcrumbs: true,
  });
  const stock = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
  await once(stock, 'listening');
  t.teardown(() => stock.close());
  const { port } = stock.address() as AddressInfo;
  const knex = Object.assign(new EventEmitter(), { raw() {}, client: { dialect: 'postgresql' } });
  t.teardown(watchKnex(knex));
  const app = fastify();
  t.teardown(() => app.close());
  app.post('/orders/:id', async (request) => {
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
  const response = await fetch(`${url}/orders/17?page=2`, {
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
  t.match(event, {
    level: 'error',
    message: 'TypeError: declined',
    environment: 'staging',
    release: 'shop@1.4.2',
    user_context: { id: '7', email: 'ada@example.com', username: 'ada' },
    user_identifier: '7',
    metadata: {
      exception_class: 'TypeError',
      exception_frames: [{ filename: /everything\.test/, in_app: true, lineno: Number }],
      exception_causes: [{ class: 'RangeError', message: 'no funds' }],
      email: 'ada@example.com',
      user_id: '7',
      request_id: String,
      full_path: '/orders/17?page=2',
      status: 500,
      span_id: SPAN,
      mechanism: 'fastify',
      handled: 'no',
      request_body: { cart: 3 },
      request_query: { page: '2' },
    },
    tags: {
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
    breadcrumbs: [{ category: 'console', message: 'looking up {"id":"17"}' }],
  });
  const crumbs = event?.breadcrumbs ?? [];
  t.match(
    crumbs.find(({ category }) => category === 'db'),
    { data: { sql: 'select * from orders where id = ?', name: 'knex', duration_ms: Number } },
  );
  t.match(
    crumbs.find(({ category }) => category === 'http'),
    { message: /\/stock$/, data: { status: 200 } },
  );
});
