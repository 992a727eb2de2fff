/** `errsight/redis` and the sorting of its streams, without a Redis; `test/fleet` has one. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { createRedisTransport } from '../src/fleet/redis.ts';
import { createSorter } from '../src/fleet/sort.ts';
import { ROOT } from './helpers/app.ts';
import { runProgram } from './helpers/child.ts';
import { freePort } from './helpers/free-port.ts';

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function event(id: number, message: string, level = 'error'): object {
  const ingestion_id = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
  return { ingestion_id, level, message, metadata: {}, tags: {}, breadcrumbs: [] };
}

function sorted(sort: ReturnType<typeof createSorter>, events: readonly object[]): unknown[][] {
  const { urgent, others } = sort(bytes(events));
  return [urgent, others].map((each) =>
    each === undefined ? [] : (JSON.parse(Buffer.from(each).toString()) as unknown[]),
  );
}

t.test('urgent is what is fatal, and the first of each issue', (t) => {
  const sort = createSorter();
  const [a, b, c] = [event(1, 'a'), event(2, 'a'), event(3, 'b', 'info')];
  t.strictSame(sorted(sort, [a, b, c]), [[a, c], [b]]);
  t.strictSame(sorted(sort, [b, a]), [[a], [b]], 'the first stays the first when it is sent again');
  const fatal = event(4, 'a', 'fatal');
  t.strictSame(sorted(sort, [fatal]), [[fatal], []]);
  t.end();
});

t.test('what is no event breaks nothing, and goes with the others', (t) => {
  const sort = createSorter();
  for (const text of ['', '{', '[[[', '{"level":"fatal"}', 'null']) {
    const body = Buffer.from(text);
    t.strictSame(sort(body), { urgent: undefined, others: body }, text);
  }
  t.strictSame(sorted(sort, [null, 7, [], {}] as unknown as object[]), [[], [null, 7, [], {}]]);
  t.end();
});

t.test(
  'a wrong number of entries is refused in the code, and told of in the environment',
  async (t) => {
    for (const maxEntries of [0, -1, 1.5, Number.NaN]) {
      t.throws(() => createRedisTransport({ maxEntries }), { message: /`maxEntries`/ });
    }
    const redis = join(ROOT, 'dist/esm/src/fleet/redis.js');
    const code = `import { createRedisTransport } from ${JSON.stringify(redis)}; createRedisTransport();`;
    const ended = await runProgram(process.execPath, ['--input-type=module', '-e', code], {
      env: { ERRSIGHT_STREAM_MAX: 'many' },
    });
    t.match(ended, {
      code: 0,
      stderr: /^errsight: `ERRSIGHT_STREAM_MAX` is no whole number[^\n]+\n$/,
    });
  },
);

t.test('a Redis that is away, or does not answer, has the events held', async (t) => {
  const away = createRedisTransport({ url: `redis://127.0.0.1:${await freePort()}` });
  const { signal } = new AbortController();
  await t.rejects(Promise.resolve(away(bytes([event(1, 'a')]), { count: 1, signal })));
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    for (const each of sockets) each.destroy();
    silent.close();
  });
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const stop = new AbortController();
  const hanging = createRedisTransport({ url: `redis://127.0.0.1:${port}` });
  const sent = Promise.resolve(hanging(bytes([event(1, 'a')]), { count: 1, signal: stop.signal }));
  await once(silent, 'connection');
  stop.abort();
  await t.rejects(sent);
});

t.test('a relay without a key, or with a URL that is none, is refused', async (t) => {
  const cli = join(ROOT, 'dist/esm/src/cli/main.js');
  const key = { ERRSIGHT_API_KEY: `elp_${'0'.repeat(48)}` };
  const run = (env: Readonly<Record<string, string>>, args: readonly string[] = []) =>
    runProgram(process.execPath, [cli, 'relay', ...args], { env });
  t.match(await run({}), { code: 2, stderr: /no key is known/ });
  const wrong = await run(key, ['--redis', 'http://127.0.0.1']);
  t.match(wrong, { code: 2, stderr: /--redis takes the URL of a Redis/ });
});
