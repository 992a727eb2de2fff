/** Hono tells no handler of a thrown value that is no Error, and prints the errors itself. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import t from 'tap';
import { captureErrors, close, init } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask, listening } from '../fixtures/serving.ts';

type Variables = { user: { id: string } };

function fail(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

t.test('what Hono fails with is one event, without a step for what Hono prints', async (t) => {
  const server = await strictServer(t);
  t.capture(console, 'error');
  init({ apiKey: server.key, host: server.url });
  const shop = new Hono<{ Variables: Variables }>();
  captureErrors(shop);
  shop.use('*', async (context, next) => {
    context.set('user', { id: context.req.path });
    await next();
  });
  shop.get('/object/:id', fail({ code: 5 }));
  shop.get('/text/:id', fail('no stock left'));
  shop.get('/error/:id', fail(new RangeError('no stock')));
  shop.get('/other/:id', () => {
    globalThis.console.error(new Error('no card'));
    throw new RangeError('no stock');
  });
  const inner = new Hono().get('/object/:id', fail({ code: 6 }));
  shop.route('/inner', inner);
  const running = serve({ fetch: shop.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  const { port, close: end } = await listening(running);
  const paths = ['/object', '/text', '/error', '/other', '/inner/object'];
  for (const path of paths) await ask(port, `${path}/7`, false);
  await end();
  t.equal(await close(), true);
  const told = server.events.map(({ tags, user_context: user, breadcrumbs }) => {
    return [tags['route'], user['id'] ?? '-', ...breadcrumbs.map(({ message }) => message)].join(
      ' ',
    );
  });
  // Hono shows the context of a request, which has the user, to its handler of Errors only.
  t.strictSame(told.toSorted(), [
    '/error/:id /error/7',
    '/inner/object/:id -',
    '/object/:id -',
    '/other/:id /other/7 Error: no card',
    '/text/:id -',
  ]);
});
