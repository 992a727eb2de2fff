import { tracingChannel } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { captureMessage, close, init, OptionError, watchPool, withScope } from '../../src/index.ts';
import { recordEvents } from '../../src/testing.ts';
import { startPostgres } from '../helpers/postgres.ts';
import type { Breadcrumb } from '../../src/event/event.ts';

const require = createRequire(import.meta.url);

// What is used of pg and what belongs to it; none of them has types of its own.
type Callback = (error: Error | null, result?: { rows: unknown[] }) => void;
interface Client {
  query(query: unknown, values?: unknown, callback?: Callback): unknown;
  release(): void;
  connect(): Promise<void>;
  end(): Promise<void>;
}
interface Pool extends NodeJS.EventEmitter {
  query(query: unknown, values?: unknown, callback?: Callback): Promise<unknown>;
  connect(): Promise<Client>;
  end(): Promise<void>;
}
type Make<T> = { new (options: object): T; readonly prototype: T };
interface Pg {
  readonly Pool: Make<Pool>;
  readonly Client: Make<Client>;
  readonly Query: new (text: string, values?: unknown, callback?: Callback) => NodeJS.EventEmitter;
}
const { Pool, Client, Query } = require('pg') as Pg;
const Cursor = require('pg-cursor') as new (text: string) => {
  read(rows: number): Promise<unknown[]>;
  close(): Promise<void>;
};
const QueryStream = require('pg-query-stream') as new (text: string) => AsyncIterable<unknown>;

t.beforeEach(() => {
  recordEvents();
  init({ requestScopes: false });
});
t.afterEach(() => close(0));

async function open(t: Test, options: object = {}, Made: Make<Pool> = Pool): Promise<Pool> {
  const port = await startPostgres(t);
  const pool = new Made({ host: '127.0.0.1', port, user: 'u', database: 'd', max: 2, ...options });
  t.teardown(() => pool.end());
  return pool;
}

/** What an event has of the queries that `work` makes. */
async function trailOf(work: () => unknown): Promise<readonly Breadcrumb[]> {
  const events = recordEvents();
  await withScope(async (scope) => {
    // What ran outside of all scopes led to it too.
    scope.clear();
    await work();
    captureMessage('done');
  });
  return events[0]?.breadcrumbs ?? [];
}

const SELECT = "SELECT id FROM users WHERE name = 's3cr3t' AND id = $1";
const SHOWN = 'SELECT id FROM users WHERE name = ? AND id = $1';
const FAIL = "SELECT fail('s3cr3t')";

function callback(call: (done: Callback) => unknown): Promise<unknown> {
  return promisify((done: (error: unknown) => void) => void call((error) => done(error)))();
}

type Call = (pool: Pool, client: Client, text: string, values?: unknown[]) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  'pool.query, a promise': (pool, _client, text, values) => pool.query(text, values),
  'pool.query, a callback': (pool, _client, text, values) =>
    callback((done) => pool.query(text, values, done)),
  'client.query, a promise': (_pool, client, text, values) => client.query(text, values),
  'client.query, a callback': (_pool, client, text, values) =>
    callback((done) => client.query(text, values, done)),
  'client.query, a config': (_pool, client, text, values) =>
    client.query({ text, values, name: text.slice(0, 11) }),
  'client.query, a frozen config': (_pool, client, text, values) =>
    client.query(Object.freeze({ text, values })),
  'client.query, a config with a callback': (_pool, client, text, values) =>
    callback((done) => client.query({ text, values, callback: done })),
  'client.query, a Query with a callback': (_pool, client, text, values) =>
    callback((done) => client.query(new Query(text, values, done))),
  'client.query, a Query and a callback': (_pool, client, text, values) =>
    callback((done) => client.query(new Query(text, values), done)),
  'client.query, a Query with events': (_pool, client, text, values) =>
    new Promise((resolve, reject) => {
      const query = new Query(text, values);
      query.on('end', resolve).on('error', reject);
      client.query(query);
    }),
  'a cursor': async (_pool, client, text) => {
    const cursor = client.query(new Cursor(text)) as InstanceType<typeof Cursor>;
    await cursor.read(10);
    await cursor.close();
  },
  'a stream': async (_pool, client, text) => {
    for await (const row of client.query(new QueryStream(text)) as AsyncIterable<unknown>) void row;
  },
};

