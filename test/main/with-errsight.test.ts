import t from 'tap';
import { runFixture, SLOW_CLOCK } from '../helpers/child.ts';
import { saidTags } from '../helpers/tags.ts';
import { strictServer } from '../helpers/errsight.ts';

const COUNT = 200;

t.test(`${COUNT} pieces of work at once through one worker have their own scopes`, async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('with-errsight-scopes', {
    args: [String(COUNT)],
    env: server.env,
  });
  t.match(ended, { code: 0, signal: null, stderr: '' });
  t.strictSame(JSON.parse(ended.stdout), { arrived: true });
  const seen = server.events.map((event) => ({
    message: event.message,
    user: event.user_context.id,
    tags: saidTags(event),
    trail: event.breadcrumbs.map((crumb) => crumb.message).toSorted(),
  }));
  seen.sort((a, b) => Number(a.user) - Number(b.user));
  t.strictSame(
    seen,
    Array.from({ length: COUNT }, (_, n) => ({
      message: `Error: failed ${n}`,
      user: `${n}`,
      tags: { n: `${n}` },
      trail: [`begin ${n}`, `looked up ${n}`, `step ${n}`],
    })),
  );
});

const ENDS: readonly (readonly [end: string, status: object])[] = [
  ['end', { code: 0, signal: null }],
  ['exit', { code: 4, signal: null }],
  ['throw', { code: 1, signal: null }],
  ['SIGTERM', { code: null, signal: 'SIGTERM' }],
  ['SIGINT', { code: null, signal: 'SIGINT' }],
];

for (const how of ['target', 'targets', 'stream']) {
  for (const start of ['cold', 'warm']) {
    for (const [end, status] of ENDS) {
      t.test(
        `${end}, ${start}, as a ${how}: what was logged arrives, with withErrsight`,
        async (t) => {
          const server = await strictServer(t);
          const ended = await runFixture('with-errsight-end', {
            args: [start, end, how],
            // Without options of its own the main thread waits for 5 s.
            env: { ...server.env, ...(how === 'stream' && SLOW_CLOCK) },
          });
          t.match(ended, status);
          if (end !== 'throw') t.equal(ended.stderr, '');
          const logged =
            start === 'cold' ? ['Error: the last words'] : ['before', 'Error: the last words'];
          const uncaught = end === 'throw' ? ['TypeError: nobody catches this'] : [];
          t.strictSame(
            server.events.map(({ message }) => message).toSorted(),
            [...logged, ...uncaught].toSorted(),
            'once',
          );
          t.match(
            server.events.filter(({ message }) => message === 'TypeError: nobody catches this'),
            uncaught.map((message) => ({
              message,
              level: 'fatal',
              metadata: { exception_class: 'TypeError' },
            })),
          );
          t.ok(server.events.every(({ tags }) => tags['how'] === how));
          const printed = ended.stdout.split('\n').slice(0, -1);
          t.equal(printed.length, how === 'targets' ? logged.length : 0, ended.stdout);
        },
      );
    }
  }
}

t.test('a server that hangs holds up a signal for shutdownTimeout', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  const ended = await runFixture('with-errsight-end', {
    args: ['cold', 'SIGTERM', 'targets'],
    env: { ...server.env, SHUTDOWN_TIMEOUT: '300' },
  });
  t.match(ended, { code: null, signal: 'SIGTERM' });
});

for (const how of ['target', 'targets']) {
  t.test(`as a ${how}, what a signal takes from pino's worker is told, once`, async (t) => {
    let pid = 0;
    const server = await strictServer(t, {
      // The second signal ends the wait of the first.
      intercept: () => process.kill(pid, 'SIGTERM'),
    });
    const ended = await runFixture('with-errsight-end', {
      args: ['cold', 'SIGTERM', how],
      // Longer than the test's patience.
      env: { ...server.env, SHUTDOWN_TIMEOUT: '600000' },
      onStart: (started) => (pid = started),
    });
    t.match(ended, { code: null, signal: 'SIGTERM' });
    t.equal(
      ended.stderr,
      'errsight: 1 event of other threads had not arrived at the end of the process: no answer came in time\n',
    );
  });
}

t.test('requests of Fastify, pino-http and nestjs-pino, with either kind of logger', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('with-errsight-http', { env: server.env });
  t.match(ended, { code: 0, signal: null, stderr: '' });
  t.strictSame(JSON.parse(ended.stdout), { arrived: true });
  const ways = ['fastify-logger', 'fastify-instance', 'pinoHttp-options', 'pinoHttp-logger'];
  for (const way of [...ways, 'nestjs-pino']) {
    for (let n = 0; n < 20; n += 1) {
      const name = `${way}-${n}`;
      const own = server.events.filter(({ message }) => message === `Error: failed ${name}`);
      t.equal(own.length, 1, `${name}: once`);
      t.match(own[0], {
        user_context: { id: name },
        tags: { request_method: 'GET' },
        metadata: { full_path: `/orders/${name}`, exception_class: 'Error' },
      });
      const trail = own[0]?.breadcrumbs.map((crumb) => crumb.message);
      const expected = way.startsWith('fastify')
        ? ['incoming request', `looked up ${name}`]
        : [`looked up ${name}`];
      t.strictSame(trail, expected, `${name}: its own trail`);
      if (way.startsWith('fastify')) t.match(own[0]?.metadata['request_id'], /^req-/);
      else t.match(own[0]?.metadata['request_id'], /^\d+$/);
    }
  }
});
