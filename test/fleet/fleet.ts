/** The example `examples/fleet`, run for real. Needs `redis-server`; see `npm run test:fleet`. */
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { StoredEvent } from '../../src/dev/store.ts';
import { ROOT } from '../helpers/app.ts';
import { PATIENCE, runProgram, type Ended } from '../helpers/child.ts';
import { strictServer, type StrictServerOptions, type TestErrsight } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';
import { startRedis } from './redis.ts';

const FLEET = join(ROOT, 'examples/fleet');
const CLI = join(ROOT, 'dist/cjs/cli.js');
const STREAM = 'errsight';

t.setTimeout(600_000);

/** Which of the application's events this is. */
function nameOf({ tags, metadata }: StoredEvent): string {
  return `${tags['way'] ?? 'pino'} ${String(metadata['order'])}`;
}

/** What `app.js` reports. */
function expected(orders: number): string[] {
  const numbers = Array.from({ length: orders }, (_, index) => index + 1);
  return ['direct', 'pino'].flatMap((way) => numbers.map((order) => `${way} ${order}`)).toSorted();
}

interface Errsight extends TestErrsight {
  /** Resolves once so many different events of the application have arrived. */
  different(count: number): Promise<void>;
}

async function startErrsight(t: Test, options: StrictServerOptions = {}): Promise<Errsight> {
  const seen = new Set<string>();
  let changed: (() => void) | undefined;
  const server = await strictServer(t, {
    ...options,
    onEvent(event) {
      seen.add(nameOf(event));
      changed?.();
    },
  });
  return Object.assign(server, {
    async different(count: number) {
      while (seen.size < count) await new Promise<void>((resolve) => (changed = resolve));
    },
  });
}

/** Entries in both streams. */
async function waiting(redis: { length(stream: string): Promise<number> }): Promise<number> {
  return (await redis.length(STREAM)) + (await redis.length(`${STREAM}:urgent`));
}

async function runApp(url: string, key: string, orders: number, more = {}): Promise<void> {
  const env = { REDIS_URL: url, ERRSIGHT_API_KEY: key, ...more };
  const ended = await runProgram(process.execPath, ['app.js', `${orders}`], { cwd: FLEET, env });
  if (ended.code !== 0 || ended.stderr !== '') throw new Error(`the app failed: ${ended.stderr}`);
}

interface StartedRelay {
  readonly pid: number;
  /** Asks it to end, and says how it did. */
  stop(): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

function startRelay(
  t: Test,
  url: string,
  server: TestErrsight,
  key: string = server.key,
): StartedRelay {
  let pid = 0;
  let isOver = false;
  const ended = runProgram(process.execPath, [CLI, 'relay', '--redis', url], {
    env: { ...server.env, ERRSIGHT_API_KEY: key },
    patience: 2 * PATIENCE,
    onStart: (started) => (pid = started),
  }).finally(() => (isOver = true));
  const kill = async (signal: NodeJS.Signals): Promise<Ended> => {
    if (!isOver) process.kill(pid, signal);
    return ended;
  };
  t.teardown(() => kill('SIGKILL'));
  return { pid, ended, stop: () => kill('SIGTERM') };
}

/** All that a relay says in good times. */
const QUIET = /^errsight relay: \S+ takes errsight to http:\S+\n$/;

function namesOf(server: TestErrsight): string[] {
  return server.events.map(nameOf).toSorted();
}

t.test('what several processes report arrives, through the queue and a relay', async (t) => {
  const [redis, server] = [await startRedis(t), await startErrsight(t)];
  await Promise.all([1, 2, 3].map(() => runApp(redis.url, server.key, 10)));
  t.equal(server.total, 0, 'nobody but the relay asks ErrSight');
  t.ok((await waiting(redis)) >= 6, 'each thread of each process has put something there');
  const relay = startRelay(t, redis.url, server);
  await server.waitForEvents(60, PATIENCE);
  t.match(await relay.stop(), { code: 0, stderr: QUIET });
  t.strictSame(namesOf(server), [1, 2, 3].flatMap(() => expected(10)).toSorted());
  t.ok(
    server.events.every(({ release }) => release === 'fleet-1.0.0'),
    'as the application said',
  );
  t.equal(await waiting(redis), 0, 'what has arrived is gone from the queue');
});

t.test('what is reported at the very end of a process gets into the queue', async (t) => {
  const [redis, server] = [await startRedis(t), await startErrsight(t)];
  const code = `
    import { captureException, init } from 'errsight';
    init({ transport: 'errsight/redis', shutdownTimeout: 30_000 });
    captureException(new Error('the last'), { tags: { way: 'exit' } });
    process.exit(3);
  `;
  const ended = await runProgram(process.execPath, ['--input-type=module', '-e', code], {
    cwd: FLEET,
    env: { REDIS_URL: redis.url, ERRSIGHT_API_KEY: server.key },
  });
  t.match(ended, { code: 3, stderr: '' });
  const relay = startRelay(t, redis.url, server);
  const [event] = await server.waitForEvents(1, PATIENCE);
  t.match(event, { message: 'the last', tags: { way: 'exit' } });
  await relay.stop();
});

/** Listens where Redis will be, and hangs up, until so many have come. */
async function hangUp(port: number, count: number): Promise<void> {
  let left = count;
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined).destroy();
    left -= 1;
    if (left === 0) server.close();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'close');
}

