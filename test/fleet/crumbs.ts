/**
 * Breadcrumbs of the real clients of Redis and MySQL, which `examples/fleet` has as dependencies.
 * Needs `redis-server`; see `npm run test:fleet`.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { captureMessage, close, init, withScope } from '../../src/index.ts';
import { ROOT } from '../helpers/app.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { freePort } from '../helpers/free-port.ts';
import { startRedis } from './redis.ts';
import type { StoredEvent } from '../../src/dev/store.ts';

const FLOWS = 100;

/** Loads what that example has installed. */
function load(name: string): unknown {
  return createRequire(join(ROOT, 'examples/fleet/package.json'))(name) as unknown;
}

// What is used of them; they are no dependencies of this package.
interface Commands {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
  lpush(key: string, value: string): Promise<unknown>;
}
interface IoRedis extends Commands {
  disconnect(): void;
}
interface NodeRedis extends Omit<Commands, 'lpush'> {
  lPush(key: string, value: string): Promise<unknown>;
  connect(): Promise<unknown>;
  destroy(): void;
}
interface MysqlPool {
  query(sql: string, values: unknown[]): Promise<unknown>;
  end(): Promise<void>;
}
interface Handshake extends NodeJS.EventEmitter {
  serverHandshake(options: object): void;
  writeError(error: object): void;
  writeTextResult(rows: readonly object[], columns: readonly object[]): void;
}
interface MysqlServer extends NodeJS.EventEmitter {
  listen(port: number, host: string): void;
  close(done: () => void): void;
}

interface Mysql {
  createServer(): MysqlServer;
  createPool(options: object): { promise(): MysqlPool };
}

async function start(t: Test): Promise<TestErrsight> {
  const server = await strictServer(t);
  init({
    apiKey: server.key,
    host: server.url,
    batchSize: 50,
    redisBreadcrumbs: true,
    mysqlBreadcrumbs: true,
    // mysql2 warns there of what its own server answers.
    consoleBreadcrumbs: false,
  });
  return server;
}

/** Does `work` in so many scopes at once, and returns the event that each then captured. */
async function eventsOf(
  server: TestErrsight,
  work: (flow: number) => Promise<void>,
): Promise<StoredEvent[]> {
  await Promise.all(
    Array.from({ length: FLOWS }, (_, flow) =>
      withScope(async () => {
        await work(flow);
        captureMessage(`flow ${flow}`, 'error', { metadata: { flow } });
      }),
    ),
  );
  await close(20_000);
  return server.events.toSorted((a, b) => Number(a.metadata['flow']) - Number(b.metadata['flow']));
}

/** Its steps in a line each. */
function steps({ breadcrumbs }: StoredEvent): string[] {
  return breadcrumbs.map(({ category, level, message, data }) => {
    const error = data?.['error'];
    return [category, level, message, ...(typeof error === 'string' ? [error] : [])].join(' ');
  });
}

const COMMANDS = ['db info SET (1 key)', 'db info GET (1 key)', 'db error LPUSH (1 key) WRONGTYPE'];

for (const client of ['ioredis', 'node-redis'] as const) {
  t.test(`of ${FLOWS} flows with one connection of ${client} each has its commands`, async (t) => {
    const redis = await startRedis(t);
    const commands = await connected(t, client, redis.url);
    const server = await start(t);
    const events = await eventsOf(server, async (flow) => {
      await commands.set(`session:s3cr3t:${flow}`, 's3cr3t');
      if (flow % 2 === 0) await commands.get(`session:s3cr3t:${flow}`);
      await t.rejects(commands.lpush(`session:s3cr3t:${flow}`, 's3cr3t'), { message: /WRONGTYPE/ });
    });
    t.equal(events.length, FLOWS);
    for (const [flow, event] of events.entries()) {
      t.strictSame(steps(event), flow % 2 === 0 ? COMMANDS : COMMANDS.toSpliced(1, 1));
      t.notMatch(JSON.stringify(event), /s3cr3t/);
      t.type(event.breadcrumbs[0]?.data?.['duration_ms'], 'number');
    }
  });
}

async function connected(t: Test, client: string, url: string): Promise<Commands> {
  if (client === 'ioredis') {
    const { Redis } = load('ioredis') as { Redis: new (url: string) => IoRedis };
    const redis = new Redis(url);
    t.teardown(() => redis.disconnect());
    await once(redis as unknown as NodeJS.EventEmitter, 'ready');
    return redis;
  }
  const nodeRedis = load('redis') as { createClient(options: object): NodeRedis };
  const redis = nodeRedis.createClient({ url });
  t.teardown(() => redis.destroy());
  await redis.connect();
  return {
    set: (key, value) => redis.set(key, value),
    get: (key) => redis.get(key),
    lpush: (key, value) => redis.lPush(key, value),
  };
}

const COLUMN = {
  catalog: 'def',
  schema: 'shop',
  table: 'orders',
  orgTable: 'orders',
  name: 'id',
  orgName: 'id',
  characterSet: 33,
  columnLength: 384,
  columnType: 8,
  flags: 0,
  decimals: 0,
};

/** A server that answers each query with a row, or with an error. */
async function startMysql(t: Test, mysql: Mysql): Promise<number> {
  const server = mysql.createServer();
  server.on('connection', (connection: Handshake) => {
    connection.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.0',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xff_ff_ff,
    });
    connection.on('query', (sql: string) => {
      if (sql.includes('bad')) connection.writeError({ code: 1064, message: `near ${sql}` });
      else connection.writeTextResult([{ id: 1 }], [COLUMN]);
    });
    connection.on('error', () => undefined);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  t.teardown(() => new Promise<void>((resolve) => server.close(resolve)));
  return port;
}

t.test(`of ${FLOWS} flows with one pool of mysql2 each has its queries`, async (t) => {
  const mysql = load('mysql2') as Mysql;
  const port = await startMysql(t, mysql);
  // Far fewer than flows: they wait for each other's connections.
  const options = { host: '127.0.0.1', port, user: 'u', password: 's3cr3t', connectionLimit: 3 };
  const pool = mysql.createPool(options).promise();
  const server = await start(t);
  const events = await eventsOf(server, async (flow) => {
    await pool.query(`SELECT a${flow} FROM orders WHERE name = ? AND id = ?`, [
      "it's s3cr3t",
      flow,
    ]);
    if (flow % 2 === 0) return;
    const sql = `SELECT bad${flow} WHERE token = ?`;
    await t.rejects(pool.query(sql, ['s3cr3t']), { code: 'ER_PARSE_ERROR' });
  });
  await pool.end();
  t.equal(events.length, FLOWS);
  for (const [flow, event] of events.entries()) {
    t.notMatch(JSON.stringify(event), /s3cr3t/);
    t.match(event.breadcrumbs, [
      {
        category: 'db',
        level: 'info',
        data: {
          sql: `SELECT a${flow} FROM orders WHERE name = ? AND id = ?`,
          name: 'mysql',
          duration_ms: Number,
        },
      },
      ...(flow % 2 === 0
        ? []
        : [{ level: 'error', data: { sql: /^SELECT bad\d/, error: 'ER_PARSE_ERROR' } }]),
    ]);
    t.equal(event.breadcrumbs.length, 1 + (flow % 2));
  }
});
