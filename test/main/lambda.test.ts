import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  addBreadcrumb,
  captureMessage,
  close,
  getScope,
  init,
  OptionError,
  setTag,
  setUser,
  stats,
  wrapHandler,
} from '../../src/index.ts';
import { saidTags } from '../helpers/tags.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import { hostileValue } from '../helpers/hostile.ts';

/** What is used of Lambda's context. */
interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  getRemainingTimeInMillis(): number;
}

function contextOf(id: string, remaining = 60_000): LambdaContext {
  return {
    awsRequestId: id,
    functionName: 'checkout',
    functionVersion: '7',
    getRemainingTimeInMillis: () => remaining,
  };
}

async function start(t: Test, options: object = {}): Promise<TestErrsight> {
  const server = await strictServer(t);
  // Nothing is sent by itself: what has arrived was flushed.
  init({ apiKey: server.key, host: server.url, flushInterval: 3_600_000, ...options });
  t.teardown(() => close(0));
  return server;
}

type Back = (error?: unknown, result?: string) => void;
type Handler = (event: string, context: LambdaContext, back?: Back) => unknown;

/** Calls a handler as Lambda's runtime does: by its promise, or by its callback. */
function invoke(handler: Handler, event: string, context = contextOf(event)): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const result = handler(event, context, (error, value) => {
      if (error === undefined || error === null) resolve(value);
      else reject(error);
    });
    if (result instanceof Promise) result.then(resolve, reject);
  });
}

const failure = new RangeError('declined');

const FAILING: readonly (readonly [what: string, handler: Handler])[] = [
  [
    'rejects',
    async () => {
      await turn();
      throw failure;
    },
  ],
  [
    'throws at once',
    () => {
      throw failure;
    },
  ],
  ['calls back with it', (_event, _context, back) => void setImmediate(() => back?.(failure))],
  ['calls back at once', (_event, _context, back) => back?.(failure)],
];

for (const [what, handler] of FAILING) {
  t.test(`the error of a handler that ${what} has arrived when the invocation fails`, async (t) => {
    const server = await start(t);
    const error = await invoke(wrapHandler(handler), 'r-1').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    t.equal(error, failure, 'the very same');
    t.equal(server.total, 1);
    t.match(server.events, [
      {
        level: 'error',
        message: 'declined',
        tags: { function_name: 'checkout', function_version: '7' },
        metadata: { request_id: 'r-1', mechanism: 'lambda', exception_class: 'RangeError' },
      },
    ]);
  });
}

const SUCCEEDING: readonly (readonly [what: string, handler: Handler])[] = [
  [
    'returns a promise',
    async (event) => {
      await turn();
      captureMessage(`of ${event}`);
      return 'done';
    },
  ],
  [
    'calls back',
    (event, _context, back) => {
      setImmediate(() => {
        captureMessage(`of ${event}`);
        back?.(null, 'done');
      });
    },
  ],
  [
    'returns a promise of its own kind',
    (event) => {
      captureMessage(`of ${event}`);
      // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
      return { then: (resolve: (value: string) => void) => resolve('done') };
    },
  ],
];

for (const [what, handler] of SUCCEEDING) {
  t.test(`what a handler that ${what} has captured arrives before its answer`, async (t) => {
    const server = await start(t);
    const wrapped = wrapHandler(handler);
    t.equal(await invoke(wrapped, 'cold'), 'done');
    t.equal(server.total, 1);
    t.equal(await invoke(wrapped, 'warm'), 'done');
    t.strictSame(
      server.events.map(({ message, metadata }) => [message, metadata['request_id']]),
      [
        ['of cold', 'cold'],
        ['of warm', 'warm'],
      ],
    );
  });
}

t.test('invocations know nothing of each other, one after the other or at once', async (t) => {
  const server = await start(t);
  setTag('app', 'shop');
  t.teardown(() => getScope().clear());
  const handler = wrapHandler(async (event: string, _context: LambdaContext) => {
    setUser({ id: event });
    addBreadcrumb({ message: `begin ${event}` });
    await turn();
    setTag(`only ${event}`, true);
    await turn();
    throw new Error(`failed ${event}`);
  });
  const names = Array.from({ length: 20 }, (_, index) => `r-${index}`);
  await Promise.allSettled(names.slice(0, 10).map((name) => invoke(handler, name)));
  for (const name of names.slice(10)) await t.rejects(invoke(handler, name));
  t.equal(server.total, names.length);
  for (const name of names) {
    const event = server.events.find(({ message }) => message === `Error: failed ${name}`);
    t.strictSame(saidTags(event), {
      function_name: 'checkout',
      function_version: '7',
      cold_start: 'false',
      remaining_ms: '60000',
      app: 'shop',
      [`only ${name}`]: 'true',
    });
    t.match(event, { user_context: { id: name }, metadata: { request_id: name } });
    t.strictSame(
      event?.breadcrumbs.map(({ message }) => message),
      [`begin ${name}`],
    );
  }
  t.strictSame(getScope().toJSON().tags, { app: 'shop' }, 'nothing is left outside');
});

