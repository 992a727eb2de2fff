/* oxlint-disable no-console -- a line of it is a step of the trail */
/** With everything on, an event of a request fills each field that ErrSight's pages read (contract §9). */
import { hostname } from 'node:os';
import fastify from 'fastify';
import t from 'tap';
import { close, init, setTag, setUser } from '../../src/index.ts';
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
  const app = fastify();
  t.teardown(() => app.close());
  app.post('/orders/:id', async (request) => {
    setUser({ id: 7, email: 'ada@example.com', username: 'ada' });
    setTag('tenant', 'acme');
    console.log('looking up', request.params);
    await Promise.resolve();
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
});
