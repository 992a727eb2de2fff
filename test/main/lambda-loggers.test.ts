import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const LOGGERS = [
  ['init', 'captureException'],
  ['winston', 'a winston transport of its own, without init'],
  ['pino', 'pino through withErrsight, without init'],
  ['pino-init', 'the bare target, and init'],
  ['bare', 'the bare target, and nothing else'],
  ['stream', 'a stream of pino with options of its own, and nothing else'],
  ['none', 'no logger at all'],
] as const;

/** The whole time is not used: nobody knows how long a busy machine takes to start a logger. */
const PATIENT = { FLUSH_TIMEOUT: '50000' };

for (const [logger, what] of LOGGERS) {
  t.test(`${what}: an invocation waits for what it logged, and for what it throws`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('lambda-loggers', {
      args: [logger, 'log,clean,throw'],
      env: { ...server.env, ...PATIENT },
    });
    t.equal(ended.signal, 'SIGKILL', ended.stderr);
    const messages = server.events.map(({ message }) => message);
    const wanted = ['Error: logged', 'Error: thrown'];
    t.strictSame(messages, logger === 'none' ? wanted.slice(1) : wanted);
  });

  t.test(
    `${what}, made in the first invocation: it waits for that, and for what it throws`,
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('lambda-loggers', {
        args: [logger, 'log and throw', 'late'],
        env: { ...server.env, ...PATIENT },
      });
      t.equal(ended.signal, 'SIGKILL', ended.stderr);
      const wanted = ['Error: logged', 'Error: thrown'];
      t.strictSame(
        server.events.map(({ message }) => message).toSorted(),
        logger === 'none' ? wanted.slice(1) : wanted,
      );
    },
  );

  if (logger === 'none') continue;
  t.test(`${what}: while ErrSight is away a clean invocation does not wait`, async (t) => {
    const server = await strictServer(t);
    server.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const ended = await runFixture('lambda-loggers', {
      args: [logger, 'log,clean,clean,clean'],
      env: server.env,
    });
    const [logged = 0, ...clean] = JSON.parse(ended.stdout || '[]') as number[];
    t.ok(logged >= 500, `the one that logged waits: ${logged}`);
    t.equal(clean.length, 3);
    // What waits for the stuck event does so each time, 1 to 2 s; a machine that is busy does not.
    t.ok(Math.min(...clean) < 1_000, `the clean ones do not: ${clean.join(', ')}`);
  });
}
