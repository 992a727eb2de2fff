import t from 'tap';
import { startProxy } from '../delivery/local-proxy.ts';
import { runFixture, type Ended } from '../helpers/child.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import type { Stats } from '../../src/stats.ts';

interface Outcome extends Ended {
  readonly stats: Stats;
  /** What errsight wrote. */
  readonly lines: readonly string[];
  /** From the program's first line to its last. */
  readonly ms: number;
}

async function end(
  server: TestErrsight,
  scenario: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const ended = await runFixture('api-end', {
    args: [scenario],
    env: { ...server.env, ...env },
  });
  const { held, ...stats } = JSON.parse(ended.stdout) as Stats & { readonly held: number };
  return {
    ...ended,
    stats,
    lines: ended.stderr.split('\n').filter((line) => line !== ''),
    ms: held,
  };
}

function messages(server: TestErrsight): readonly string[] {
  return server.events.map(({ message }) => message).toSorted();
}

t.test('what is in flight at process.exit() is sent again, and what waits as well', async (t) => {
  let requests = 0;
  // The first request is never answered: its events are not known to have arrived.
  const server = await strictServer(t, { intercept: () => ++requests === 1 });
  const ended = await end(server, 'exit in flight');
  t.match(ended, { code: 4, stderr: '' });
  t.strictSame(messages(server), ['in flight', 'in the queue']);
  t.match(ended.stats, { accepted: 2, delivered: 2, queued: 0, inFlight: 0 });
});

t.test('all that waits at process.exit() arrives', async (t) => {
  const server = await strictServer(t);
  const ended = await end(server, 'exit');
  t.match(ended, { code: 4, stderr: '' });
  t.equal(server.total, 30);
  t.match(ended.stats, { accepted: 30, delivered: 30 });
});

t.test('the last worker tries again where a server fails for a moment', async (t) => {
  let requests = 0;
  const server = await strictServer(t, {
    intercept: (_request, response) => {
      requests += 1;
      if (requests === 1) response.destroy();
      if (requests === 2) response.writeHead(503).end();
      return requests <= 2;
    },
  });
  const ended = await end(server, 'exit');
  t.equal(ended.code, 4);
  t.match(ended.stats, { accepted: 30, delivered: 30 });
});

t.test('the last worker takes the way by the proxy as well', async (t) => {
  // The proxy passes on whom it was asked for.
  const server = await strictServer(t, { hostNames: ['errsight.invalid'] });
  const proxy = await startProxy(t, { to: Number(new URL(server.url).port) });
  const ended = await end(server, 'exit', {
    ERRSIGHT_HOST: 'http://errsight.invalid',
    HTTP_PROXY: `http://user:secret@${proxy.address}`,
  });
  t.equal(ended.code, 4);
  t.match(ended.stats, { accepted: 30, delivered: 30 });
  t.equal(server.total, 30);
  t.ok(proxy.asked.length > 0);
  t.strictSame(new Set(proxy.users), new Set(['user:secret']));
});

t.test('a variable that names no proxy is told once, and ends nothing', async (t) => {
  const server = await strictServer(t);
  const ended = await end(server, 'exit', {
    ERRSIGHT_HOST: 'https://errsight.invalid',
    HTTPS_PROXY: 'socks5://user:secret@127.0.0.1:1080',
    SHUTDOWN_TIMEOUT: '300',
  });
  t.equal(ended.code, 4);
  t.match(ended.stats, { accepted: 30, dropped: { shutdown: 30 } });
  t.match(ended.lines, [
    /^errsight: `HTTPS_PROXY` is not the URL of an http: or https: proxy; /,
    // The last word is not that they are held.
    /^errsight: 30 events had not arrived when the process ended/,
  ]);
  t.equal(ended.lines.length, 2);
  t.notMatch(ended.stderr, 'secret');
});

const UNKNOWN = 'ErrSight does not know the API key (401): it is mistyped or revoked';
const NO_WRITE =
  'ErrSight does not let the API key write events (403): a key to write begins with elp_';
const REFUSALS: readonly (readonly [
  what: string,
  arrange: (server: TestErrsight) => void,
  why: string,
])[] = [
  ['does not know the key', (server) => (server.revoked = true), UNKNOWN],
  [
    'is of an organization that is gone',
    (server) => (server.organizationDiscarded = true),
    NO_WRITE,
  ],
  ['is paused', (server) => (server.paused = true), 'the project is paused in ErrSight'],
];

