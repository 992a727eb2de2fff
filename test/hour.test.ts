/* oxlint-disable no-console -- its lines are watched too */
/** An hour of traffic with everything watched, of a process whose clock is told what time it is. */
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fastify from 'fastify';
import t from 'tap';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Jobs a second, of which one in so many fails, as of the requests. */
const RATE = 5;
const FAILING = 50;
const MIB = 1_048_576;
/** What bounded caches of texts may still fill; 140 bytes that each job leaves would be more. */
const CACHES = 2 * MIB;

let now = 0;
process.hrtime = Object.assign(
  (): [number, number] => [Math.floor(now / SECOND), (now % SECOND) * 1e6],
  { bigint: process.hrtime.bigint.bind(process) },
);
// Behind that, since the clock is taken when the module loads.
const errsight = await import('../src/index.ts');

const { watchKnex, watchMongo, watchPool, watchPrisma, wrapHandler, wrapJob } = errsight;

class Client extends EventEmitter {
  totalCount = 1;
  readonly options = { monitorCommands: true };
  connect(): void {}
  raw(): void {}
  query(_text: string): Promise<number> {
    return Promise.resolve(1);
  }
  $on(name: string, listener: (event: object) => void): void {
    this.on(name, listener);
  }
}

const [pool, mongo, knex, prisma] = [new Client(), new Client(), new Client(), new Client()];
let id = 0;
let jobs = 0;

/** Queries by each client, and some that never end. */
async function queries(): Promise<void> {
  id += 1;
  const client = new Client();
  pool.emit('acquire', client);
  await client.query(`SELECT ${id}`);
  mongo.emit('commandStarted', { requestId: id, commandName: 'find', command: { find: 'a' } });
  if (id % 2 === 0) mongo.emit('commandSucceeded', { requestId: id });
  const query = { __knexQueryUid: String(id), sql: `select ${'x'.repeat(1_000)} ${id}` };
  knex.emit('query', query);
  if (id % 2 === 0) knex.emit('query-response', [], query);
  prisma.emit('query', { query: `SELECT ${id}`, duration: 1, target: 'ClientEngine' });
  for (const name of ['pg:query', 'mysql2:query', 'ioredis:command', 'node-redis:command']) {
    const context = { query: `SELECT ${id}`, command: 'get', args: ['get', String(id)] };
    await tracingChannel(name).tracePromise(() => Promise.resolve(), context);
  }
  const request = { method: 'GET', origin: 'http://a', path: `/${id}` };
  channel('undici:request:create').publish({ request });
  const response = { statusCode: 200 };
  if (id % 2 === 0) channel('undici:request:headers').publish({ request, response });
}

const agent = new Agent({ keepAlive: true });
const app = fastify();
let port = 0;

app.get('/stock/:id', async (request) => {
  console.log('is it in stock?', request.params);
  await queries();
  if (jobs % (FAILING * RATE) === 0) throw new Error('it is not');
  return { left: 1 };
});

/** A request to an application, and from one. */
async function ask(): Promise<void> {
  const sent = get({ port, host: '127.0.0.1', path: `/stock/${jobs}`, agent });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await once(response.resume(), 'end');
}

const handler = wrapJob('orders', async (job: { id: string }) => {
  await queries();
  if (Number(job.id) % FAILING === 0) throw new Error(`order ${job.id}`);
});
const lambda = wrapHandler(async (_event: object, _context: object) => queries());

async function traffic(ms: number): Promise<void> {
  for (const end = now + ms; now < end; now += SECOND / RATE) {
    jobs += 1;
    const data = { errsight: { user: { id: String(id) }, breadcrumbs: [{ message: 'before' }] } };
    const job = {
      id: String(jobs),
      name: 'ship',
      data,
      opts: { attempts: 2 },
      attemptsMade: id % 2,
    };
    await handler(job).catch(() => undefined);
    const context = { awsRequestId: String(id), getRemainingTimeInMillis: () => 60_000 };
    if (jobs % RATE !== 0) continue;
    await lambda({ Records: [] }, context);
    await ask();
  }
  await errsight.flush();
}

async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) {
    gc();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

t.test('memory is flat over an hour of traffic with everything watched', async (t) => {
  let sent = 0;
  console.log = () => undefined;
  errsight.init({
    apiKey: `elp_${'a'.repeat(48)}`,
    redisBreadcrumbs: true,
    mysqlBreadcrumbs: true,
    pgBreadcrumbs: true,
    captureConsole: true,
    attachStacktrace: true,
    failedRequests: true,
    localVariables: ['uncaught', 'repeats'],
    requestData: { headers: true, query: true, body: true },
    transport: (_body, { count }) => {
      sent += count;
    },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => app.close());
  t.teardown(() => agent.destroy());
  ({ port } = app.server.address() as { port: number });
  watchPool(pool);
  watchMongo(mongo);
  watchKnex(knex);
  watchPrisma(prisma);
  await traffic(10 * MINUTE);
  const before = await memory();
  await traffic(50 * MINUTE);
  const grown = (await memory()) - before;
  t.ok(grown < CACHES, `it has grown by ${grown} bytes`);
  // Of jobs, and of requests, of which there is one a second.
  t.ok(sent >= (60 * 60 * (RATE + 1)) / FAILING, `${sent} events`);
  await errsight.close();
});
