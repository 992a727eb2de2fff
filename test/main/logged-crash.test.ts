import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

// The worker reads its lines before the crash, or behind it.
for (const ms of ['0', '300']) {
  t.test(`an error that is logged and ends the process ${ms} ms later is one event`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('logged-crash', { args: [ms], env: server.env });
    t.equal(ended.code, 1);
    t.match(ended.stderr, /the card was declined/);
    t.match(server.events, [
      {
        level: 'fatal',
        message: 'Error: the card was declined',
        tags: { handled: 'no', mechanism: 'uncaughtException' },
        breadcrumbs: [
          {
            level: 'info',
            category: 'log',
            message: 'the order is paid',
            data: { order: 17, password: '[Filtered]' },
          },
          { level: 'info', category: 'log', message: 'the end is near' },
        ],
      },
    ]);
    t.equal(server.events.length, 1);
    t.equal(server.events[0]?.breadcrumbs.length, 2);
  });
}
