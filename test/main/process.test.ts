import t from 'tap';
import { runFixture } from '../helpers/child.ts';
import { saidTags } from '../helpers/tags.ts';
import { strictServer } from '../helpers/errsight.ts';

t.test('both builds of the package in one process share the client and the scopes', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-twice', { env: server.env });
  t.match(ended, { code: 0, stderr: '' });
  t.strictSame(JSON.parse(ended.stdout), {
    distinct: true,
    inScope: true,
    exchanged: ['esm', 'cjs', 'runs', 'runs'],
    ids: 1,
    same: true,
    watched: 1,
    arrived: true,
    closed: true,
  });
  t.equal(server.total, 3);
  const [inner, outer] = ['Error: by esm', 'Error: by cjs'].map((message) =>
    server.events.find((event) => event.message === message),
  );
  t.strictSame(saidTags(inner), { esm: '1', cjs: '2', scope: '3' });
  t.strictSame(saidTags(outer), { esm: '1', cjs: '2' });
  t.strictSame(
    outer?.breadcrumbs.map(({ message }) => message),
    ['esm', 'cjs'],
  );
});

for (const [what, args] of [
  ['without an API key', []],
  ['with enabled: false', ['disabled']],
] as const) {
  t.test(`${what} there is no socket, no thread, no listener, and no line`, async (t) => {
    const server = await strictServer(t);
    const env = args.length === 0 ? { ERRSIGHT_HOST: server.url } : server.env;
    const ended = await runFixture('api-quiet', { args, env });
    t.match(ended, { code: 0, stderr: '' });
    t.strictSame(JSON.parse(ended.stdout), {
      started: 0,
      listeners: [0, 0, 0, 0, 0, 0, 0, 0, 0],
      resources: 0,
    });
    t.equal(server.requests.length, 0);
  });
}

t.test('with an API key there is a socket and listeners, so the test above can fail', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-quiet', { env: server.env });
  t.match(JSON.parse(ended.stdout), { started: 1, listeners: [1, 1, 1, 1, 1, 1, 1, 1, 0] });
  t.equal(server.total, 3);
});

t.test('close() takes all listeners away', async (t) => {
  const server = await strictServer(t);
  const ended = await runFixture('api-quiet', { args: ['closed'], env: server.env });
  t.match(ended, { code: 0, stderr: '' });
  t.match(JSON.parse(ended.stdout), { listeners: [0, 0, 0, 0, 0, 0, 0, 0, 0] });
});
