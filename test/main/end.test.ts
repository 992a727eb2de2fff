import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import type { Stats } from '../../src/stats.ts';

const CASES: readonly (readonly [end: string, code: number, what: string, uncaught?: string])[] = [
  ['end', 0, 'a natural end'],
  ['code', 7, 'a natural end with an exit code of its own'],
  ['close', 0, 'an awaited close'],
  ['exit', 1, 'process.exit(1) in the next line'],
  ['throw', 1, 'an uncaught throw', 'nobody catches this'],
  ['rejection', 1, 'an unhandled rejection', 'nobody handles this'],
];

for (const [end, code, what, uncaught] of CASES) {
  t.test(`directly captured events survive ${what}`, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('direct-end', { args: [end], env: server.env });
    t.equal(ended.code, code, ended.stderr);
    const wanted = [{ level: 'error', message: 'the last words' }];
    const message = `TypeError: ${uncaught}`;
    const last = { level: 'fatal', message, metadata: { exception_class: 'TypeError' } };
    const sorted = server.events.toSorted((a, b) => a.message.localeCompare(b.message));
    t.match(
      sorted,
      uncaught === undefined
        ? wanted
        : [last, ...wanted].toSorted((a, b) => a.message.localeCompare(b.message)),
    );
    t.equal(sorted.length, uncaught === undefined ? 1 : 2, 'each once');
    if (end !== 'close') {
      const stats = JSON.parse(ended.stdout) as Stats;
      t.match(stats, { accepted: sorted.length, delivered: sorted.length, queued: 0, inFlight: 0 });
    }
    if (uncaught !== undefined) t.match(ended.stderr, uncaught, 'Node still prints the error');
  });
}

t.test('a server that does not answer holds up the exit for shutdownTimeout at most', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  const env = { ...server.env, SHUTDOWN_TIMEOUT: '300' };
  const ended = await runFixture('direct-end', { args: ['exit'], env });
  t.equal(ended.code, 1);
  t.match(JSON.parse(ended.stdout), { accepted: 1, delivered: 0, dropped: { shutdown: 1 } });
  t.match(
    ended.stderr,
    /^errsight: 1 events? had not arrived when the process ended: no answer came in time\n$/,
  );
});

t.test('at exit a limit smaller than what is left lets through what matters most', async (t) => {
  const server = await strictServer(t, { rateLimitPerMinute: 10, windowMs: 1e12 });
  const ended = await runFixture('direct-end', { args: ['backlog'], env: server.env });
  t.equal(ended.code, 1, ended.stderr);
  t.ok(server.total >= 8 && server.total <= 10, `${server.total} of the 10 that were allowed`);
  t.match(server.events[0], { level: 'fatal', message: 'the fatal one' });
  t.match(JSON.parse(ended.stdout), {
    accepted: 31,
    delivered: server.total,
    dropped: { shutdown: 31 - server.total },
  });
});

t.test('without an API key nothing is sent, and nothing is printed', async (t) => {
  const server = await strictServer(t);
  const env = { ERRSIGHT_HOST: server.url };
  const ended = await runFixture('direct-end', { args: ['exit'], env });
  t.match(ended, { code: 1, stderr: '' });
  t.equal(server.requests.length, 0);
});
