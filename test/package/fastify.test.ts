import t from 'tap';
import { strictServer } from '../helpers/errsight.ts';
import { installPacked, makeConsumer } from './consumer.ts';

const installed = await installPacked(t);

t.test('what a route of Fastify throws arrives with class, frames and request id', async (t) => {
  const server = await strictServer(t);
  const project = makeConsumer(t, installed, 'fastify', ['fastify']);
  const ended = await project.node(['app.mjs'], server.env);
  t.match(ended, { code: 0, stdout: '500\n', stderr: '' });
  t.equal(server.events.length, 1, 'once');
  t.match(server.events[0], {
    level: 'error',
    message: 'DeclinedError: the card was declined',
    metadata: {
      exception_class: 'DeclinedError',
      exception_frames: [
        {
          filename: 'app.mjs',
          function: 'charge',
          in_app: true,
          context_line: "  throw new DeclinedError('the card was declined', { cause });",
        },
        { filename: 'app.mjs', function: /checkout$/, in_app: true },
      ],
      exception_causes: [{ class: 'Error', message: 'connection reset' }],
      request_id: 'request-17',
      req: { method: 'POST', url: '/checkout' },
      res: { statusCode: 500 },
    },
    breadcrumbs: [{ level: 'info', message: 'incoming request' }],
  });
});
