/** The example `examples/jobs`, run for real. Needs `redis-server`; see `npm run test:fleet`. */
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../helpers/app.ts';
import { PATIENCE, runProgram } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';
import { startRedis } from './redis.ts';

const JOBS = join(ROOT, 'examples/jobs');

t.setTimeout(600_000);

t.test('each try that fails is reported once, the last as an error', async (t) => {
  const [redis, server] = [await startRedis(t), await strictServer(t)];
  const env = { REDIS_URL: redis.url, ...server.env };
  const orders = { ada: [1, 2, 3], bob: [5, 6, 7] };
  const args = ['ada', ...orders.ada, '--', 'bob', ...orders.bob].map(String);
  const app = await runProgram(process.execPath, ['app.js', ...args], { cwd: JOBS, env });
  t.match(app, { code: 0, stderr: '' });
  t.equal(server.total, 0);

  let pid = 0;
  const worker = runProgram(process.execPath, ['worker.js'], {
    cwd: JOBS,
    env,
    onStart: (started) => (pid = started),
  });
  await server.waitForEvents(10, PATIENCE);
  // The worker first finishes what it has begun.
  process.kill(pid, 'SIGTERM');
  t.match(await worker, { code: 0, stderr: '' });

  const events = server.events.toSorted((a, b) => a.message.localeCompare(b.message));
  const said = events.map(({ message, level, tags }) =>
    [message, level, tags['attempt']].join(' '),
  );
  const expected = [
    ...[1, 3, 5, 7].flatMap((order) => [
      `Error: order ${order} has no address error 2 of 2`,
      `Error: order ${order} has no address warning 1 of 2`,
    ]),
    ...[2, 6].map((order) => `Error: the carrier of order ${order} is away warning 1 of 2`),
  ];
  t.same(new Set(said), new Set(expected));
  t.equal(said.length, expected.length);
  for (const { message, metadata, tags, user_context: user, breadcrumbs } of events) {
    const order = Number(/\d+/.exec(message)?.[0]);
    const [attempt] = tags['attempt'] ?? '';
    const name = orders.ada.includes(order) ? 'ada' : 'bob';
    t.match(user, { id: name });
    t.match(tags, {
      tenant: `tenant of ${name}`,
      job: 'ship',
      queue: 'orders',
      request_method: 'GET',
    });
    t.match(metadata, {
      request_id: `request-${order}`,
      full_path: `/orders/${order}`,
      job_id: String,
      mechanism: 'job',
    });
    t.strictSame(
      breadcrumbs.map((crumb) => crumb.message),
      [`attempt ${attempt} at order ${order}`],
    );
  }
});
