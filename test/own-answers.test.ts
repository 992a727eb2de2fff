/** An event of an error that a handler logs before it answers itself has the status of the answer. */
import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

/** No router tells of a route there: Nest's middleware comes before it, and a plain server has none. */
const WITHOUT_ROUTE = new Set(['http', 'nestFastify']);

t.jobs = 2;
for (const door of ['withErrsight', 'bare', 'winston', 'bunyan', 'direct']) {
  t.test(
    `${door}: what is logged before the answer has its status`,
    { buffered: true },
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('own-answers', { args: [door], env: server.env });
      t.match(ended, { code: 0, signal: null, stderr: '' });
      const { arrived, asked } = JSON.parse(ended.stdout) as { arrived: boolean; asked: string[] };
      t.equal(arrived, true);
      t.equal(asked.length, 9 * 2);
      for (const each of asked) {
        const [app = '', way = '', status] = each.split(' ');
        t.equal(status, '500', each);
        const events = server.events.filter(({ message }) =>
          message.includes(`${app} ${way} failed`),
        );
        t.equal(events.length, 1, each);
        const text = `${app} ${way} failed`;
        t.match(
          events[0],
          {
            message: way === 'text' ? text : `RangeError: ${text}`,
            tags: { status: '500', request_method: 'GET' },
            metadata: { status: 500, full_path: `/orders/${way}` },
          },
          each,
        );
        t.notOk(events[0]?.metadata['log_message'], `${each}: nothing is said twice`);
        if (!WITHOUT_ROUTE.has(app)) t.ok(events[0]?.tags['route'], `${each}: its route`);
      }
      t.equal(server.events.length, asked.length + 1, 'and nothing else');
    },
  );
}
