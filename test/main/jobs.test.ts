import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import winston from 'winston';
import {
  addBreadcrumb,
  captureException,
  captureMessage,
  close,
  getScope,
  init,
  OptionError,
  setTag,
  setUser,
  scopeForJob,
  withScope,
  wrapJob,
} from '../../src/index.ts';
import { recordEvents } from '../../src/testing.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { hostileValue } from '../helpers/hostile.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';

t.beforeEach(() => {
  recordEvents();
  init();
});
t.afterEach(() => close(0));

type Handler = (...args: unknown[]) => unknown;

/** Runs a job as a queue does; what it fails with, and the events. */
async function run(
  handler: Handler,
  args: readonly unknown[],
): Promise<{ error: unknown; result: unknown; events: readonly ErrsightEvent[] }> {
  const events = recordEvents();
  const ended = { error: undefined as unknown, result: undefined as unknown };
  try {
    ended.result = await wrapJob('orders', handler)(...args);
  } catch (error) {
    ended.error = error;
  }
  return { ...ended, events };
}

const failure = new RangeError('declined');
async function failing(): Promise<never> {
  await turn();
  throw failure;
}

function bullmq(made: number, attempts?: number, more: object = {}): object {
  return {
    name: 'ship',
    id: '17',
    queueName: 'orders',
    data: {},
    opts: { attempts },
    attemptsMade: made,
    ...more,
  };
}

function boss(retryCount: number, retryLimit: number, more: object = {}): object {
  return { id: 'b-1', name: 'orders', data: {}, retryCount, retryLimit, ...more };
}

function agenda(
  failCount: number,
  backoff?: (context: { attempt: number }) => number | null,
): object {
  return {
    attrs: { name: 'ship', _id: { toString: () => 'a-1' }, data: {}, failCount },
    agenda: { definitions: { ship: { backoff } } },
  };
}

const twice = ({ attempt }: { attempt: number }): number | null => (attempt > 2 ? null : 100);
function named(name: string, message = 'x'): Error {
  return Object.assign(new Error(message), { name });
}

/** What a queue passes, what its handler throws, and what the event says. */
/** As BullMQ has it: the name is that of the error's own class. */
class UnrecoverableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = this.constructor.name;
  }
}
class BadOrder extends UnrecoverableError {}
class WorseOrder extends BadOrder {}
class DelayedError extends Error {}
class Later extends DelayedError {}

/** A job of BullMQ or Bull with a strategy of the application's own. */
function backedOff(strategy: unknown, more: object = {}): object {
  const opts = { attempts: 3, backoff: { type: 'own', options: { a: 1 }, ...more } };
  const settings = { backoffStrategy: strategy };
  return bullmq(0, 3, { opts, queue: { opts: { settings } } });
}

