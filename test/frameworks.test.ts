import t from 'tap';
import { runFixture } from './helpers/child.ts';
import { saidTags } from './helpers/tags.ts';
import { strictServer } from './helpers/errsight.ts';

const FRAMEWORKS = ['http', 'express', 'fastify', 'koa', 'hono', 'nest'];
/** Those that tell of a route without a line of setup; Nest here stands on Express. */
const KNOWN = new Set(['express', 'fastify', 'nest']);
const LOGGERS = ['direct', 'pino', 'winston', 'bunyan'];
const COUNT = 200;

t.test(`${COUNT} requests at once, of each framework, with each logger`, async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('requests', {
    args: [String(COUNT)],
    env: server.env,
    // It counts the objects of a class by an API that is experimental.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  t.match(ended, { code: 0, signal: null, stderr: '' });
  const total = FRAMEWORKS.length * LOGGERS.length * COUNT;
  t.strictSame(
    JSON.parse(ended.stdout),
    { arrived: true, served: total, left: 0 },
    'all arrive, and nothing is left of a request that is over',
  );
  for (const framework of FRAMEWORKS) {
    for (const logger of LOGGERS) {
      const events = server.events.filter(({ tags }) => tags['with'] === `${framework}, ${logger}`);
      const expected = Array.from({ length: COUNT }, (_, n) => ({
        message: `Error: failed ${n}`,
        user: `${n}`,
        tags: [
          ['n', `${n}`],
          ['request_method', 'GET'],
          ...(KNOWN.has(framework) ? [['route', '/orders/:n']] : []),
          ['with', `${framework}, ${logger}`],
        ],
        path: `/orders/${n}`,
        trail: [`begin ${n}`, `looked up ${n}`, `step ${n}`],
      }));
      const seen = events.map((event) => ({
        message: event.message,
        user: event.user_context.id,
        tags: Object.entries(saidTags(event, 'route') ?? {}).toSorted(([a], [b]) =>
          a.localeCompare(b),
        ),
        path: event.metadata['full_path'],
        // What came in one millisecond has no order in pino's worker.
        trail: event.breadcrumbs.map((crumb) => crumb.message).toSorted(),
      }));
      seen.sort((a, b) => Number(a.user) - Number(b.user));
      t.strictSame(seen, expected, `${framework}, ${logger}: each event is of its own request`);
    }
  }
});
