import t, { type Test } from 'tap';
import type { StrictServerOptions } from './helpers/errsight.ts';
import { Arrivals, collect, emptied, files, makeFolder, WAYS, type Way } from './helpers/kills.ts';
import { startFixture } from './helpers/live.ts';
import type { Ended } from './helpers/child.ts';
import { range } from './delivery/double.ts';

t.jobs = 2;

const DOWN: StrictServerOptions['intercept'] = (_request, response) =>
  Boolean(response.writeHead(503).end());

/** Logs so many events, and ends by `process.exit(1)` or by itself. */
async function logAndEnd(
  t: Test,
  way: Way,
  env: Readonly<Record<string, string>>,
  count: number,
  end: 'exit' | 'end' = 'exit',
): Promise<Ended> {
  const program = startFixture(t, 'kill', { args: [way, end, '1', String(count)], env });
  const ended = await program.ended;
  t.equal(ended.code, end === 'exit' ? 1 : 0, ended.stderr);
  return ended;
}

/** How an application says that it wants a spool: what it sets, and where that is. */
type Place = readonly [
  what: string,
  env: (folder: string) => Record<string, string>,
  end: 'exit' | 'end',
];
const PLACES: readonly Place[] = [
  ['a folder as `spool`', (folder) => ({ SPOOL: folder }), 'exit'],
  ['a folder as `spool`', (folder) => ({ SPOOL: folder }), 'end'],
  ['`spool: true`', (folder) => ({ SPOOL: 'true', XDG_STATE_HOME: folder }), 'exit'],
  ['ERRSIGHT_SPOOL_DIR', (folder) => ({ ERRSIGHT_SPOOL_DIR: folder }), 'exit'],
];

for (const way of WAYS) {
  for (const [what, place, end] of PLACES) {
    t.test(
      `${way}, ${what}: what ${end} left while ErrSight was down arrives once`,
      { buffered: true },
      async (t) => {
        const arrivals = await Arrivals.start(t);
        const { server } = arrivals;
        server.intercept = DOWN;
        const folder = makeFolder(t);
        const env = { ...server.env, ...place(folder), SHUTDOWN_TIMEOUT: '500' };
        const ended = await logAndEnd(t, way, env, 30, end);
        t.equal(ended.stderr, '', 'nothing is lost');
        t.ok(files(folder).length > 0);
        server.intercept = undefined;
        await collect(t, way, env, async () => {
          t.strictSame(await arrivals.missing(range(1, 30)), []);
          await emptied(folder);
        });
        t.strictSame(arrivals.all, range(1, 30), 'each once');
        t.strictSame(files(folder), []);
        await collect(t, way, env, () => Promise.resolve());
        t.equal(server.total, 30, 'and nothing is sent by the start after that');
      },
    );
  }

  t.test(
    `${way}: when half of it arrives during process.exit() the next start sends the other half`,
    { buffered: true },
    async (t) => {
      const arrivals = await Arrivals.start(t);
      const { server } = arrivals;
      // After the first request. Nobody waits for the end of such a pause.
      server.intercept = (_request, response) =>
        server.total > 0 && Boolean(response.writeHead(503, { 'retry-after': '3600' }).end());
      const env = { ...server.env, SPOOL: makeFolder(t), SHUTDOWN_TIMEOUT: '50000' };
      const ended = await logAndEnd(t, way, env, 100);
      t.equal(ended.stderr, '', 'nothing is lost');
      const half = server.total;
      t.ok(half > 0 && half < 100, `${half} arrived`);
      server.intercept = undefined;
      await collect(t, way, env, async () => {
        t.strictSame(await arrivals.missing(range(1, 100)), []);
        await emptied(env.SPOOL);
      });
      t.strictSame(arrivals.all, range(1, 100), 'each once');
      t.strictSame(files(env.SPOOL), []);
    },
  );

  for (const level of ['info', 'warning', 'error', 'fatal']) {
    t.test(
      `${way}: ten of level ${level} survive kill -9 while ErrSight is down, all of them`,
      { buffered: true },
      async (t) => {
        const arrivals = await Arrivals.start(t);
        const { server } = arrivals;
        server.intercept = DOWN;
        const env = { ...server.env, SPOOL: makeFolder(t), LEVEL: level };
        // The eleventh says of pino's worker that ten are on the disk.
        const args = way === 'pino' ? [way, 'endless', '1'] : [way, 'some', '1', '10'];
        const program = startFixture(t, 'kill', { args, env });
        await program.line((line) => line === (way === 'pino' ? 'heard 11' : 'logged'));
        program.kill();
        t.match(await program.ended, { signal: 'SIGKILL', stderr: '' });
        server.intercept = undefined;
        await collect(t, way, env, async () => {
          t.strictSame(await arrivals.missing(range(1, 10)), []);
        });
      },
    );
  }

  t.test(
    `${way}: without a spool kill -9 costs what was not sent, and nothing else`,
    { buffered: true },
    async (t) => {
      const arrivals = await Arrivals.start(t);
      const { server } = arrivals;
      const tmp = makeFolder(t);
      // It is killed before that, on any machine.
      const env = { ...server.env, TMPDIR: tmp, FLUSH_INTERVAL: '600000' };
      // Half a batch, which waits for more.
      const program = startFixture(t, 'kill', { args: [way, 'some', '1', '5'], env });
      await program.line((line) => line === 'logged');
      program.kill();
      t.match(await program.ended, { signal: 'SIGKILL', stderr: '' });
      await collect(t, way, env, () => Promise.resolve());
      t.strictSame(arrivals.all, [], 'lost');
      t.strictSame(files(tmp), [], 'and never written anywhere');
    },
  );

  t.test(
    `${way}: without a spool what cannot be sent at the end is lost, and a line says so`,
    { buffered: true },
    async (t) => {
      const arrivals = await Arrivals.start(t);
      arrivals.server.intercept = DOWN;
      const env = { ...arrivals.server.env, SHUTDOWN_TIMEOUT: '300' };
      const ended = await logAndEnd(t, way, env, 10);
      t.match(ended.stderr, /^errsight: 10 events had not arrived when the .*\n$/);
      arrivals.server.intercept = undefined;
      await collect(t, way, env, () => Promise.resolve());
      t.strictSame(arrivals.all, []);
    },
  );
}