const FAILURES: readonly (readonly [
  what: string,
  job: unknown,
  said: readonly [
    level: string | undefined,
    attempt?: string | undefined,
    job?: string | undefined,
  ],
  error?: unknown,
])[] = [
  ['BullMQ, the first of 3', bullmq(0, 3), ['warning', '1 of 3', 'ship']],
  ['BullMQ, the second', bullmq(1, 3), ['warning', '2 of 3', 'ship']],
  ['BullMQ, the last', bullmq(2, 3), ['error', '3 of 3', 'ship']],
  ['BullMQ, without attempts', bullmq(0), ['error', '1 of 1', 'ship']],
  ['BullMQ, retried by hand', bullmq(3, 3), ['error', '4 of 4', 'ship']],
  ['BullMQ, unrecoverable', bullmq(0, 3), ['error', '1 of 3'], named('UnrecoverableError')],
  ['BullMQ, a class of those', bullmq(0, 3), ['error', '1 of 3'], new BadOrder('a')],
  ['BullMQ, a class of that class', bullmq(0, 3), ['error', '1 of 3'], new WorseOrder('a')],
  ['BullMQ, a class of the delayed', bullmq(0, 3), [undefined], new Later('a')],
  ['BullMQ, ended by its strategy', backedOff(() => -1), ['error', '1 of 3']],
  ['BullMQ, delayed by its strategy', backedOff(() => 5), ['warning', '1 of 3']],
  ['BullMQ, a strategy that waits', backedOff(async () => -1), ['warning', '1 of 3']],
  [
    'BullMQ, a strategy that rejects',
    backedOff(() => Promise.reject(failure)),
    ['warning', '1 of 3'],
  ],
  ['BullMQ, its own strategy', backedOff(() => -1, { type: 'fixed' }), ['warning', '1 of 3']],
  [
    'BullMQ, a strategy that throws',
    backedOff(() => {
      throw failure;
    }),
    ['warning', '1 of 3'],
  ],
  [
    'Bull, ended by its strategy',
    bullmq(0, 3, {
      opts: { attempts: 3, backoff: { type: 'own' } },
      queue: { settings: { backoffStrategies: { own: () => -1 } } },
    }),
    ['error', '1 of 3'],
  ],
  [
    'BullMQ, started too often',
    bullmq(0, 3, { attemptsStarted: 5, queue: { opts: { maxStartedAttempts: 5 } } }),
    ['error', '1 of 3'],
  ],
  ['BullMQ, delayed', bullmq(0, 3), [undefined], named('DelayedError')],
  ['BullMQ, waiting for children', bullmq(0, 3), [undefined], named('WaitingChildrenError')],
  [
    'BullMQ, limited',
    bullmq(0, 3),
    [undefined],
    named('RateLimitError', 'bullmq:rateLimitExceeded'),
  ],
  ['Bull, discarded', bullmq(0, 3, { _discarded: true }), ['error', '1 of 3']],
  ['pg-boss, the first of 3', [boss(0, 2)], ['warning', '1 of 3', 'orders']],
  ['pg-boss, the last', [boss(2, 2)], ['error', '3 of 3']],
  [
    'pg-boss, without its metadata',
    [{ id: 'b-1', name: 'orders', data: {} }],
    ['error', undefined, 'orders'],
  ],
  [
    'pg-boss, before version 10',
    { ...boss(0, 0), retryCount: undefined, retryLimit: undefined, retrycount: 1, retrylimit: 2 },
    ['warning', '2 of 3'],
  ],
  ['pg-boss, a batch', [boss(0, 2), boss(2, 2, { id: 'b-2' })], ['error', undefined, 'orders']],
  ['Agenda', agenda(4), ['error', undefined, 'ship']],
  ['Agenda with a backoff', agenda(1, twice), ['warning', '2', 'ship']],
  ['Agenda, exhausted', agenda(2, twice), ['error', '3', 'ship']],
  [
    'Agenda, whose backoff throws',
    agenda(0, () => {
      throw new Error('x');
    }),
    ['error', '1'],
  ],
  [
    'a name that another library has too',
    { name: 'ship' },
    ['error', undefined, 'ship'],
    named('DelayedError'),
  ],
  ['a plain function', 17, ['error', undefined, undefined]],
];

t.test('a try that is repeated is a warning, the last one an error', async (t) => {
  for (const [what, job, [level, attempt, name], error = failure] of FAILURES) {
    const { events, error: thrown } = await run(async () => {
      await turn();
      throw error;
    }, [job, 'token']);
    t.equal(thrown, error, `${what}: the very same`);
    if (level === undefined) t.strictSame(events, [], what);
    else {
      t.match(events, [{ level, tags: { queue: 'orders' }, metadata: { mechanism: 'job' } }], what);
      t.equal(events[0]?.tags?.['attempt'], attempt, what);
      if (name !== undefined) t.equal(events[0]?.tags?.['job'], name, what);
    }
    t.ok(events.length <= 1, what);
  }
});

t.test('a job that the handler discards fails for good', async (t) => {
  for (const key of ['discarded', '_discarded']) {
    const job: Record<string, unknown> = { ...bullmq(0, 3) };
    const { events } = await run(async () => {
      job[key] = true;
      throw failure;
    }, [job]);
    t.match(events, [{ level: 'error', tags: { attempt: '1 of 3' } }], key);
  }
});

t.test('a strategy is asked as its library asks it', async (t) => {
  const asked: unknown[][] = [];
  const strategy = (...args: unknown[]): number => asked.push(args);
  const job = backedOff(strategy);
  const bull = bullmq(1, 4, {
    opts: { attempts: 4, backoff: { type: 'own', options: { a: 1 } } },
    queue: { settings: { backoffStrategies: { own: strategy } } },
  });
  await run(failing, [job]);
  await run(failing, [bull]);
  t.strictSame(asked, [
    [1, 'own', failure, job],
    [2, failure, { a: 1 }],
  ]);
});

async function idsOf(job: unknown): Promise<object | undefined> {
  return (await run(failing, [job])).events[0]?.metadata;
}