for (const [what, options, remaining] of [
  ['flushTimeout', { flushTimeout: 20 }, 60_000],
  ['the time that is left', { flushTimeout: 900_000 }, 220],
  ['time that is over', { flushTimeout: 900_000 }, -5],
  ['no time', { flushTimeout: 0 }, 60_000],
] as const) {
  t.test(`a server that hangs holds up an invocation for ${what}, no longer`, async (t) => {
    const server = await start(t, { timeout: 600_000 });
    // Never answers.
    server.intercept = () => true;
    const handler: Handler = async () => {
      captureMessage('held up');
      throw failure;
    };
    await t.rejects(
      invoke(wrapHandler(handler, options), 'r', contextOf('r', remaining)),
      failure,
      'although nothing was answered',
    );
    t.equal(server.total, 0);
  });
}

t.test('without `init` a handler is merely called', async (t) => {
  const seen: unknown[] = [];
  const self = { name: 'self' };
  const args = ['event', contextOf('r'), (): void => undefined];
  const wrapped = wrapHandler(function (this: unknown, ...given: unknown[]): string {
    seen.push(this, ...given);
    return 'as it is';
  });
  t.equal(Reflect.apply(wrapped, self, args), 'as it is');
  for (const [index, each] of [self, ...args].entries()) {
    // The callback is one that waits: a logger may be made in the invocation.
    if (index < 3) t.equal(seen[index], each);
    else t.type(seen[index], 'function');
  }
  const throwing = wrapHandler(() => {
    throw failure;
  });
  t.throws(() => throwing(), failure, 'at once');
});

async function checkout(
  this: { name: string },
  event: { n: number },
  given: LambdaContext,
): Promise<unknown[]> {
  await turn();
  return [this.name, event.n, given];
}

t.test('`this`, arguments, and what is on the function stay what they are', async (t) => {
  await start(t);
  const self = { name: 'self' };
  const context = contextOf('r');
  const wrapped: typeof checkout & { use?: unknown } = wrapHandler(
    Object.assign(checkout, { use: 'middleware' }),
  );
  t.strictSame(await wrapped.call(self, { n: 7 }, context), ['self', 7, context]);
  t.strictSame([wrapped.length, wrapped.name, wrapped.use], [2, 'checkout', 'middleware']);
  const sync = wrapHandler((n: number) => n + 1);
  t.equal(sync(1), 2, 'what is no promise is returned as it is');
});

t.test('handlers with response streaming are called as they are', async (t) => {
  const server = await start(t);
  const streaming = Object.assign(async (): Promise<void> => undefined, {
    [Symbol.for('aws.lambda.runtime.handler.streaming')]: 'response',
  });
  t.equal(wrapHandler(streaming), streaming);
  const scopes: unknown[] = [];
  const inner = wrapHandler(async (_event: string, _stream: object, _context: LambdaContext) => {
    scopes.push(getScope());
    throw failure;
  });
  await t.rejects(inner('event', { write: 1 }, contextOf('r')), failure);
  t.equal(scopes[0], getScope(), 'there is no scope for it');
  t.ok(await close(20_000));
  t.equal(server.total, 0);
});

t.test('a wrong option, or no handler, is said at the start', (t) => {
  const loose = wrapHandler as (...given: unknown[]) => unknown;
  const handler = checkout;
  for (const [given, option] of [
    [[handler, { flushTimeout: -1 }], 'flushTimeout'],
    [[handler, { flushTimeout: '2s' }], 'flushTimeout'],
    [[handler, { flush_timeout: 5 }], 'flush_timeout'],
    [[handler, 7], 'options'],
    [[undefined], 'handler'],
    [[{ handler }], 'handler'],
  ] as const) {
    try {
      loose(...given);
      t.fail(`${option} was taken`);
    } catch (error) {
      t.ok(error instanceof OptionError && error.option === option, option);
    }
  }
  t.end();
});

t.test('whatever the context is, the handler runs and its error is reported', async (t) => {
  const server = await start(t);
  let wanted = 0;
  await fc.assert(
    fc.asyncProperty(hostileValue, hostileValue, async (given, thrown) => {
      const [context, error] = [given.make(), thrown.make()];
      const handler = wrapHandler(async (_event: string, _context: unknown) => {
        throw error;
      });
      await handler('event', context).then(
        () => Promise.reject(new Error('it did not fail')),
        (same: unknown) => {
          if (!Object.is(same, error)) throw new Error('another error');
        },
      );
      wanted += 1;
    }),
    { numRuns: 100 },
  );
  t.ok(wanted > 50);
  // Some values are one object in all cases, such as `process`: they were reported before.
  const { duplicate } = stats().dropped;
  // Many are repeats of one issue, which leave room for others in the first minute.
  await close(10_000);
  t.equal(server.total + duplicate, wanted);
});
