import Fastify from 'fastify';

const app = Fastify({
  logger: { transport: { target: 'errsight/pino', options: { release: '1.4.2' } } },
  requestIdHeader: 'x-request-id',
});

class DeclinedError extends Error {}

async function charge() {
  const cause = new Error('connection reset');
  throw new DeclinedError('the card was declined', { cause });
}

app.post('/checkout', async function checkout() {
  await charge();
});

const { statusCode } = await app.inject({
  method: 'POST',
  url: '/checkout',
  headers: { 'x-request-id': 'request-17' },
});
console.log(statusCode);
await app.close();