t.test('each way to query a pool is a step, without the values', async (t) => {
  const pool = await open(t);
  watchPool(pool);
  t.equal(watchPool(pool), watchPool(pool), 'it is watched once');
  const client = await pool.connect();
  for (const [way, call] of Object.entries(CALLS)) {
    const good = await trailOf(() => call(pool, client, SELECT, ['s3cr3t']));
    t.match(
      good,
      [{ category: 'db', level: 'info', data: { sql: SHOWN, name: 'pg', duration_ms: Number } }],
      way,
    );
    const bad = await trailOf(async () => {
      await t.rejects(Promise.resolve(call(pool, client, FAIL, [])), { code: '23505' }, way);
      // A cursor's end comes behind its failure.
      await client.query('SELECT after');
    });
    t.match(
      bad[0],
      { level: 'error', data: { sql: 'SELECT fail(?)', name: 'failed 23505' } },
      `${way} that fails`,
    );
    t.strictSame([good.length, bad.length], [1, 2], way);
    t.notMatch(JSON.stringify([good, bad]), /s3cr3t/);
  }
  client.release();
});

t.test('what a query returns, throws and leaves unhandled is what it was', async (t) => {
  const pool = await open(t);
  watchPool(pool);
  const client = await pool.connect();
  t.match(await client.query(SELECT, ['x']), { rows: [{ n: '1' }] });
  t.throws(() => client.query(null), TypeError);
  const query = new Query(SELECT);
  t.equal(client.query(query), query);
  const config = { text: SELECT, values: ['x'], callback: () => undefined };
  const before = { ...config };
  client.query(config);
  await client.query('SELECT after');
  t.strictSame(config, before, 'a config is as it was given');
  let unhandled: unknown;
  const heard = new Promise<void>((resolve) => {
    process.once('unhandledRejection', (reason) => {
      unhandled = reason;
      resolve();
    });
  });
  void client.query(FAIL);
  await heard;
  t.match(unhandled, { code: '23505' });
  async function askedHere(): Promise<void> {
    await client.query(FAIL);
  }
  const failure = await askedHere().catch((error: unknown) => error);
  t.match(failure, { stack: /askedHere/ }, 'its stack leads to the application');
  t.notOk(Object.keys(client).includes('query'));
  t.equal(client.query.length, Client.prototype.query.length);
  t.equal(client.query.name, 'query');
  client.release();
});

t.test('who waits for a client has the steps of its own queries', async (t) => {
  const pool = await open(t, { max: 1 });
  const unwatch = watchPool(pool);
  const events = recordEvents();
  await Promise.all(
    Array.from({ length: 20 }, (_, flow) =>
      withScope(async (scope) => {
        scope.clear();
        if (flow % 2 === 0) await pool.query(`SELECT a${flow}`);
        else await callback((done) => pool.query(`SELECT a${flow}`, [], done));
        captureMessage(`SELECT a${flow}`);
      }),
    ),
  );
  t.equal(events.length, 20);
  for (const { message, breadcrumbs } of events) {
    t.strictSame(
      breadcrumbs?.map((step) => step.message),
      [message],
    );
  }
  unwatch();
  t.strictSame(await trailOf(() => pool.query('SELECT b')), [], 'no more when it is ended');
});

t.test('a transaction, a subclass, a replaced query, a single client', async (t) => {
  class Own extends Pool {
    override query(...args: Parameters<Pool['query']>): Promise<unknown> {
      return super.query(...args);
    }
  }
  const pool = await open(t, {}, Own);
  watchPool(pool);
  const replaced = pool.query.bind(pool);
  pool.query = (...args) => replaced(...args);
  const steps = await trailOf(async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query("UPDATE a SET b = 's3cr3t'");
    await client.query('COMMIT');
    client.release();
    await pool.query('SELECT 1');
  });
  t.strictSame(
    steps.map(({ message }) => message),
    ['BEGIN', 'UPDATE a SET b = ?', 'COMMIT', 'SELECT ?'],
  );
  const single = new Client({ host: '127.0.0.1', port: await startPostgres(t), user: 'u' });
  await single.connect();
  const unwatch = watchPool(single);
  t.equal((await trailOf(() => single.query('SELECT 1'))).length, 1);
  unwatch();
  watchPool(single);
  t.equal((await trailOf(() => single.query('SELECT 1'))).length, 1, 'and again');
  await single.end();
});

/** As a version of pg that has a channel. */
function tell(): Promise<unknown> {
  const context = { query: { text: SELECT, name: 'n' }, client: { database: 'd' } };
  return tracingChannel('pg:query').tracePromise(() => Promise.resolve(), context);
}

t.test('the channel of pg tells of a query once, also of a pool that is watched', async (t) => {
  init({ pgBreadcrumbs: true });
  const alone = await trailOf(tell);
  t.match(alone, [{ category: 'db', data: { sql: SHOWN, name: 'pg', duration_ms: Number } }]);
  const fake = { on() {}, off() {}, connect() {}, query: tell };
  watchPool(fake);
  t.equal((await trailOf(() => fake.query())).length, 1);
});

t.test('what is no pool is told at once', async (t) => {
  for (const wrong of [undefined, null, 7, {}, { query() {} }, 'pool']) {
    t.throws(() => watchPool(wrong as object), OptionError);
  }
});
