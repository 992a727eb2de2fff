// The application of the demo: an ordinary Fastify server, with parts that log with winston and bunyan.
// What it does for ErrSight is one `init`, and one line where each logger is made. Host, key and
// release come from the environment (ERRSIGHT_HOST, ERRSIGHT_API_KEY, ERRSIGHT_RELEASE).
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { captureException, close, init, setUser, withErrsight, withScope } from 'errsight';
import { priceOf } from './cart.js';
import { sendReceipt } from './mailer.js';
import { stockOf } from './warehouse.js';

init();

const app = Fastify({ logger: withErrsight({ level: 'info' }, {}) });

// Whatever goes wrong from here on goes wrong for this user.
app.addHook('onRequest', (request, _reply, done) => {
  setUser({ id: request.headers['x-user'] });
  done();
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

app.get('/stock', async () => ({ tea: (await stockOf('tea')) ?? 'unknown' }));

app.post('/receipts', () => ({ sent: sendReceipt(17) !== undefined }));

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
