import { AsyncResource } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import t, { type Test } from 'tap';
import { makeBreadcrumb } from '../../src/event/make/breadcrumbs.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { watchMysql } from '../../src/main/watch/mysql.ts';
import { watchRedis } from '../../src/main/watch/redis.ts';
import { Scopes } from '../../src/main/scopes.ts';
import type { Breadcrumb } from '../../src/event/event.ts';
import type { Scope } from '../../src/main/scope.ts';

const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });

function trailOf(scope: Scope): Breadcrumb[] {
  return scope.trail({ breadcrumb: (input) => makeBreadcrumb(input, scrub) }, 50);
}

function watched(t: Test, watch: (scopes: Scopes) => () => void): Scopes {
  const scopes = new Scopes();
  t.teardown(watch(scopes));
  return scopes;
}

/** What a client does whose command is answered, or fails. */
function trace(name: string, context: object, error?: unknown): Promise<unknown> {
  const work = error === undefined ? Promise.resolve() : Promise.reject(error);
  return tracingChannel(name)
    .tracePromise(() => work, context)
    .catch(() => undefined);
}

const REDIS: readonly (readonly [command: string, args: unknown, message: string])[] = [
  ['get', ['session:s3cr3t'], 'GET (1 key)'],
  ['set', ['session:s3cr3t', 's3cr3t', 'EX', 5], 'SET (1 key)'],
  ['MGET', ['a', 'b', 'c'], 'MGET (3 keys)'],
  ['mset', ['a', '?', 'b', '?'], 'MSET (2 keys)'],
  ['evalsha', ['sha', '2', 'a', 'b', 's3cr3t'], 'EVALSHA (2 keys)'],
  ['eval', ['return 1', 'many', 's3cr3t'], 'EVAL'],
  ['auth', ['s3cr3t'], 'AUTH'],
  ['ping', [], 'PING'],
  ['json.get', ['a'], 'JSON.GET (1 key)'],
  ['s3cr3t with\nspaces', ['a'], 'a command (1 key)'],
  ['get', undefined, 'GET'],
];

t.test('a command of Redis is a step without its keys and values', async (t) => {
  for (const [channel, first] of [
    ['ioredis:command', []],
    ['node-redis:command', ['NAME']],
  ] as const) {
    for (const [command, args, message] of REDIS) {
      const scopes = watched(t, watchRedis);
      const given = Array.isArray(args) ? [...first, ...(args as unknown[])] : args;
      const scope = await scopes.run(async (own) => {
        await trace(channel, { command, args: given });
        return own;
      });
      const steps = trailOf(scope);
      t.match(steps, [
        {
          category: 'db',
          level: 'info',
          message,
          data: { sql: message, name: 'redis', duration_ms: Number },
        },
      ]);
      t.equal(steps.length, 1);
      t.notMatch(JSON.stringify(steps), /s3cr3t/i);
    }
  }
});

t.test(
  'a transaction of node-redis is one step, since its commands are not published',
  async (t) => {
    const failed = new Error('WRONGTYPE s3cr3t');
    for (const [context, error, expected] of [
      [{ batchMode: 'MULTI', batchSize: 2 }, undefined, 'MULTI (2 commands)'],
      [{ batchMode: 'MULTI', batchSize: 1 }, undefined, 'MULTI (1 command)'],
      [{ batchMode: 'MULTI', batchSize: 's3cr3t' }, failed, 'MULTI (0 commands)'],
      [{ batchMode: 'PIPELINE', batchSize: 2 }, undefined, undefined],
    ] as const) {
      const scopes = watched(t, watchRedis);
      const scope = await scopes.run(async (own) => {
        await trace('node-redis:batch', context, error);
        return own;
      });
      const shown = trailOf(scope);
      t.match(shown, expected === undefined ? [] : [{ category: 'db', data: { sql: expected } }]);
      t.equal(shown.length, expected === undefined ? 0 : 1);
      t.notMatch(JSON.stringify(shown), /s3cr3t/);
    }
  },
);