t.test('ids of jobs are told', async (t) => {
  t.match(await idsOf(bullmq(0)), { job_id: '17' });
  t.match(await idsOf([boss(0, 0)]), { job_id: 'b-1' });
  t.match(await idsOf(agenda(0)), { job_id: 'a-1' });
  t.match(await idsOf([boss(0, 0), boss(0, 0, { id: 'b-2' })]), {
    job_ids: ['b-1', 'b-2'],
    job_count: 2,
  });
});

function processor(this: unknown, ...args: unknown[]): unknown {
  return [this, args];
}

t.test('a handler is called as it was, and ends as it did', async (t) => {
  const self = { name: 'worker' };
  const signal = new AbortController().signal;
  const wrapped = wrapJob({ name: 'orders' }, processor);
  t.strictSame(wrapped.call(self, 1, 'token', signal), [self, [1, 'token', signal]]);
  t.equal(wrapJob('a', (_job: unknown, _done: unknown) => 1).length, 2, 'libraries look at it');
  const thenable = {
    calls: 0,
    // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
    then(resolve: (value: string) => void) {
      this.calls += 1;
      resolve('lazy');
    },
  };
  t.equal((await run(() => thenable, [1])).result, 'lazy');
  t.equal(thenable.calls, 1, 'what does its work when it is asked is asked once');
  t.throws(
    () =>
      wrapJob('a', () => {
        throw failure;
      })(),
    failure,
  );
});

t.test('a failure that is called back is one event', async (t) => {
  const events = recordEvents();
  const back: unknown[][] = [];
  const handler = wrapJob('orders', (_job: object, done: (...args: unknown[]) => void) => {
    setImmediate(() => done(failure, 'more'));
  });
  handler(agenda(0), (...args) => void back.push(args));
  const good = wrapJob('orders', (_job: object, done: (...args: unknown[]) => void) =>
    done(null, 7),
  );
  good(agenda(0), (...args) => void back.push(args));
  while (back.length < 2) await turn();
  t.strictSame(back, [
    [null, 7],
    [failure, 'more'],
  ]);
  t.match(events, [{ level: 'error', message: 'RangeError: declined', tags: { job: 'ship' } }]);
  t.equal(events.length, 1);
});

t.test('so is one of a function that takes nothing but a callback', async (t) => {
  const events = recordEvents();
  const back: unknown[] = [];
  const only = wrapJob('nightly', (done: (error: Error) => void) => {
    setImmediate(() => done(failure));
  });
  only((error) => void back.push(error));
  while (back.length < 1) await turn();
  t.strictSame(back, [failure]);
  t.match(events, [
    { message: 'RangeError: declined', tags: { queue: 'nightly', mechanism: 'job' } },
  ]);
  t.equal(events.length, 1);
});

for (const [what, made] of [
  ['repeated', 0],
  ['the last', 1],
] as const) {
  t.test(`the listener of a queue logs a try that is ${what}: one event`, async (t) => {
    const logger = winston.createLogger({
      transports: [new ErrsightTransport()],
    });
    const { events, error } = await run(async () => {
      await turn();
      throw new Error('no address');
    }, [bullmq(made, 2)]);
    // As `worker.on('failed')`.
    logger.error('a job has failed', { err: error });
    logger.error(error);
    captureException(error);
    await turn();
    t.match(events, [{ level: made === 0 ? 'warning' : 'error', tags: { job: 'ship' } }]);
    t.equal(events.length, 1);
    logger.close();
  });
}

t.test('one Error that is thrown by each try is a failure each time', async (t) => {
  const events = recordEvents();
  const again = new Error('always the same');
  const thrower = wrapJob('orders', async (_job: object) => {
    throw again;
  });
  for (const made of [0, 1, 2]) await t.rejects(thrower(bullmq(made, 3)), again);
  t.strictSame(
    events.map(({ level }) => level),
    ['warning', 'warning', 'error'],
  );
});

