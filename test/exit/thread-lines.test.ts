import t from 'tap';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

function end(
  server: TestErrsight,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return runFixture('thread-lines', { args, env: { ...server.env, ...env } });
}

const ENDS = [
  ['exit', { code: 3 }],
  ['SIGTERM', { signal: 'SIGTERM' }],
  ['throw', { code: 1 }],
] as const;

/** How many events the lines on stderr tell of. */
function told({ stderr }: Ended): number {
  const counts = stderr.matchAll(/^errsight: (\d+) events? of other threads had not arrived at/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

for (const [how, status] of ENDS) {
  t.test(`${how} waits for the worker of a thread's pino that is starting`, async (t) => {
    const server = await strictServer(t);
    const ended = await end(server, [how, 'cold']);
    t.match(ended, status);
    const arrived = server.events.filter(({ message }) => message.includes('number'));
    t.equal(arrived.length, 30, ended.stderr);
    t.notMatch(ended.stderr, 'errsight:');
  });

  for (const when of ['cold', 'warm']) {
    t.test(`${how}, ${when}: lines that never leave a blocked thread are told`, async (t) => {
      const server = await strictServer(t);
      const ended = await end(server, [how, when, 'blocked'], { SHUTDOWN_TIMEOUT: '300' });
      t.match(ended, status);
      t.equal(told(ended), 30, ended.stderr);
    });
  }
}

for (const [when, ...thread] of [['cold'], ['cold', 'blocked'], ['warm'], ['warm', 'blocked']]) {
  t.test(
    `a thread is terminated, ${[when, ...thread].join(', ')}: its lines are told`,
    async (t) => {
      const server = await strictServer(t, { intercept: () => true });
      const ended = await end(server, ['terminate', when ?? '', ...thread]);
      t.match(ended, { code: 0, stdout: 'terminated' });
      t.equal(ended.stderr, `errsight: 30 ${LOST}\n`);
    },
  );
}

const LOST = 'events had not arrived when the thread they were captured in was terminated';

for (const how of ['exit', 'SIGTERM']) {
  t.test(`${how}: lines that the target does not take are no losses`, async (t) => {
    const server = await strictServer(t);
    const ended = await end(server, [how, 'warm', 'stricter']);
    t.equal(ended.stderr, '');
    t.equal(server.total, 0);
  });
}