t.test('a Redis that is away at first costs nothing', async (t) => {
  const server = await startErrsight(t);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const tried = hangUp(port, 6);
  const relay = startRelay(t, url, server);
  const app = runApp(url, server.key, 20);
  await tried;
  const redis = await startRedis(t, port);
  await app;
  await server.different(40);
  t.match(await relay.stop(), { code: 0, stderr: /trying again[^]*is there again/ });
  t.strictSame(namesOf(server), expected(20));
  t.equal(await waiting(redis), 0);
});

t.test(
  'of two relays one is killed in the middle, and the other takes over what it had',
  async (t) => {
    const [redis, server] = [await startRedis(t), await startErrsight(t)];
    await runApp(redis.url, server.key, 100);
    let requests = 0;
    const first = startRelay(t, redis.url, server);
    server.intercept = () => {
      requests += 1;
      if (requests !== 2) return false;
      // In the middle of a request, which is never answered.
      process.kill(first.pid, 'SIGKILL');
      server.intercept = undefined;
      return true;
    };
    const second = startRelay(t, redis.url, server);
    t.match(await first.ended, { signal: 'SIGKILL' });
    await server.different(200);
    t.match(await second.stop(), { code: 0, stderr: QUIET });
    t.strictSame([...new Set(namesOf(server))], expected(100));
    t.comment(`${server.total - 200} of 200 events arrived twice`);
    t.equal(await waiting(redis), 0);
  },
);

t.test('what a full queue does not take is held, and told of where the process ends', async (t) => {
  const [redis, server] = [await startRedis(t), await startErrsight(t)];
  const env = { REDIS_URL: redis.url, ERRSIGHT_API_KEY: server.key, ERRSIGHT_STREAM_MAX: '1' };
  const ended = await runProgram(process.execPath, ['app.js', '50'], { cwd: FLEET, env });
  t.equal(ended.code, 0);
  const lost = [...ended.stderr.matchAll(/^errsight: (\d+) events had not arrived/gm)];
  const count = lost.reduce((sum, [, each]) => sum + Number(each), 0);
  t.ok(count > 0 && count < 100, ended.stderr);
  const relay = startRelay(t, redis.url, server);
  await server.waitForEvents(100 - count, PATIENCE);
  t.match(await relay.stop(), { code: 0, stderr: QUIET });
  t.equal(server.total, 100 - count, 'all others arrive');
});

t.test('two relays keep to the rate limit of the project, and lose nothing', async (t) => {
  // 100 in a minute, of which repeats leave 10: the rest comes in the next one.
  const server = await startErrsight(t, { rateLimitPerMinute: 100 });
  const redis = await startRedis(t);
  const relays = [startRelay(t, redis.url, server), startRelay(t, redis.url, server)];
  await Promise.all([runApp(redis.url, server.key, 50), runApp(redis.url, server.key, 5)]);
  await server.waitForEvents(110, 2 * PATIENCE);
  for (const relay of relays) t.match(await relay.stop(), { code: 0, stderr: QUIET });
  t.equal(server.total, 110, 'each once');
  const refused = server.requests.filter(({ status }) => status === 429).length;
  t.comment(`${refused} of ${server.requests.length} requests were refused`);
  // Each learns the limit, and where the other one uses it too; then they take the last places from each other.
  t.ok(refused <= 2 * 2 * 7, `${refused} refusals in two windows`);
  t.equal(await waiting(redis), 0);
});
