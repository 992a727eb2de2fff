import t from 'tap';
import { runFixture, SLOW_CLOCK } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const CASES: readonly (readonly [end: string, code: number, what: string])[] = [
  ['end', 0, 'a natural end'],
  ['code', 7, 'a natural end with an exit code of its own'],
  ['exit', 1, 'process.exit(1) in the next line'],
  ['throw', 1, 'an uncaught throw in the next line'],
  ['rejection', 1, 'an unhandled rejection in the next line'],
];

for (const start of ['cold', 'warm']) {
  for (const [end, code, what] of CASES) {
    t.test(`with a ${start} worker an event survives ${what}`, async (t) => {
      const server = await strictServer(t);
      // pino waits for 10 s at most, in which a thread has to start.
      const env = { ...server.env, ...SLOW_CLOCK };
      const ended = await runFixture('pino-end', { args: [start, end], env });
      t.equal(ended.code, code, ended.stderr);
      t.match(server.events, [
        {
          level: 'fatal',
          message: 'the last words',
          metadata: {
            exception_class: 'Error',
            exception_causes: [{ class: 'RangeError', message: 'the reason' }],
            log_message: 'x',
          },
        },
      ]);
      t.equal(server.events.length, 1, 'once');
    });
  }
}

t.test('without an API key nothing is sent, and nothing is printed', async (t) => {
  const server = await strictServer(t);
  const env = { ERRSIGHT_HOST: server.url };
  const ended = await runFixture('pino-end', { args: ['warm', 'exit'], env });
  t.match(ended, { code: 1, stdout: '', stderr: '' });
  t.equal(server.requests.length, 0);
});

for (const start of ['cold', 'warm']) {
  t.test(`with a ${start} worker a wrong option is named, and holds nothing up`, async (t) => {
    const server = await strictServer(t);
    const env = { ...server.env, ERRSIGHT_HOST: 'nowhere' };
    const ended = await runFixture('pino-end', { args: [start, 'exit'], env });
    t.not(ended.code, 0);
    t.match(ended.stderr, /errsight: .*expected `ERRSIGHT_HOST` to be an http: or https: URL/);
    t.notMatch(ended.stderr, 'took too long', 'pino does not wait for a thread that has failed');
    t.equal(server.requests.length, 0);
  });
}
