import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import knex from 'knex';
import { MongoClient } from 'mongodb';
import t from 'tap';
import {
  captureMessage,
  close,
  init,
  OptionError,
  watchKnex,
  watchMongo,
  watchPrisma,
  withScope,
} from '../../src/index.ts';
import { recordEvents } from '../../src/testing.ts';
import { startMongo } from '../helpers/mongo.ts';
import { startPostgres } from '../helpers/postgres.ts';
import type { Breadcrumb } from '../../src/event/event.ts';

t.beforeEach(() => {
  recordEvents();
  init();
});
t.afterEach(() => close(0));

/** What an event has of the queries that `work` makes. */
async function trailOf(work: () => unknown): Promise<readonly Breadcrumb[]> {
  return withScope(async (scope) => {
    scope.clear();
    await work();
    const events = recordEvents();
    captureMessage('done');
    return (events[0]?.breadcrumbs ?? []).filter(({ category }) => category === 'db');
  });
}

t.test('commands of the real MongoClient are steps, without filters and documents', async (t) => {
  const url = `mongodb://127.0.0.1:${await startMongo(t)}/?directConnection=true`;
  const options = { serverApi: '1', monitorCommands: true } as const;
  const client = new MongoClient(url, options);
  t.teardown(() => client.close());
  const unwatch = watchMongo(client);
  t.equal(watchMongo(client), unwatch, 'it is watched once');
  const shop = client.db('shop');
  const flows = await Promise.all(
    Array.from({ length: 20 }, (_, flow) =>
      trailOf(async () => {
        await shop.collection(`orders${flow}`).findOne({ token: 's3cr3t' });
        await shop.collection('orders').insertOne({ token: 's3cr3t' });
        await shop.command({ dropUser: 's3cr3t' });
        await shop.command({ ping: 1 });
        if (flow % 2 === 0) return;
        await t.rejects(shop.collection('fail').deleteOne({ token: 's3cr3t' }));
      }),
    ),
  );
  for (const [flow, steps] of flows.entries()) {
    t.match(steps, [
      { level: 'info', data: { sql: `find orders${flow}`, name: 'mongodb', duration_ms: Number } },
      { data: { sql: 'insert orders' } },
      { data: { sql: 'dropUser' } },
      ...(flow % 2 === 0
        ? []
        : [{ level: 'error', data: { sql: 'delete fail', name: 'failed E11000' } }]),
    ]);
    t.equal(steps.length, 3 + (flow % 2));
  }
  t.notMatch(JSON.stringify(flows), /s3cr3t/);
  unwatch();
  t.strictSame(await trailOf(() => shop.collection('orders').findOne({})), []);
  t.throws(() => watchMongo(new MongoClient(url)), OptionError, 'one that tells of nothing');
});

t.test('queries of the real knex are steps, without the values', async (t) => {
  const connection = { host: '127.0.0.1', port: await startPostgres(t), user: 'u', database: 'd' };
  const db = knex({ client: 'pg', version: '17.0', connection, pool: { min: 0, max: 3 } });
  t.teardown(() => db.destroy());
  const unwatch = watchKnex(db);
  t.equal(watchKnex(db), unwatch, 'it is watched once');
  const flows = await Promise.all(
    Array.from({ length: 20 }, (_, flow) =>
      trailOf(async () => {
        await db('users').where({ name: 's3cr3t', flow }).limit(1);
        await db.raw(`select ${flow}, 's3cr3t' as "a b"`);
        if (flow % 2 === 0) return;
        await t.rejects(
          db.transaction((trx) => trx('fail').insert({ token: 's3cr3t' })),
          { code: '23505' },
        );
      }),
    ),
  );
  const [select, raw] = [
    'select * from "users" where "name" = $1 and "flow" = $2 limit $3',
    'select ?, … as "a b"',
  ];
  for (const [flow, steps] of flows.entries()) {
    t.match(steps.slice(0, 2), [
      { level: 'info', data: { sql: select, name: 'knex', duration_ms: Number } },
      { data: { sql: raw } },
    ]);
    t.strictSame(
      steps.slice(2).map(({ data }) => [data?.['sql'], data?.['name']]),
      flow % 2 === 0
        ? []
        : [
            ['BEGIN;', 'knex'],
            ['insert into "fail" ("token") values ($1)', 'failed 23505'],
            ['ROLLBACK', 'knex'],
          ],
    );
  }
  t.notMatch(JSON.stringify(flows), /s3cr3t/);
  unwatch();
  t.strictSame(await trailOf(() => db.raw('select 1')), []);
});

/** What is used of a `PrismaClient`. */
class Prisma {
  readonly #emitter = new EventEmitter();
  $on(name: string, listener: (event: object) => void): this {
    this.#emitter.on(name, listener);
    return this;
  }
  emit(event: object): void {
    this.#emitter.emit('query', event);
  }
}

const PRISMA: readonly (readonly [query: string, sql: string])[] = [
  [
    'SELECT "public"."User"."id" FROM "public"."User" WHERE "name" = $1',
    'SELECT "public"."User"."id" FROM "public"."User" WHERE "name" = $1',
  ],
  [
    'SELECT `User`.`id` FROM `User` WHERE n = "s3cr3t"',
    'SELECT `User`.`id` FROM `User` WHERE n = ?',
  ],
  ["SELECT 's3cr3t', $$s3cr3t$$ FROM a", 'SELECT ?, … FROM a'],
  [
    'db.User.aggregate([ { $match: { email: "s3cr3t", n: 17 } } ])',
    'db.User.aggregate([ { $match: { email: ?, n: ? } } ])',
  ],
];

t.test('queries of Prisma are steps, without the values', async (t) => {
  const prisma = new Prisma();
  const unwatch = watchPrisma(prisma);
  t.equal(watchPrisma(prisma), unwatch, 'it is watched once');
  for (const [query, sql] of PRISMA) {
    const event = { timestamp: new Date(), query, params: '["s3cr3t"]', duration: 3.4 };
    const steps = await trailOf(async () => {
      await turn();
      prisma.emit({ ...event, target: 'ClientEngine' });
    });
    t.match(steps, [{ data: { sql, name: 'prisma', duration_ms: 3 } }], query);
    t.notMatch(JSON.stringify(steps), /s3cr3t/);
    const foreign = { ...event, target: 'quaint::connector::metrics' };
    t.strictSame(await trailOf(() => prisma.emit(foreign)), [], 'the engine has no request');
  }
  prisma.emit(
    Object.freeze({
      get query() {
        throw new Error('a trap');
      },
    }),
  );
  unwatch();
  t.strictSame(await trailOf(() => prisma.emit({ query: 'x', target: 'ClientEngine' })), []);
});

t.test('what is no such client is told at once', (t) => {
  for (const watch of [watchKnex, watchMongo, watchPrisma]) {
    for (const wrong of [undefined, null, 7, {}, new EventTarget(), { $on: 7, on: 7 }]) {
      t.throws(() => watch(wrong as object), OptionError);
    }
  }
  t.end();
});

t.test('without an API key nothing is remembered', async (t) => {
  await close(0);
  const prisma = new Prisma();
  watchPrisma(prisma);
  const made = await withScope(async (scope) => {
    scope.clear();
    prisma.emit({ query: 'SELECT 1', target: 'ClientEngine' });
    return scope;
  });
  init();
  t.strictSame(await trailOf(() => withScope(made, () => undefined)), []);
});