t.test('a job runs in the scope of who published it', async (t) => {
  const data = withScope(() => {
    setUser({ id: 42, email: 'ada@example.com' });
    setTag('tenant', 'acme');
    setTag('job', 'the job that published this one');
    getScope().setMetadata({ request_id: 'r-1', password: 's3cr3t' });
    addBreadcrumb({ message: 'put into the cart' });
    return { errsight: scopeForJob() };
  });
  t.notMatch(JSON.stringify(data), /s3cr3t/);
  const sent = JSON.parse(JSON.stringify(data)) as object;
  t.strictSame(sent, data, 'it is JSON');
  setUser({ id: 'somebody else' });
  for (const job of [
    bullmq(0, 1, { data: sent }),
    [boss(0, 0, { data: sent })],
    { attrs: { name: 'ship', data: sent } },
  ]) {
    const { events } = await run(async () => {
      addBreadcrumb({ message: 'asked the carrier' });
      await failing();
    }, [Object.freeze(job)]);
    t.match(events, [
      {
        user: { id: '42', email: 'ada@example.com' },
        tags: { tenant: 'acme', queue: 'orders', job: Array.isArray(job) ? 'orders' : 'ship' },
        metadata: { request_id: 'r-1' },
        breadcrumbs: [{ message: 'put into the cart' }, { message: 'asked the carrier' }],
      },
    ]);
  }
  const { events } = await run(failing, [[boss(0, 0, { data: sent }), boss(0, 0)]]);
  t.not(events[0]?.user?.id, '42', 'a batch has the user of none');
  getScope().clear();
});

t.test('jobs at once have a scope each', async (t) => {
  const events = recordEvents();
  const handler = wrapJob('orders', async (job: { data: { errsight: object } }) => {
    await turn();
    addBreadcrumb({ message: JSON.stringify(job.data.errsight) });
    await turn();
    captureMessage('in it');
  });
  const users = Array.from({ length: 50 }, (_, id) => ({ user: { id: `u${id}` } }));
  await Promise.all(users.map((errsight) => handler({ data: { errsight } })));
  for (const { user, breadcrumbs } of events) {
    t.strictSame(
      breadcrumbs?.map(({ message }) => message),
      [`{"user":{"id":"${user?.id}"}}`],
    );
  }
  t.equal(events.length, 50);
});

t.test('the scope of a job is 16 KB at most', (t) => {
  const json = withScope((scope) => {
    scope.setUser({ id: 1 }).setMetadata({ small: 1, large: 'x'.repeat(100_000), big: 2n });
    for (let index = 0; index < 100; index += 1) {
      scope
        .setTag(`t${index}`, '\u{1f600}'.repeat(200))
        .setMetadata({ [`m${index}`]: 'y'.repeat(1_000) });
      addBreadcrumb({ message: 'z'.repeat(500) });
    }
    return scopeForJob();
  });
  t.ok(Buffer.byteLength(JSON.stringify(json)) <= 16_384);
  t.match(json, { user: { id: '1' }, tags: { t0: String } });
  t.strictSame(
    withScope((scope) => {
      scope.clear();
      return scopeForJob();
    }),
    {},
  );
  t.end();
});

t.test('whatever a queue passes and a handler throws, it is passed on', async () => {
  await fc.assert(
    fc.asyncProperty(hostileValue, hostileValue, hostileValue, async (given, data, thrown) => {
      const error = thrown.make();
      const jobs = [
        given.make(),
        bullmq(0, 2, { data: { errsight: data.make() }, name: data.make(), opts: given.make() }),
      ];
      for (const job of jobs) {
        const ended = await run(async () => {
          throw error;
        }, [job]);
        if (!Object.is(ended.error, error)) throw new Error('another one');
      }
      withScope((scope) => {
        scope.setMetadata({ value: given.make() }).setTag('a', data.make() as string);
        JSON.parse(JSON.stringify(scopeForJob()));
      });
    }),
    { numRuns: 60 },
  );
});

t.test('what is no queue and what is no handler is told at once', (t) => {
  const loose = wrapJob as (...args: unknown[]) => unknown;
  for (const [args, option] of [
    [[undefined, failing], 'queue'],
    [['', failing], 'queue'],
    [[{}, failing], 'queue'],
    [['orders', undefined], 'handler'],
  ] as const) {
    try {
      loose(...args);
      t.fail(`${option} was taken`);
    } catch (error) {
      t.ok(error instanceof OptionError && error.option === option, option);
    }
  }
  t.end();
});

t.test('without an API key a job runs as it is', async (t) => {
  await close(0);
  t.equal(await wrapJob('orders', async (job: number) => job + 1)(1), 2);
  await t.rejects(wrapJob('orders', failing)(), failure);
  t.strictSame(
    withScope(() => {
      setUser({ id: 1 });
      return scopeForJob();
    }),
    { user: { id: '1' } },
  );
});
