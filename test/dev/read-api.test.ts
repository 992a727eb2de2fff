import tap, { type Test } from 'tap';
import { isObject, type JsonObject } from '../../src/dev/json.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { inTurn, post, read } from './requests.ts';

const NOW = Date.UTC(2025, 10, 21, 10, 0);

/** Four events, of which the third to arrive is the newest. */
async function filledServer(t: Test): Promise<TestErrsight> {
  const server = await strictServer(t, { now: () => NOW });
  await post(server, [
    {
      message: 'a',
      level: 'error',
      environment: 'staging',
      occurred_at: '2025-11-21T09:00:00.900Z',
    },
    { message: 'b', level: 'info', release: '1', occurred_at: '2025-11-21T09:10:00Z' },
    { message: 'c', level: 'error', user: { id: 7 }, tags: { k: 'v' }, fingerprint: 'f' },
    {
      message: 'd',
      level: 'fatal',
      user: { id: 7 },
      occurred_at: '2025-11-21T09:20:00Z',
      fingerprint: 'f',
    },
  ]);
  server.resolve(server.events[0]?.fingerprint ?? '');
  return server;
}

/** The events in an answer. */
function listed(body: unknown): JsonObject[] {
  return isObject(body) && Array.isArray(body['data']) ? body['data'].filter(isObject) : [];
}

/** SHA-256 of "f", its first 32 digits. */
const F = '252f10c83610ebca1a059c0bae8255eb';

await tap.test('events are listed newest first, each with eleven fields', async (t) => {
  const server = await filledServer(t);
  const { status, body } = await read(server, '/api/v1/events');
  t.equal(status, 200);
  t.match(body, { page: 1, per_page: 25, data: [{ id: 3 }, { id: 4 }, { id: 2 }, { id: 1 }] });
  t.strictSame(
    Object.keys(isObject(body) ? body : {}),
    ['data', 'page', 'per_page'],
    'no total, no cursor',
  );
  t.strictSame(listed(body)[0], {
    id: 3,
    level: 'error',
    message: 'c',
    environment: 'production',
    fingerprint: F,
    release: null,
    occurred_at: '2025-11-21T10:00:00Z',
    resolved: false,
    is_regression: false,
    user_identifier: '7',
    tags: { k: 'v' },
  });
  t.match(listed(body)[3], { occurred_at: '2025-11-21T09:00:00Z' }, 'cut, not rounded');
});

await tap.test('the list is narrowed, and what makes no sense is ignored', async (t) => {
  const server = await filledServer(t);
  await inTurn(
    [
      ['environment=staging', [1]],
      ['environment=', [3, 4, 2, 1]],
      ['level=error', [3, 1]],
      ['level=warn', []],
      [`fingerprint=${F}`, [3, 4]],
      ['release=1', [2]],
      ['resolved=true', [1]],
      ['resolved=1', [1]],
      ['resolved=yes', [1]],
      ['resolved=false', [3, 4, 2]],
      ['resolved=0', [3, 4, 2]],
      ['resolved=', [3, 4, 2, 1]],
      ['since=2025-11-21T09:10:00Z', [3, 4, 2]],
      ['before=2025-11-21T09:10:00Z', [1]],
      ['since=2025-11-21T10:10:00%2B01:00&before=2025-11-21T09:20:00.000Z', [2]],
      ['since=2025-11-22', []],
      ['since=soon', [3, 4, 2, 1]],
      ['since=2025-11-21T09:10', [3, 4, 2, 1]],
      ['since=1763719200', [3, 4, 2, 1]],
      ['level=error&environment=production', [3]],
      ['unknown=1', [3, 4, 2, 1]],
    ] as const,
    async ([query, ids]) => {
      const { body } = await read(server, `/api/v1/events?${query}`);
      t.same(
        listed(body).map(({ id }) => id),
        ids,
        query,
      );
    },
  );
});

