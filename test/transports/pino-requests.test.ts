/** Requests that fail, with real loggers around them: one event of each. */
import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const LATE = ['late', 'stream', 'pipeline'];
const ALL = ['thrown', 'logged', 'both', 'attached', 'silent', ...LATE];
/** Without a level of its own pino-http tells of failing requests as of all others: by `info`. */
const APPS: Readonly<Record<string, readonly string[]>> = {
  express: ALL.filter((path) => path !== 'silent'),
  levels: ALL,
  loud: ALL,
  renamed: ALL,
  nest: ['thrown', 'both'],
  fastify: ['thrown', 'both'],
};

t.jobs = 2;
for (const way of ['withErrsight', 'bare']) {
  t.test(`${way}: a failing request is one event`, { buffered: true }, async (t) => {
    const server = await strictServer(t);
    const ended = await runFixture('pino-requests', { args: [way], env: server.env });
    t.match(ended, { code: 0, signal: null });
    t.strictSame(JSON.parse(ended.stdout), { arrived: true });
    for (const [app, paths] of Object.entries(APPS)) {
      for (const path of paths) {
        const what = `${way}, ${app}, ${path}`;
        const own = server.events.filter((event) => event.user_context.id === `${app} ${path}`);
        t.equal(own.length, 1, `${what}: once`);
        const [event] = own;
        if (event === undefined) continue;
        t.match(event.tags, { request_method: 'GET', route: `/${path}/:id` }, what);
        t.match(event.metadata, { full_path: `/${path}/17?page=2` }, what);
        if (path === 'silent') {
          t.equal(event.message, 'GET /silent/:id answered 503', what);
          t.notOk(event.metadata['exception_class'], what);
        } else {
          // Where Nest's own text and stack come first, a stack knows no class but Error.
          t.match(event.message, new RegExp(`^(?:Order)?Error: ${app} failed$`), what);
          if (app !== 'nest') t.match(event.message, 'OrderError', what);
          t.equal(
            event.metadata['status'],
            ['stream', 'pipeline'].includes(path) ? 200 : 500,
            what,
          );
          t.equal(event.metadata['errsight_group'], 'frame', what);
          t.match(event.metadata['exception_frames'], [{ function: 'failing' }], what);
        }
      }
    }
    const known = new Set(
      Object.entries(APPS).flatMap(([app, paths]) => paths.map((path) => `${app} ${path}`)),
    );
    t.strictSame(
      server.events
        .filter((event) => !known.has(String(event.user_context.id)))
        .map(({ message }) => message),
      [],
      'and nothing else',
    );
  });
}
