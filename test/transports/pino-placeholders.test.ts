/** pino-http's own words about failing requests, in servers without a framework. */
import { createServer, type ServerResponse } from 'node:http';
import pino from 'pino';
import { pinoHttp, type Options } from 'pino-http';
import t, { type Test } from 'tap';
import { close, flush, init, withErrsight } from '../../src/index.ts';
import { processState } from '../../src/main/state.ts';
import errsight from '../../transports/pino.ts';
import { ask, listening } from '../fixtures/serving.ts';
import { strictServer } from '../helpers/errsight.ts';

const UUID = '0b8f2f8e-5d0c-4b52-9c51-6a3a3f0c9d11';

type Answer = (response: ServerResponse & { err?: unknown }) => void;

function answering(status: number, err?: unknown): Answer {
  return (response) => {
    response.statusCode = status;
    if (err !== undefined) response.err = err as Error;
    response.end();
  };
}

const WAYS: Readonly<Record<string, (options: object) => pino.LoggerOptions>> = {
  withErrsight: () => withErrsight({}),
  init(options) {
    init({ ...options, failedRequests: false });
    return {};
  },
  bare: () => ({}),
};

const customLogLevel: Options['customLogLevel'] = (_request, response, error) =>
  response.statusCode >= 400 || error ? 'error' : 'info';

/** Asks for each path, and returns what has arrived. */
async function served(
  t: Test,
  way: string,
  paths: Readonly<Record<string, Answer>>,
): Promise<Awaited<ReturnType<typeof strictServer>>['events']> {
  const server = await strictServer(t);
  const options = { apiKey: server.key, host: server.url };
  t.teardown(async () => {
    const state = processState();
    state.endPinoSide?.();
    state.endPinoSide = undefined;
    await close();
  });
  const given = WAYS[way]?.(options) ?? {};
  const stream = errsight(options);
  t.teardown(() => stream.end());
  const log = pinoHttp({ logger: pino(given, stream), customLogLevel });
  const serving = await listening(
    createServer((request, response) => {
      log(request, response);
      paths[request.url ?? '']?.(response);
    }).listen(0, '127.0.0.1'),
  );
  for (const path of Object.keys(paths)) await ask(serving.port, path, false);
  await serving.close();
  t.ok(await flush(20_000));
  return server.events;
}

const ROUTES: Readonly<Record<string, string>> = {
  '/c': '/c',
  '/c?page=2': '/c',
  '/orders/17': '/orders/:id',
  '/orders/18': '/orders/:id',
  [`/orders/${UUID}/items`]: '/orders/:id/items',
  '/files/0123456789abcdef0123': '/files/:id',
};

for (const way of Object.keys(WAYS)) {
  t.test(`${way}: requests without a framework are grouped by their paths`, async (t) => {
    for (const status of [500, 404]) {
      const answers = Object.keys(ROUTES).map((path) => [path, answering(status)] as const);
      const events = await served(t, way, Object.fromEntries(answers));
      const told = events.map(
        ({ message, metadata }) => `${String(metadata['full_path'])}: ${message}`,
      );
      const wanted = Object.entries(ROUTES).map(
        ([path, route]) => `${path}: GET ${route} answered ${status}`,
      );
      t.strictSame(told.toSorted(), wanted.toSorted());
      const groups = new Map(events.map(({ message, fingerprint }) => [message, fingerprint]));
      t.equal(new Set(groups.values()).size, new Set(Object.values(ROUTES)).size);
      for (const { message, fingerprint } of events) t.equal(fingerprint, groups.get(message));
    }
  });

  t.test(`${way}: a text that is attached is the message`, async (t) => {
    const events = await served(t, way, {
      '/text': answering(500, 'no such order'),
      '/object': answering(500, { message: 'an object', code: 'E1' }),
      '/number': answering(500, 42),
    });
    t.strictSame(events.map(({ message }) => message).toSorted(), [
      '42',
      'Error: an object',
      'no such order',
    ]);
  });
}