for (const [what, arrange, why] of REFUSALS) {
  t.test(
    `a server that ${what} ends the wait at once, and one line says what was lost`,
    async (t) => {
      const server = await strictServer(t);
      arrange(server);
      const ended = await end(server, 'exit', { SHUTDOWN_TIMEOUT: '50000' });
      t.equal(ended.code, 4);
      t.match(ended.stats, { accepted: 30, delivered: 0, dropped: { shutdown: 30 } });
      t.strictSame(ended.lines, [
        `errsight: 30 events had not arrived when the process ended: ${why}`,
      ]);
      t.ok(ended.ms < 30_000, `${ended.ms} ms`);
    },
  );
}

for (const scenario of ['exit', 'natural end', 'exit while it flushes']) {
  t.test(`a server that hangs holds up "${scenario}" for shutdownTimeout, once`, async (t) => {
    const server = await strictServer(t, { intercept: () => true });
    const ended = await end(server, scenario, { SHUTDOWN_TIMEOUT: '8000', TIMEOUT: '60000' });
    t.equal(ended.code, scenario === 'natural end' ? 0 : 4);
    t.match(ended.stats, { delivered: 0, queued: 0, inFlight: 0 });
    t.equal(ended.stats.dropped.shutdown, ended.stats.accepted);
    t.match(ended.lines, [
      /^errsight: \d+ events? had not arrived when the process ended: no answer came in time$/,
    ]);
    t.equal(ended.lines.length, 1);
    // Not twice, also on a machine that takes many seconds to start the thread.
    t.ok(ended.ms > 7_800 && ended.ms < 15_800, `${ended.ms} ms`);
  });
}

t.test('with shutdownTimeout 0 the end waits for nothing, and counts', async (t) => {
  const server = await strictServer(t, { intercept: () => true });
  for (const scenario of ['exit', 'natural end']) {
    const ended = await end(server, scenario, { SHUTDOWN_TIMEOUT: '0' });
    t.equal(ended.stats.dropped.shutdown, ended.stats.accepted);
    t.equal(ended.lines.length, 1);
  }
});

t.test('a replaced client still delivers when the process ends right after', async (t) => {
  const server = await strictServer(t);
  const ended = await end(server, 'init again, exit');
  t.match(ended, { code: 4, stderr: '' });
  t.strictSame(messages(server), ['of the first client', 'of the second client']);
});

t.test(
  'close() that nobody waits for still delivers when the process ends right after',
  async (t) => {
    const server = await strictServer(t);
    const ended = await end(server, 'close, exit');
    t.match(ended, { code: 4, stderr: '' });
    t.strictSame(messages(server), ['closing']);
  },
);

const THREADS: readonly (readonly [end: string, code: number, captured: number])[] = [
  ['end', 0, 1],
  ['exit', 5, 1],
  ['throw', 1, 2],
];

for (const [how, code, captured] of THREADS) {
  t.test(
    `a thread of the application that reports by itself and ends by ${how} delivers`,
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('api-thread', { args: [how], env: server.env });
      t.match(ended, { code: 0, stderr: '' });
      t.match(ended.stdout, `code: ${code}\n`);
      t.match(ended.stdout, 'listeners of signals: 0\n', 'a thread gets none');
      t.equal(server.total, captured);
      t.match(ended.stdout, `"delivered":${captured},`);
    },
  );

  t.test(`a thread that ends by ${how} does not hang where the server does`, async (t) => {
    const server = await strictServer(t, { intercept: () => true });
    const env = { ...server.env, SHUTDOWN_TIMEOUT: '300' };
    const ended = await runFixture('api-thread', { args: [how], env });
    t.equal(ended.code, 0);
    t.match(ended.stdout, `code: ${code}\n`);
    t.match(
      ended.stderr,
      /^errsight: \d events? had not arrived when the process ended: no answer came in time\n$/,
    );
  });
}

for (const main of ['flush', 'init', 'import']) {
  t.test(
    `a thread that is terminated: what it had is told by a main thread with ${main}, once`,
    async (t) => {
      const server = await strictServer(t);
      const ended = await runFixture('api-thread', { args: ['terminate', main], env: server.env });
      t.equal(ended.code, 0);
      t.equal(server.total, 0);
      const said = ended.stderr.split('\n').filter((line) => line !== '');
      t.strictSame(said, [
        'errsight: 2 events had not arrived when the thread they were captured in was terminated',
      ]);
      if (main === 'flush') t.match(ended.stdout, 'flush: false, then true');
    },
  );
}
