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
      t.equal(asked.length, 9 * 5);
      let count = 1;
      for (const each of asked) {
        const [app = '', way = '', status] = each.split(' ');
        t.equal(status, '500', each);
        const events = server.events.filter(({ message }) => message.includes(`${app} ${way} `));
        const expected = way === 'twice' || way === 'others' ? 2 : 1;
        t.equal(events.length, expected, each);
        count += expected;
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
        const more = events[0]?.metadata['log_message'];
        if (way === 'retold') t.match(more, `bad: ${text}`, `${each}: the outer error`);
        else t.notOk(more, `${each}: nothing is said twice`);
        if (!WITHOUT_ROUTE.has(app)) t.ok(events[0]?.tags['route'], `${each}: its route`);
      }
      t.equal(server.events.length, count, 'and nothing else');
    },
  );
}
