// An HTTP application that leaves its work to jobs; it then sends itself some requests, and ends.
// Usage: node app.js USER ORDER… [-- USER ORDER…]
import { once } from 'node:events';
import { createServer } from 'node:http';
import { flush, init, setTag, setUser } from 'errsight';
import { openQueue, publish } from './jobs.js';

init();
const queue = openQueue();

const server = createServer((request, response) => {
  const order = Number(request.url.split('/').at(-1));
  checkout(String(request.headers['x-user']), order).then(
    () => response.end(),
    (error) => response.destroy(error),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const { port } = server.address();
const groups = process.argv.slice(2).join(' ').split(' -- ');
await Promise.all(
  groups.flatMap((group) => {
    const [user, ...orders] = group.split(' ');
    return orders.map((order) =>
      fetch(`http://127.0.0.1:${port}/orders/${order}`, {
        headers: { 'x-user': user, 'x-request-id': `request-${order}` },
      }),
    );
  }),
);
server.close();
server.closeAllConnections();
await queue.close();
await flush();

/** errsight has given each request a scope of its own: nobody else has this user. */
async function checkout(user, order) {
  setUser({ id: user });
  setTag('tenant', `tenant of ${user}`);
  await publish(queue, 'ship', { order }, { attempts: 2, backoff: 50 });
}
