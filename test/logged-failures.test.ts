import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';
import type { StoredEvent } from '../src/dev/store.ts';

/** How many ways the logger of each has. */
const DOORS: Readonly<Record<string, number>> = {
  direct: 1,
  withErrsight: 7,
  bare: 7,
  winston: 6,
  bunyan: 4,
};
const FRAMEWORKS = 7;

/** What has a line of its own besides: with the target alone a text behind which pino drops the Error. */
function isTwo(door: string, [, way = '']: readonly string[]): boolean {
  return door === 'bare' && way === 'behind';
}

function told({ level, message, tags, metadata }: StoredEvent): string {
  return [level, tags['route'], message, metadata['mechanism']].join(' | ');
}

t.jobs = 2;
for (const [door, ways] of Object.entries(DOORS)) {
  t.test(
    `${door}: a failing request whose error is logged as well is one event`,
    { buffered: true },
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('logged-failures', {
        args: [door],
        env: server.env,
      });
      t.match(ended, { code: 0, signal: null, stderr: '' });
      const { arrived, asked } = JSON.parse(ended.stdout) as { arrived: boolean; asked: string[] };
      t.equal(arrived, true);
      t.equal(asked.length, FRAMEWORKS * (ways * 2 + (door === 'bare' ? 0 : 3)));
      let total = 0;
      for (const each of asked) {
        const events = server.events.filter(({ user_context: user }) => user.id === each);
        // What was logged has left before the request fails with another one around it, or becomes that.
        const titles = new Set([
          `RangeError: order of ${each} broke`,
          ...(each.endsWith(' wrapped') ? ['Error: the order failed'] : []),
        ]);
        const [error, ...more] = events.filter(({ message }) => titles.has(message));
        t.match(
          error,
          {
            level: 'error',
            tags: {
              request_method: 'GET',
              ...(!each.startsWith('http') && { route: '/orders/:way/:when' }),
            },
            metadata: { exception_frames: [{ function: 'fail' }] },
          },
          each,
        );
        // With the bare target, whose worker is starting, nobody knows yet who tells what.
        const isText = door !== 'bare' && / text (?:thrown|handled)$/.test(each);
        if (isText) t.match(error?.metadata['log_message'], `it failed: order of ${each} broke`);
        t.strictSame(more.map(told), [], `${each}: once`);
        const count = isTwo(door, each.split(' ')) ? 2 : 1;
        t.equal(events.length, count, `${each}: no line of its own`);
        total += count;
      }
      t.equal(server.events.length, total, 'and nothing else');
    },
  );
}
