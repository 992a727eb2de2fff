import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const ENDS: readonly (readonly [scenario: string, mechanism: string])[] = [
  ['throw in a scope', 'uncaughtException'],
  ['rejection in a scope', 'unhandledRejection'],
];

for (const [scenario, mechanism] of ENDS) {
  t.test(
    `an uncaught ${scenario} is fatal, whatever the scope says, and Node goes on as ever`,
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('api-end', { args: [scenario], env: server.env });
      t.equal(ended.code, 1);
      t.match(ended.stderr, 'TypeError: nobody catches this');
      t.notMatch(ended.stderr, 'errsight:');
      t.equal(server.total, 1);
      t.match(server.events, [
        {
          level: 'fatal',
          message: 'TypeError: nobody catches this',
          tags: { scenario },
          user_identifier: 'ada',
          metadata: { mechanism, exception_class: 'TypeError' },
        },
      ]);
    },
  );
}

t.test('an uncaught `throw undefined` is reported as well', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-end', { args: ['throw nothing'], env: server.env });
  t.equal(ended.code, 1);
  t.match(server.events, [{ level: 'fatal', message: 'undefined' }]);
});

t.test(
  'where the application has a listener of its own, the error is reported once, and life goes on',
  async (t) => {
    // The monitor cannot know what the listener makes of it: nobody caught it, so it is fatal.
    const server = await strictServer(t);
    const ended = await runFixture('api-end', { args: ['own listener'], env: server.env });
    t.match(ended, { code: 0, stderr: '' });
    t.match(
      server.events.map(({ level, message }) => `${level} ${message}`),
      ['fatal TypeError: nobody catches this', 'info life goes on'],
    );
    t.equal(server.total, 2);
  },
);

t.test(
  'what a listener of the application says before it exits is a part of the event',
  async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('api-end', { args: ['own listener exits'], env: server.env });
    t.match(ended, { code: 3, stderr: '' });
    t.equal(server.total, 1);
    t.match(server.events, [
      {
        level: 'fatal',
        metadata: { mechanism: 'uncaughtException' },
        tags: { by: 'the application' },
      },
    ]);
  },
);

const TAKEN: readonly (readonly [by: string, levels: readonly string[]])[] = [
  ['domain', ['error TypeError: nobody catches this']],
  ['domain around', ['fatal TypeError: nobody catches this']],
  ['capture callback', ['error TypeError: nobody catches this']],
];

for (const [by, expected] of TAKEN) {
  t.test(`${by}: an error is fatal only where it ends the process`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('api-end', { args: [by], env: server.env });
    t.equal(ended.code, expected[0]?.startsWith('fatal') ? 1 : 0, ended.stderr);
    t.strictSame(
      server.events.map(({ level, message }) => `${level} ${message}`),
      expected,
    );
  });
}

t.test('a rejection that the application handles by a listener is no fatal error', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-end', {
    args: ['own rejection listener'],
    env: server.env,
  });
  t.match(ended, { code: 0, stderr: '' });
  t.match(server.events, [
    {
      level: 'error',
      message: 'the application handles this',
      tags: { scenario: 'own rejection listener' },
      metadata: { mechanism: 'unhandledRejection' },
    },
  ]);
});

t.test('with captureUncaught: false nothing is captured, and the end is the same', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-end', {
    args: ['without captureUncaught'],
    env: server.env,
  });
  t.equal(ended.code, 1);
  t.match(ended.stderr, 'TypeError: nobody catches this');
  t.equal(server.requests.length, 0);
});
