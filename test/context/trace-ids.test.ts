/** Events say in which trace they happened: with OpenTelemetry's API, and by the header `traceparent`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  context,
  ROOT_CONTEXT,
  trace,
  type Context,
  type ContextManager,
} from '@opentelemetry/api';
import pino from 'pino';
import t, { type Test } from 'tap';
import { captureErrors, captureException, close, init } from '../../src/index.ts';
import { currentSpan, spanIn } from '../../src/main/span.ts';
import errsight from '../../transports/pino.ts';
import { strictServer } from '../helpers/errsight.ts';
import { throughAllDoors } from './doors.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

/** What every SDK of OpenTelemetry registers. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    around: Context,
    action: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(around, () => Reflect.apply(action, self, args));
  }

  bind<T>(_around: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

function useOpenTelemetry(t: Test): void {
  context.setGlobalContextManager(new Contexts());
  t.teardown(() => context.disable());
}

function within<T>(action: () => T, traceId: string = TRACE, spanId: string = SPAN): T {
  const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: 1 });
  return context.with(trace.setSpan(ROOT_CONTEXT, span), action);
}

t.test('the bare target has it with `init`, or where a line says it', async (t) => {
  useOpenTelemetry(t);
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url };
  const stream = errsight(options);
  t.teardown(() => close());
  const logger = pino({}, stream);
  logger.error({ trace_id: TRACE, span_id: SPAN }, 'instrumented');
  logger.error({ trace_id: 'mine' }, 'not one');
  init(options);
  within(() => logger.error('with init'));
  await stream.flush();
  stream.end();
  const byText = Object.fromEntries(server.events.map((event) => [event.message, event]));
  t.match(byText['instrumented'], { tags: { trace_id: TRACE }, metadata: { span_id: SPAN } });
  t.notHas(byText['not one']?.tags, { trace_id: 'mine' });
  t.match(byText['with init'], { tags: { trace_id: TRACE }, metadata: { span_id: SPAN } });
});

function swallow(): void {
  // What a listener throws is uncaught.
}

/** Sends requests to a server whose listener throws; resolves when they are answered. */
async function fails(t: Test, traceparents: readonly (string | undefined)[]): Promise<void> {
  const app = createServer(
    captureErrors((_request: IncomingMessage, response: ServerResponse) => {
      response.statusCode = 500;
      response.end();
      throw new Error('it broke');
    }),
  );
  app.on('error', () => undefined);
  process.on('uncaughtException', swallow);
  t.teardown(() => process.off('uncaughtException', swallow));
  await once(app.listen(0, '127.0.0.1'), 'listening');
  const { port } = app.address() as { port: number };
  for (const traceparent of traceparents) {
    const headers = traceparent === undefined ? {} : { traceparent };
    const sent = request({ port, host: '127.0.0.1', headers, agent: false }).end();
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    await once(response.resume(), 'end');
  }
  app.close();
}

t.test('without OpenTelemetry the header of the request says it', async (t) => {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, captureUncaught: false });
  t.teardown(() => close());
  await fails(t, [`00-${TRACE}-${SPAN}-01`, undefined]);
  await close();
  t.match(server.events, [{ tags: { trace_id: TRACE }, metadata: { span_id: SPAN } }, {}]);
  t.notOk('trace_id' in (server.events[1]?.tags ?? {}), 'and nothing where there is none');
});

t.test('`defaultTags` leaves it out, and your own tag wins', async (t) => {
  useOpenTelemetry(t);
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url };
  t.teardown(() => close());
  init({ ...options, defaultTags: ['server'] });
  within(() => captureException(new Error('left out')));
  await close();
  t.notOk('trace_id' in (server.events[0]?.tags ?? {}));
  init(options);
  within(() => captureException(new Error('mine'), { tags: { trace_id: 'mine' } }));
  await close();
  t.match(server.events[1]?.tags, { trace_id: 'mine' });
});

const HEADERS: Readonly<Record<string, object | undefined>> = {
  [`00-${TRACE}-${SPAN}-01`]: { traceId: TRACE, spanId: SPAN },
  [` 00-${TRACE.toUpperCase()}-${SPAN}-00 `]: { traceId: TRACE, spanId: SPAN },
  [`cc-${TRACE}-${SPAN}-01-what-will-be`]: { traceId: TRACE, spanId: SPAN },
  [`00-${TRACE}-${'0'.repeat(16)}-01`]: { traceId: TRACE },
  [`ff-${TRACE}-${SPAN}-01`]: undefined,
  [`00-${'0'.repeat(32)}-${SPAN}-01`]: undefined,
  [`00-${TRACE}-${SPAN}-01x`]: undefined,
  [`00-${TRACE}-${SPAN}`]: undefined,
  [`00-${TRACE}-${SPAN}-01-${'x'.repeat(200)}`]: undefined,
  '': undefined,
};

t.test('a header counts as W3C has it', (t) => {
  for (const [header, span] of Object.entries(HEADERS)) t.strictSame(spanIn(header), span, header);
  t.equal(spanIn(['00']), undefined);
  t.end();
});

t.test('whatever lies in the place of the API does no harm', (t) => {
  const key = Symbol.for('opentelemetry.js.api.1');
  const host = globalThis as Record<symbol, unknown>;
  const throwing = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
    },
  );
  const contexts = [
    7,
    {},
    throwing,
    { context: throwing },
    { context: { active: () => undefined } },
    { context: { active: () => throwing } },
    { context: { active: () => ({ getValue: () => ({ spanContext: () => throwing }) }) } },
    { context: { active: () => ({ getValue: () => ({ spanContext: () => ({ traceId: 7 }) }) }) } },
  ];
  const before = host[key];
  t.teardown(() => {
    host[key] = before;
  });
  for (const api of contexts) {
    host[key] = api;
    t.equal(currentSpan(), undefined);
  }
  t.end();
});

// The last one: what `withErrsight` starts reports what nobody catches until the process ends.
t.test('the active span is in the event', (t) => {
  useOpenTelemetry(t);
  throughAllDoors(t, async (t, open) => {
    const server = await strictServer(t);
    const { fail, end, mechanism } = open({ apiKey: server.key, host: server.url });
    within(() => fail(new Error('it broke')));
    await end();
    // Of a target alone the thread that logs knows nothing.
    if (t.name !== "pino's worker" && t.name !== 'pino on this thread') {
      t.match(server.events, [
        { tags: { trace_id: TRACE, mechanism }, metadata: { span_id: SPAN } },
      ]);
    }
    t.equal(server.total, 1);
  });
  t.end();
});
