// The application of the demo: an ordinary Fastify server. What it does for ErrSight is the
// `transport` of its logger, and one `init` for what no logger sees. Host and key come from the
// environment (ERRSIGHT_HOST, ERRSIGHT_API_KEY).
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { captureException, close, init, withScope } from 'errsight';
import { priceOf } from './cart.js';

init({ release: 'demo-1.0.0' });

const app = Fastify({
  logger: {
    transport: { target: 'errsight/pino', options: { release: 'demo-1.0.0' } },
  },
});

// Fastify logs a client's mistakes as infos; this application wants to know of them.
app.setErrorHandler((error, request, reply) => {
  const status = error.statusCode ?? 500;
  if (status < 500) request.log.warn({ err: error }, 'bad request');
  else request.log.error({ err: error, req: request }, 'request failed');
  return reply.code(status).send({ error: 'sorry' });
});

// A file that is not there.
app.get('/reports/:name', async (request) => {
  request.log.info(`reading report ${request.params.name}`);
  return readFile(new URL(`./reports/${request.params.name}.csv`, import.meta.url), 'utf8');
});

// A refused connection, wrapped in what it means.
app.get('/orders/:id', async (request) => {
  request.log.info('asking the order service');
  try {
    return await get({ host: '127.0.0.1', port: 1 });
  } catch (cause) {
    throw new Error('the order service is not reachable', { cause });
  }
});

// A host with two addresses, neither of which answers: Node throws an AggregateError.
app.get('/stock', () =>
  get({
    host: 'stock.demo',
    port: 1,
    autoSelectFamily: true,
    lookup: (_host, _options, callback) => {
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    },
  }),
);

// Three calls deep, somebody is undefined.
app.get('/cart', (request) => {
  request.log.info({ items: 2 }, 'adding up the cart');
  return { price: priceOf({ items: [{ name: 'tea', price: 4 }, { name: 'cup' }] }) };
});

// An error the application can live with, and still wants to know about.
app.post('/imports', (request, reply) => {
  withScope((scope) => {
    scope.setUser({ id: 42, username: 'ada' }).setTag('tenant', 'acme');
    try {
      importRow('17;not-a-number');
    } catch (error) {
      captureException(error, { metadata: { row: 17, password: 'never leaves' } });
    }
  });
  return reply.code(202).send({ imported: 16, failed: 1 });
});

app.post('/orders', (request) => ({ accepted: request.body }));

function importRow(row) {
  const [id, amount] = row.split(';');
  if (Number.isNaN(Number(amount))) throw new RangeError(`row ${id}: not a number`);
}

/** The first bytes that a TCP server says. */
function get(options) {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    socket.once('data', resolve);
    socket.once('error', reject);
  });
}

const address = await app.listen({ host: '127.0.0.1', port: 0 });
app.log.warn({ free: '3%' }, 'the disk is almost full');
process.send?.({ address });

// The demo is over: the server stops, and the process ends by itself.
process.once('disconnect', () => void stop());

async function stop() {
  await app.close();
  if (!(await close())) process.exitCode = 1;
}