t.test('a query of MySQL is a step without its values', async (t) => {
  for (const channel of ['mysql2:query', 'mysql2:execute']) {
    const scopes = watched(t, watchMysql);
    const query = "SELECT * FROM users WHERE name = 's3cr3t' AND id = 17";
    const scope = await scopes.run(async (own) => {
      await trace(channel, { query, values: ['s3cr3t', 17] });
      await trace(channel, { query: `INSERT INTO a VALUES ('${'s3cr3t'.repeat(1e6)}')` });
      await trace(channel, { query: { toString: () => 's3cr3t' } });
      return own;
    });
    const steps = trailOf(scope);
    t.match(steps, [
      {
        category: 'db',
        data: {
          sql: 'SELECT * FROM users WHERE name = ? AND id = ?',
          name: 'mysql',
          duration_ms: Number,
        },
      },
      { data: { sql: 'INSERT INTO a VALUES (?' } },
      { data: { sql: '' } },
    ]);
    t.notMatch(JSON.stringify(steps), /s3cr3t/);
  }
});

t.test('what failed says so in a word, without the message', async (t) => {
  const cases: readonly (readonly [error: unknown, word: string])[] = [
    [{ code: '23505', message: 'duplicate key' }, '23505'],
    [Object.assign(new Error('near s3cr3t'), { code: 'ER_PARSE_ERROR' }), 'ER_PARSE_ERROR'],
    [new Error('WRONGTYPE Operation against s3cr3t'), 'WRONGTYPE'],
    [new RangeError('s3cr3t is too long'), 'RangeError'],
    ['s3cr3t', 'Error'],
    [{ code: 's3cr3t', message: 7 }, 'Error'],
  ];
  for (const [error, word] of cases) {
    const scopes = watched(t, watchRedis);
    const scope = await scopes.run(async (own) => {
      await trace('ioredis:command', { command: 'get', args: ['a'] }, error);
      return own;
    });
    const steps = trailOf(scope);
    t.equal(steps.length, 1, 'once');
    t.match(steps, [
      { level: 'error', data: { name: `failed ${word}`, status: word, error: word } },
    ]);
    t.notMatch(JSON.stringify(steps), /s3cr3t/);
  }
});

t.test('what fails at once is a step too', async (t) => {
  const scopes = watched(t, watchRedis);
  t.throws(() =>
    tracingChannel('ioredis:command').traceSync(
      () => {
        throw new TypeError('no');
      },
      { command: 'get', args: [] },
    ),
  );
  t.match(trailOf(scopes.current()), [{ level: 'error', data: { error: 'TypeError' } }]);
});

/** A pool of one connection, which calls everybody back in its own context, as mysql2's does. */
class Pool {
  readonly #connection = new AsyncResource('connection');

  /** Resolves in the context of the connection's callback. */
  query(sql: string, callback: (error: Error | null) => void): void {
    const later = (call: () => void): void => {
      setImmediate(() => this.#connection.runInAsyncScope(call));
    };
    const getConnection = (then: () => void): void => later(then);
    const send = (then: (error: Error | null) => void): void =>
      later(() => then(sql === 'BAD' ? new Error('bad') : null));
    tracingChannel('mysql2:pool:connect').traceCallback(getConnection, 0, {}, null, () => {
      tracingChannel('mysql2:query').traceCallback(send, 0, { query: sql }, null, callback);
    });
  }
}

t.test(
  'of 100 flows at once with one pool each has its own queries, in callbacks too',
  async (t) => {
    const scopes = watched(t, watchMysql);
    const pool = new Pool();
    const stranger = scopes.run((scope) => scope);
    await Promise.all(
      Array.from({ length: 100 }, (_, flow) =>
        scopes.run(async (scope) => {
          const bad = flow % 10 === 0;
          await new Promise<void>((resolve) => {
            pool.query(`SELECT a${flow}`, () => {
              t.equal(scopes.current(), scope, 'the callback is in the scope of its query');
              pool.query(bad ? 'BAD' : `SELECT b${flow}`, () => {
                t.equal(scopes.current(), scope, 'also where it failed');
                resolve();
              });
            });
          });
          t.strictSame(
            trailOf(scope).map(({ data }) => data?.['sql']),
            [`SELECT a${flow}`, bad ? 'BAD' : `SELECT b${flow}`],
          );
        }),
      ),
    );
    t.strictSame([trailOf(stranger), trailOf(scopes.current())], [[], []]);
  },
);

t.test('nothing is remembered, and no scope changed, once nobody watches', async (t) => {
  const scopes = new Scopes();
  watchMysql(scopes)();
  watchRedis(scopes)();
  const scope = await scopes.run(async (own) => {
    await trace('mysql2:query', { query: 'SELECT 1' });
    await trace('ioredis:command', { command: 'get', args: ['a'] });
    return own;
  });
  t.strictSame(trailOf(scope), []);
});
