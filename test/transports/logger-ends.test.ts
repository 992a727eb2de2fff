import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const LOGGERS = ['winston', 'bunyan'] as const;

interface End {
  readonly end: string;
  readonly code: number | null;
  /** What is told of what nobody catches: its level and the mechanism. */
  readonly caught?: readonly [level: string, mechanism: string];
  readonly by?: readonly string[];
}

const THROWN = ['fatal', 'uncaughtException'] as const;
const REJECTED = ['fatal', 'unhandledRejection'] as const;

const WINSTON = ['winston'] as const;

const ENDS: readonly End[] = [
  { end: 'natural', code: 0 },
  { end: 'code', code: 7, by: WINSTON },
  { end: 'exit', code: 1 },
  { end: 'SIGTERM', code: null },
  { end: 'throw', code: 1, caught: THROWN },
  { end: 'throw unwatched', code: 1 },
  { end: 'rejection', code: 1, caught: REJECTED, by: WINSTON },
  { end: 'throw listener', code: 1, caught: THROWN },
  { end: 'throw text', code: 1, caught: THROWN, by: WINSTON },
  { end: 'throw handled', code: 1, caught: THROWN, by: WINSTON },
  { end: 'throw text handled', code: 1, caught: THROWN, by: WINSTON },
  { end: 'throw handled unwatched', code: 1, caught: THROWN, by: WINSTON },
  { end: 'throw handled, goes on', code: 0, caught: THROWN, by: WINSTON },
  { end: 'throw apart', code: 1, caught: THROWN, by: WINSTON },
  { end: 'throw again', code: 1, caught: THROWN },
  { end: 'rejection handled', code: 1, caught: REJECTED, by: WINSTON },
  { end: 'rejection handled unwatched', code: 1, caught: REJECTED, by: WINSTON },
];

for (const { end, code, caught, by = LOGGERS } of ENDS) {
  for (const logger of by) {
    t.test(`${logger}, ${end}: what was logged arrives, what nobody catches once`, async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('logger-end', { args: [logger, end], env: server.env });
      t.match(ended, { code, signal: code === null ? end : null, stdout: '' }, ended.stderr);
      t.notMatch(ended.stderr, 'errsight:');
      const events = server.events.map(({ level, message, metadata }) =>
        [level, message, metadata['mechanism']].join(' '),
      );
      const [level, mechanism] = caught ?? [];
      const name = end.includes('text') ? 'String' : 'TypeError';
      const expected = [
        'error Error: the last words ',
        ...(end.includes('goes on') ? ['error Error: still there '] : []),
        ...(caught === undefined ? [] : [`${level} ${name}: nobody catches this ${mechanism}`]),
      ];
      t.strictSame(events.toSorted(), expected.toSorted());
    });
  }
}

t.test('init decides, also that there is to be no client, before the environment', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('logger-end', {
    args: ['winston', 'throw disabled'],
    env: server.env,
  });
  t.equal(ended.code, 1);
  t.equal(server.requests.length, 0);
});

t.test('without an API key nothing is sent, and nothing is printed', async (t) => {
  const server = await strictServer(t);
  const env = { ERRSIGHT_HOST: server.url };
  for (const logger of LOGGERS) {
    const ended = await runFixture('logger-end', { args: [logger, 'exit'], env });
    t.match(ended, { code: 1, stdout: '', stderr: '' });
  }
  t.equal(server.requests.length, 0);
});