await tap.test('the list has pages of 1 to 100 events', async (t) => {
  const server = await filledServer(t);
  await inTurn(
    [
      ['per_page=3', 1, 3, [3, 4, 2]],
      ['per_page=3&page=2', 2, 3, [1]],
      ['per_page=3&page=3', 3, 3, []],
      ['page=0', 1, 25, [3, 4, 2, 1]],
      ['page=-1', 1, 25, [3, 4, 2, 1]],
      ['per_page=0', 1, 1, [3]],
      ['per_page=x', 1, 1, [3]],
      ['per_page=', 1, 25, [3, 4, 2, 1]],
      ['per_page=101', 1, 100, [3, 4, 2, 1]],
    ] as const,
    async ([query, page, perPage, ids]) => {
      const { body } = await read(server, `/api/v1/events?${query}`);
      t.match(body, { page, per_page: perPage }, query);
      t.same(
        listed(body).map(({ id }) => id),
        ids,
        query,
      );
    },
  );
});

await tap.test('one event has four more fields', async (t) => {
  const server = await strictServer(t, { now: () => NOW });
  await post(server, {
    message: 'a',
    backtrace: 'x',
    metadata: { m: 1 },
    user: { email: 'a@example.com' },
    breadcrumbs: [{ message: 'b', level: 'info', category: 'http', data: { status: 200 } }],
  });
  await inTurn(['/api/v1/events/1', '/api/v1/events/1/', '/api/v1/events/1.json'], async (path) => {
    const { status, body } = await read(server, path);
    t.equal(status, 200, path);
    t.strictSame(body, {
      data: {
        id: 1,
        level: 'info',
        message: 'a',
        environment: 'production',
        fingerprint: server.events[0]?.fingerprint,
        release: null,
        occurred_at: '2025-11-21T10:00:00Z',
        resolved: false,
        is_regression: false,
        user_identifier: 'a@example.com',
        tags: {},
        backtrace: 'x',
        metadata: { m: 1 },
        user_context: { email: 'a@example.com' },
        breadcrumbs: [{ category: 'http', level: 'info', message: 'b', data: { status: 200 } }],
      },
    });
  });
});

await tap.test(
  'keys come back in the order of the database, not in that of the client',
  async (t) => {
    const server = await strictServer(t);
    const data = { ccc: 1, b: [{ zz: 1, é: 2, a: 3 }], a: 2 };
    await post(server, {
      message: 'a',
      metadata: data,
      tags: { route: '/', app: 'x' },
      breadcrumbs: [{ message: 'm', data }],
    });
    const { body } = await read(server, '/api/v1/events/1');
    const text = JSON.stringify(body);
    t.match(text, '"metadata":{"a":2,"b":[{"a":3,"zz":1,"é":2}],"ccc":1}');
    t.match(text, '"tags":{"app":"x","route":"/"}');
    t.match(text, '"data":{"a":2,"b":[{"a":3,"zz":1,"é":2}],"ccc":1}');
    t.same(Object.keys(server.events[0]?.metadata ?? {}), ['ccc', 'b', 'a'], 'here it is as sent');
  },
);

await tap.test('an issue is what its kept events make of it', async (t) => {
  const server = await filledServer(t);
  const { status, body } = await read(server, `/api/v1/issues/${F}`);
  t.equal(status, 200);
  t.strictSame(body, {
    data: {
      fingerprint: F,
      occurrences: 2,
      affected_users: 1,
      first_seen: '2025-11-21T09:20:00Z',
      last_seen: '2025-11-21T10:00:00Z',
      last_message: 'c',
      level: 'error',
      all_resolved: false,
      assigned_to: null,
      external_url: null,
    },
  });
  const resolved = await read(server, `/api/v1/issues/${server.events[0]?.fingerprint}`);
  t.match(resolved.body, { data: { all_resolved: true, affected_users: 0 } });
});

await tap.test('what is missing is not found, each in its own way', async (t) => {
  const server = await filledServer(t);
  await inTurn(
    [
      ['/api/v1/events/99', { error: 'Not found', code: 'NOT_FOUND' }],
      ['/api/v1/events/99999999999999999999', { error: 'Not found', code: 'NOT_FOUND' }],
      ['/api/v1/issues/none', { error: 'Issue not found' }],
      [`/api/v1/issues/${F}.json`, { error: 'Issue not found' }],
    ] as const,
    async ([path, expected]) => {
      const { status, body } = await read(server, path);
      t.equal(status, 404, path);
      t.strictSame(body, expected, path);
    },
  );
  const { status, headers } = await read(server, '/api/v1/events/abc');
  t.equal(status, 404, 'ids are digits: there is no such route');
  t.match(headers.get('content-type'), /^text\/html/);
});
