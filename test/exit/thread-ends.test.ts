import t from 'tap';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';

function end(
  server: TestErrsight,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return runFixture('thread-ends', { args, env: { ...server.env, ...env } });
}

const WAYS = ['direct', 'winston', 'stream', 'target', 'withErrsight'] as const;

for (const way of WAYS) {
  t.test(
    `what a thread of the application holds by ${way} arrives when the main thread exits`,
    async (t) => {
      const server = await strictServer(t);
      const ended = await end(server, [way, 'exit', 'init']);
      t.match(ended, { code: 3, stderr: '' });
      t.match(server.events, [{ message: /in a thread/ }]);
      t.equal(server.total, 1, 'once');
    },
  );
}

for (const [how, status] of [
  ['exit', { code: 3 }],
  ['SIGTERM', { signal: 'SIGTERM' }],
  ['throw', { code: 1 }],
] as const) {
  for (const main of ['init', 'import']) {
    t.test(
      `what a thread holds arrives although the process ends by ${how}, its main thread with ${main}`,
      async (t) => {
        const server = await strictServer(t);
        t.match(await end(server, ['direct', how, main]), status);
        t.equal(server.events.filter(({ message }) => message.includes('in a thread')).length, 1);
      },
    );
  }
}

for (const way of WAYS) {
  t.test(
    `what a thread holds by ${way} arrives before SIGTERM ends a process that only imports us`,
    async (t) => {
      const server = await strictServer(t);
      t.match(await end(server, [way, 'SIGTERM', 'import']), { signal: 'SIGTERM', stderr: '' });
      t.match(server.events, [{ message: /in a thread/ }]);
    },
  );
}

t.test(
  'a main thread that only imports us has listeners of signals while a thread reports',
  async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('thread-signals', { env: server.env });
    t.match(ended, { code: 0, stderr: '' });
    t.equal(ended.stdout, 'a thread: 0\nit reports: 1\nit has closed: 0\n');
  },
);

t.test('flush() on the main thread covers what a thread has captured', async (t) => {
  const server = await strictServer(t);
  for (const main of ['init', 'import']) {
    const ended = await end(server, ['direct', 'flush', main]);
    t.match(ended.stdout, 'flush: true\n');
  }
  t.equal(server.total, 2);
});

t.test('flush() is false where the server hangs for a thread', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  const ended = await end(server, ['direct', 'flush', 'init'], { FLUSH_TIMEOUT: '1500' });
  t.match(ended.stdout, 'flush: false\n');
});

const LOST = 'errsight: 1 event of other threads had not arrived at the end of the process';

for (const main of ['init', 'import']) {
  for (const how of ['exit', 'SIGTERM']) {
    const status = how === 'exit' ? { code: 3 } : { signal: how };

    t.test(
      `what a thread can't send at ${how} is told, the main thread with ${main}`,
      async (t) => {
        const server = await strictServer(t, { intercept: () => true });
        const ended = await end(server, ['direct', how, main], { SHUTDOWN_TIMEOUT: '500' });
        t.match(ended, status);
        const [told, why] = /^(.+ process)(?:: (.+))?\n$/.exec(ended.stderr)?.slice(1) ?? [];
        t.equal(told, LOST, ended.stderr);
        // Its request may have been given up by then. On a busy machine the thread says too late why.
        t.match(why ?? '', /^(?:|no answer came in time|ErrSight does not answer \(.+\))$/);
      },
    );

    t.test(`why a thread's event is refused at ${how} is told by ${main}`, async (t) => {
      const server = await strictServer(t, {
        intercept: (_request, response) => {
          response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"no"}');
          return true;
        },
      });
      // Such an answer ends the wait, however late it comes.
      const ended = await end(server, ['direct', how, main]);
      t.match(ended, status);
      t.match(ended.stderr, `${LOST}: ErrSight does not know the API key (401)`);
    });
  }
}
