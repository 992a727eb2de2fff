/** Hono's helpers for streams catch errors themselves. The docs say how such an error arrives. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { stream, streamSSE } from 'hono/streaming';
import t from 'tap';
import { captureErrors, captureException, close, init } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import { listening } from '../fixtures/serving.ts';

async function tell(error: Error): Promise<void> {
  captureException(error);
}

t.test('an error in a stream of Hono’s helpers arrives by their last argument', async (t) => {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url });
  const shop = new Hono();
  captureErrors(shop);
  const printed = t.capture(console, 'error');
  shop.get('/alone/:id', (context) =>
    stream(context, async (answer) => {
      await answer.write('begun');
      throw new Error('nobody is told');
    }),
  );
  shop.get('/stream/:id', (context) =>
    stream(
      context,
      async (answer) => {
        await answer.write('begun');
        throw new RangeError('stream broke');
      },
      tell,
    ),
  );
  shop.get('/events/:id', (context) =>
    streamSSE(
      context,
      async (answer) => {
        await answer.writeSSE({ data: 'begun' });
        throw new RangeError('events broke');
      },
      tell,
    ),
  );
  const running = serve({ fetch: shop.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  const { port, close: end } = await listening(running);
  for (const name of ['alone', 'stream', 'events']) {
    const answer = await fetch(`http://127.0.0.1:${port}/${name}/7`);
    t.equal(answer.status, 200);
    t.match(await answer.text(), 'begun');
  }
  await end();
  t.match(printed(), [{ args: [{ message: 'nobody is told' }] }]);
  t.equal(await close(), true);
  const told = server.events.map(({ message, tags }) => `${message} ${tags['route']}`);
  t.strictSame(told.toSorted(), [
    'RangeError: events broke /events/:id',
    'RangeError: stream broke /stream/:id',
  ]);
});
