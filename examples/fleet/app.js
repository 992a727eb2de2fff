// One of the fleet's processes. All it does for the queue is to name the transport, once for the
// logger and once for what no logger sees. Where Redis is says REDIS_URL; the key comes from the
// environment as ever (ERRSIGHT_API_KEY).
// Usage: node app.js [how many errors]
import pino from 'pino';
import { captureException, init } from 'errsight';

const count = Number(process.argv[2] ?? 1);
const options = { transport: 'errsight/redis', release: 'fleet-1.0.0' };

init(options);
const logger = pino({ transport: { target: 'errsight/pino', options } });

for (let order = 1; order <= count; order += 1) {
  try {
    checkout(order);
  } catch (err) {
    logger.error({ err, order }, 'checkout failed');
  }
  try {
    ship(order);
  } catch (error) {
    captureException(error, { tags: { way: 'direct' }, metadata: { order } });
  }
}

function checkout(order) {
  throw new Error(`the card for order ${order} was declined`);
}

function ship(order) {
  throw new RangeError(`order ${order} has no address`);
}
