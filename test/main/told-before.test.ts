/** A request logs an error as a text, and fails with it then: the two are one event. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import winston from 'winston';
import {
  captureErrors,
  captureException,
  close,
  flush,
  init,
  stats,
  type InitOptions,
} from '../../src/index.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { strictServer } from '../helpers/errsight.ts';
import { ask, listening } from '../fixtures/serving.ts';
import type { StoredEvent } from '../../src/dev/store.ts';

t.jobs = 1;

const logger = winston.createLogger({ transports: [new ErrsightTransport()] });

/** The events of requests that are answered so, in the order in which they arrived. */
async function eventsOf(
  t: Test,
  paths: readonly string[],
  answer: (path: string, response: ServerResponse) => void | Promise<void>,
  options: InitOptions = {},
): Promise<readonly StoredEvent[]> {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, ...options });
  t.teardown(() => close());
  const handle = captureErrors(async (request: IncomingMessage, response: ServerResponse) => {
    await answer(request.url ?? '', response);
    response.end();
  });
  const shop = createServer((request, response) => {
    handle(request, response).catch(() => response.headersSent || response.writeHead(500).end());
  });
  const running = await listening(shop.listen(0, '127.0.0.1'));
  await Promise.all(paths.map((path) => ask(running.port, path, false)));
  await running.close();
  t.equal(await flush(), true);
  return server.events;
}

t.test('the event of the text becomes the error’s, and keeps what the line says', async (t) => {
  const [event, ...more] = await eventsOf(t, ['/pay'], () => {
    const error = new RangeError('declined');
    logger.error(`could not pay: ${error.message}`, { orderId: 17 });
    throw error;
  });
  t.strictSame(more, []);
  t.match(event, {
    level: 'error',
    message: 'RangeError: declined',
    metadata: {
      log_message: 'could not pay: declined',
      orderId: 17,
      mechanism: 'http',
      handled: 'yes',
      exception_class: 'RangeError',
    },
  });
  t.equal(stats().dropped.duplicate, 1);
});

t.test('so it does for an error around it, and for one that is captured', async (t) => {
  const events = await eventsOf(t, ['/wrapped', '/captured'], (path) => {
    const error = new RangeError(`${path} declined`);
    logger.error(`could not pay: ${error.message}`);
    if (path === '/captured') captureException(error);
    else throw new Error('no order', { cause: error });
  });
  t.same(events.map(({ message }) => message).toSorted(), [
    'Error: no order',
    'RangeError: /captured declined',
  ]);
});

t.test('requests at a time have their own', async (t) => {
  const paths = Array.from({ length: 15 }, (_, index) => `/orders/${index}`);
  const events = await eventsOf(t, paths, async (path) => {
    const error = new Error('it broke');
    logger.error(`${path}: ${error.message}`);
    await new Promise(setImmediate);
    throw error;
  });
  t.same(
    events
      .map(({ message, metadata }) => `${message}, ${String(metadata['log_message'])}`)
      .toSorted(),
    paths.map((path) => `Error: it broke, ${path}: it broke`).toSorted(),
  );
});

t.test('a text about something else is an event of its own', async (t) => {
  const events = await eventsOf(t, ['/pay'], () => {
    logger.error('the cache is gone');
    throw new Error('declined');
  });
  // An event that learns its status waits behind the others again.
  t.same(events.map(({ message }) => message).toSorted(), ['Error: declined', 'the cache is gone']);
});

t.test('a text whose request does not fail stays as it is', async (t) => {
  const events = await eventsOf(t, ['/pay'], () => {
    logger.error('could not pay: declined');
  });
  t.same(
    events.map(({ message }) => message),
    ['could not pay: declined'],
  );
});

t.test('where the text has left, the error is an event of its own', async (t) => {
  const events = await eventsOf(t, ['/pay'], async () => {
    const error = new Error('declined');
    logger.error(`could not pay: ${error.message}`);
    await flush();
    throw error;
  });
  t.same(
    events.map(({ message }) => message),
    ['could not pay: declined', 'Error: declined'],
  );
});

/** Answers, and fails when the answer has gone. */
async function failLate(response: ServerResponse, say: () => void): Promise<never> {
  response.statusCode = 500;
  response.end();
  await once(response, 'finish');
  say();
  await new Promise(setImmediate);
  throw new RangeError('declined');
}

t.test(
  'a line that only says how the request was answered becomes the error that comes then',
  async (t) => {
    const req = { method: 'GET', url: '/pay' };
    const events = await eventsOf(t, ['/pay'], (_path, response) =>
      failLate(response, () => {
        const { statusCode } = response;
        logger.error('HTTP GET /pay', { meta: { req, res: { statusCode }, responseTime: 3 } });
      }),
    );
    t.match(events, [
      { level: 'error', message: 'RangeError: declined', metadata: { status: 500 } },
    ]);
    t.equal(events.length, 1);
  },
);

t.test('so does the event that failedRequests makes', async (t) => {
  const events = await eventsOf(
    t,
    ['/pay'],
    (_path, response) => failLate(response, () => undefined),
    { failedRequests: true },
  );
  t.match(events, [
    { message: 'RangeError: declined', metadata: { status: 500, errsight_group: 'frame' } },
  ]);
  t.equal(events.length, 1);
});

t.test('a line that says so of another request, or that fails by itself, stays', async (t) => {
  const events = await eventsOf(t, ['/pay'], async (_path, response) => {
    response.statusCode = 500;
    response.end();
    await once(response, 'finish');
    logger.error('the cache is gone');
    throw new RangeError('declined');
  });
  t.same(events.map(({ message }) => message).toSorted(), [
    'RangeError: declined',
    'the cache is gone',
  ]);
});
