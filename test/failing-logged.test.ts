/** Each way to fail, in each framework, with each logger that is told of the error first: one event. */
import t from 'tap';
import { FAILING, type CASES } from './fixtures/failing.ts';
import { runFixture } from './helpers/child.ts';
import { strictServer } from './helpers/errsight.ts';

type Case = (typeof CASES)[number];

/** The status that the event tells. An answer that is no error changes nothing of what was logged. */
const STATUS: Readonly<Record<Exclude<Case, 'ok'>, number | undefined>> = {
  throw: 500,
  async: 500,
  middleware: 500,
  stream: 200,
  missing: 404,
  busy: 503,
  recovered: undefined,
};

/** Where a route is never known: see the table in docs/frameworks.md. */
function hasRoute(name: string, each: string): boolean {
  if (name === 'http') return false;
  return (
    each !== 'middleware' ||
    ['fastify', 'hono', 'nest on express', 'nest 12 on express'].includes(name)
  );
}

/** Hono's user is in its context, which we see only with an error that ends in a 4xx or 5xx. */
function hasUser(name: string, each: string): boolean {
  return name !== 'hono' || (each !== 'stream' && each !== 'recovered');
}

t.jobs = 2;
for (const door of ['withErrsight', 'bare', 'winston', 'bunyan', 'direct']) {
  t.test(`${door}: what is logged and then fails is one event`, { buffered: true }, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('failing-logged', { args: [door], env: server.env });
    t.match(ended, { code: 0, signal: null });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    for (const name of Object.keys(FAILING)) {
      for (const [each, status] of Object.entries(STATUS)) {
        const path = `/api/items/7/${each}?${encodeURIComponent(name)}`;
        const what = `${name}, ${each}`;
        const events = server.events.filter(({ metadata }) => metadata['full_path'] === path);
        t.equal(events.length, 1, `${what}: once`);
        const [event] = events;
        if (event === undefined) continue;
        t.equal(event.level, 'error', what);
        t.equal(event.metadata['status'], status, `${what}: its status`);
        const frames = event.metadata['exception_frames'] as {
          filename: string;
          in_app: boolean;
        }[];
        t.equal(
          frames.find((frame) => frame.in_app)?.filename,
          'dist/esm/test/fixtures/failing.js',
          `${what}: its frames`,
        );
        if (hasRoute(name, each)) t.equal(event.tags['route'], `/api/items/:id/${each}`, what);
        if (hasUser(name, each)) t.equal(event.user_context.id, '7', what);
      }
    }
    const count = Object.keys(FAILING).length * Object.keys(STATUS).length;
    t.equal(server.events.length, count + 1, 'and nothing else');
  });
}
