import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import express, { type Request } from 'express';
import { Hono } from 'hono';
import t from 'tap';
import { captureErrors, captureException, close, init } from '../../src/index.ts';
import { APPLICATIONS } from '../fixtures/variants.ts';
import { exchange, listening } from '../fixtures/serving.ts';
import { strictServer, type TestErrsight } from '../helpers/errsight.ts';
import type { Hook } from '../fixtures/failing.ts';

process.env['NODE_ENV'] = 'production';
// What Express and Koa print is compared elsewhere.
t.capture(console, 'error', () => undefined);

/** What is asked, and what arrives: `<mechanism> <handled> <status> <method> <route>: <message>`. */
type Variants = Readonly<Record<string, readonly string[]>>;

const EXPRESS: Variants = {
  'GET /plain/1': ['express no 500 /plain/:id: Error: plain broke'],
  'HEAD /plain/1': ['express no 500 /plain/:id: Error: plain broke'],
  'GET /skips/1': ['express no 500 /skips/:other: Error: second broke'],
  'GET /thrown/text': ['express no 500 /thrown/:what: String: a text'],
  'GET /thrown/object': ['express no 500 /thrown/:what: Object with the keys code'],
  'GET /thrown/busy': ['express no 503 /thrown/:what: Object with the keys status, code'],
  'GET /thrown/missing': [],
  'GET /thrown/null': [],
  'GET /thrown/undefined': [],
  'GET /passed/text': ['express no 500 /passed/:what: String: a text'],
  'GET /passed/busy': ['express no 503 /passed/:what: Object with the keys status, code'],
  'GET /passed/undefined': [],
  'GET /answers/200': [],
  'GET /answers/404': [],
  'GET /answers/502': ['express yes 502 /answers/:status: Error: answered'],
  'GET /wraps': ['express no 500 /wraps: Error: wrapped'],
  'GET /fails/again': ['express no 500 /fails/again: Error: first'],
  'GET /later/1': ['express no 500 /later/:id: Error: late'],
  'GET /items/0': ['express no 500 /items/:item: Error: param broke'],
  'GET /items/%E0%A4%A': [],
  'GET /twice': ['express no 500 /twice: Error: after the answer'],
  'GET /none': [],
  'GET /second/1': ['express no 500 /second/:b: Error: of two broke'],
  'PUT /all/1': ['express no 500 /all/:id: Error: all broke'],
  'GET /chained/1': ['express no 500 /chained/:id: Error: chained broke'],
  'GET /a/1/b/2/3': ['express no 500 /a/:x/b/:y/:z: Error: inner broke'],
  'GET /shops/1/items/2': ['express no 500 /shops/:shop/items/:id: Error: shop broke'],
  'GET /shops/1/admin/users/3': ['express no 500 /shops/:shop/admin/users/:id: Error: admin broke'],
  'GET /own/answer/200': [],
  'GET /own/answer/503': ['express yes 503 /own/answer/:status: Error: own'],
  'GET /routed/answer/200': [],
  'GET /routed/answer/503': ['express yes 503 /routed/answer/:status: Error: routed'],
};

const NEST: Variants = {
  'GET /api/shops/1/plain/1': ['nest no 500 /api/shops/:shop/plain/:id: Error: plain broke'],
  'GET /api/shops/1/answers/200': [],
  'GET /api/shops/1/answers/404': [],
  'GET /api/shops/1/answers/502': [
    'nest yes 502 /api/shops/:shop/answers/:status: Error: answered broke',
  ],
  'GET /api/shops/1/later/answers/200': [],
  'GET /api/shops/1/later/answers/502': [
    'nest yes 502 /api/shops/:shop/later/answers/:status: Error: later broke',
  ],
  'GET /api/shops/1/types/answers/502': [
    'nest yes 502 /api/shops/:shop/types/answers/:status: TypeError: types broke',
  ],
  'GET /api/shops/1/types/answers/404': [],
  'GET /api/shops/1/others/answers/200': [
    'nest no 500 /api/shops/:shop/others/answers/:status: Error: others broke',
  ],
  'GET /api/shops/1/closed/1': [],
  'GET /api/shops/1/guard/1': ['nest no 500 /api/shops/:shop/guard/:id: Error: guard broke'],
  'GET /api/shops/1/interceptor/1': [
    'nest no 500 /api/shops/:shop/interceptor/:id: Error: interceptor broke',
  ],
  'GET /api/shops/1/pipe/1': ['nest no 500 /api/shops/:shop/pipe/:id: Error: pipe broke'],
  'GET /api/shops/1/number/x': [],
  'GET /api/shops/1/bad/1': ['nest no 502 /api/shops/:shop/bad/:id: HttpException: upstream'],
  'GET /api/shops/1/thrown/text': ['nest no 500 /api/shops/:shop/thrown/:what: String: a text'],
  'GET /api/shops/1/thrown/object': [
    'nest no 500 /api/shops/:shop/thrown/:what: Object with the keys code',
  ],
  'GET /api/shops/1/thrown/undefined': [
    'nest no 500 /api/shops/:shop/thrown/:what: Undefined: undefined',
  ],
  'GET /api/shops/1/thrown/busy': [
    'nest no 500 /api/shops/:shop/thrown/:what: Object with the keys status, code',
  ],
  'GET /api/shops/1/thrown/missing': [
    'nest no 500 /api/shops/:shop/thrown/:what: Object with the keys status, code',
  ],
};

const VARIANTS: Readonly<Record<string, Variants>> = {
  'express 5': EXPRESS,
  'express 4': {
    ...EXPRESS,
    // Of what an error handler behind ours throws Express 4 tells nobody.
    'GET /wraps': ['express no 500 /wraps: Error: first'],
  },
  fastify: {
    'GET /plain/1': ['fastify no 500 /plain/:id: Error: plain broke'],
    'HEAD /plain/1': ['fastify no 500 /plain/:id: Error: plain broke'],
    'GET /sends/1': ['fastify no 500 /sends/:id: Error: sent'],
    'GET /thrown/text': ['fastify no 500 /thrown/:what: String: a text'],
    'GET /thrown/object': ['fastify no 500 /thrown/:what: Object with the keys code'],
    'GET /thrown/busy': ['fastify no 503 /thrown/:what: Object with the keys status, code'],
    'GET /thrown/missing': [],
    'GET /thrown/null': ['fastify no 500 /thrown/:what: Null: null'],
    'GET /thrown/undefined': ['fastify no 500 /thrown/:what: Undefined: undefined'],
    'GET /on-send/1': ['fastify no 500 /on-send/:id: Error: onSend broke'],
    'GET /pre/1': ['fastify no 500 /pre/:id: Error: preHandler broke'],
    'GET /pre-parsing/1': ['fastify no 500 /pre-parsing/:id: Error: preParsing broke'],
    'GET /serialize/1': [
      'fastify no 500 /serialize/:id: TypeError: Do not know how to serialize a BigInt',
    ],
    'GET /invalid/x': [],
    'GET /twice/1': ['fastify no 500 /twice/:id: Error: after the answer broke'],
    'GET /none': ['fastify no 500 undefined: Error: not found broke'],
    'GET /shops/1/items/2': ['fastify no 500 /shops/:shop/items/:id: Error: shop broke'],
    'GET /shops/1/answers/200': [],
    'GET /shops/1/answers/404': [],
    'GET /shops/1/answers/502': [
      'fastify yes 502 /shops/:shop/answers/:status: Error: answered broke',
    ],
    'GET /shops/1/answers/again': [
      'fastify no 500 /shops/:shop/answers/:status: Error: answered broke',
    ],
    'GET /shops/1/answers/wrap': [
      'fastify no 500 /shops/:shop/answers/:status: Error: answered broke',
    ],
    'GET /shops/1/admin/users/2': [
      'fastify no 500 /shops/:shop/admin/users/:id: Error: admin broke',
    ],
    'GET /shops/1/admin/answers/502': [
      'fastify yes 502 /shops/:shop/admin/answers/:status: Error: admin broke',
    ],
  },
  koa: {
    'GET /plain/1': ['koa no 500 /plain/:id: Error: plain broke'],
    'HEAD /plain/1': ['koa no 500 /plain/:id: Error: plain broke'],
    'GET /thrown/text': ['koa no 500 /thrown/:what: Error: non-error thrown: "a text"'],
    'GET /thrown/object': ['koa no 500 /thrown/:what: Error: non-error thrown: {"code":"E_PAY"}'],
    'GET /thrown/busy': [
      'koa no 500 /thrown/:what: Error: non-error thrown: {"status":503,"code":"E_BUSY"}',
    ],
    'GET /thrown/missing': [
      'koa no 500 /thrown/:what: Error: non-error thrown: {"status":404,"code":"E_NONE"}',
    ],
    'GET /shops/1/items/2': ['koa no 500 /shops/:shop/items/:id: Error: nested broke'],
    'PUT /shops/1/all/2': ['koa no 500 /shops/:shop/all/:id: Error: all broke'],
    'GET /plain/middleware': ['koa no 500 /plain/:id: Error: middleware broke'],
    'GET /answers/200': [],
    'GET /answers/404': [],
    'GET /answers/502': ['koa yes 502 /answers/:status: Error: answered broke'],
    'GET /wraps/wrap': ['koa no 500 /wraps/wrap: Error: wrapped'],
    'GET /fails/again': ['koa no 500 /fails/again: Error: the error handler broke'],
    'GET /none': [],
  },
  hono: {
    'GET /plain/1': ['hono yes 500 /plain/:id: Error: plain broke'],
    'HEAD /plain/1': ['hono yes 500 /plain/:id: Error: plain broke'],
    'GET /guarded/closed': ['hono yes 500 /guarded/:id: Error: guard broke'],
    'GET /next/1': ['hono yes 500 /next/:other: Error: second broke'],
    'GET /mounted/items/1': ['hono no 500 /items/:id: Error: mounted broke'],
    'GET /bare/1': ['hono yes 500 /bare/*: Error: bare broke'],
    'GET /thrown/text': ['hono no 500 /thrown/:what: String: a text'],
    'HEAD /thrown/text': ['hono no 500 /thrown/:what: String: a text'],
    'GET /thrown/object': ['hono no 500 /thrown/:what: Object with the keys code'],
    'GET /thrown/missing': ['hono no 500 /thrown/:what: Object with the keys status, code'],
    'GET /thrown/undefined': ['hono no 500 /thrown/:what: Undefined: undefined'],
    'GET /rejected/null': ['hono no 500 /rejected/:what: Null: null'],
    'GET /fails/again': ['hono no 500 /fails/again: Error: first broke'],
    'GET /wraps': ['hono no 500 /wraps: Error: wrapped'],
    'GET /exception/1': ['hono yes 502 /exception/:id: HTTPException: upstream'],
    'GET /answers/200': [],
    'GET /answers/404': [],
    'GET /answers/502': ['hono yes 502 /answers/:status: Error: answered broke'],
    'PUT /all/1': ['hono yes 500 /all/:id: Error: all broke'],
    'GET /shops/1/items/2': ['hono yes 500 /shops/:shop/items/:id: Error: shop broke'],
    'GET /shops/1/admin/users/2': ['hono yes 500 /shops/:shop/admin/users/:id: Error: admin broke'],
    'GET /own/answers/200': [],
    'GET /own/answers/503': ['hono yes 503 /own/answers/:status: Error: own broke'],
    'GET /none': [],
    'GET /none/broken': ['hono yes 500 undefined: Error: not found broke'],
  },
  http: {
    'GET /plain': ['http yes 500 undefined: Error: plain broke'],
    'HEAD /plain': ['http yes 500 undefined: Error: plain broke'],
    'GET /thrown/text': ['http yes 500 undefined: String: a text'],
    'GET /thrown/object': ['http yes 500 undefined: Object with the keys code'],
    'GET /thrown/busy': ['http yes 503 undefined: Object with the keys status, code'],
    'GET /thrown/missing': [],
    'GET /thrown/null': ['http yes 500 undefined: Null: null'],
    'GET /thrown/undefined': ['http yes 500 undefined: Undefined: undefined'],
    'GET /attached/1': ['http yes 500 undefined: Error: attached'],
  },
  'nest on express': NEST,
  'nest on fastify': NEST,
  'nest 12 on express': NEST,
  'nest 12 on fastify': NEST,
};

/** The answers to all variants of an application. */
async function runAll(name: string, hook: Hook): Promise<Readonly<Record<string, string>>> {
  const running = await APPLICATIONS[name]!(hook);
  const answers: Record<string, string> = {};
  for (const each of Object.keys(VARIANTS[name]!)) {
    const [method, path = ''] = each.split(' ');
    const answer = await exchange(running.port, path, method);
    answers[each] = answer.replace(/^date: .*\r\n/im, '');
  }
  await running.close();
  return answers;
}

function told(server: TestErrsight, asked: string): readonly string[] {
  return server.events
    .filter(({ metadata, tags }) => {
      const path = String(metadata['full_path']);
      return `${tags['request_method']} ${path}` === asked;
    })
    .map(({ message, metadata, tags }) => {
      const { mechanism, handled, status } = metadata;
      return `${String(mechanism)} ${String(handled)} ${String(status)} ${tags['route']}: ${message}`;
    });
}

for (const [name, variants] of Object.entries(VARIANTS)) {
  t.test(`${name}: each failing request is one event in all its forms`, async (t) => {
    const before = await runAll(name, (app) => app);
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url, sourceMaps: false });
    const after = await runAll(name, captureErrors);
    t.equal(await close(), true);
    t.strictSame(after, before, 'the answers are the same');
    const seen = Object.fromEntries(
      Object.keys(variants).map((each) => [each, told(server, each)]),
    );
    t.strictSame(seen, variants, 'what arrives');
    t.equal(server.events.length, Object.values(variants).flat().length, 'and nothing else');
  });
}

/** What a handler does when its client has gone in the middle of a request, and what arrives. */
const GONE: Readonly<Record<string, readonly string[]>> = {
  // Nobody has an answer; the code is broken all the same.
  'GET /gone/breaks': ['http no undefined undefined: Error: it broke'],
  'GET /gone/pipes': [],
  'GET /gone/streams': [],
  'GET /gone/writes': [],
  'GET /gone/says': [],
  'POST /gone/uploads': [],
};

async function gone(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const closed = once(response, 'close');
  if (request.method === 'POST') {
    setImmediate(() => asked.emit('asked'));
    // It never ends: this fails with "aborted".
    await request.resume().toArray();
  }
  if (request.url === '/gone/streams') {
    // It hangs up in the middle of the answer.
    response.once('pipe', () => setImmediate(() => asked.emit('asked')));
    await pipeline(Readable.from(slow()), response);
    return;
  }
  asked.emit('asked');
  await closed;
  switch (request.url) {
    case '/gone/breaks':
      throw new Error('it broke');
    case '/gone/pipes':
      await pipeline(Readable.from(['a', 'b']), response);
      return;
    case '/gone/says':
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    default:
      response.end('too late');
  }
}

async function* slow(): AsyncGenerator<string> {
  for (let left = 1_000; left > 0; left -= 1) {
    yield 'a piece';
    await delay(1);
  }
}

const asked = new EventEmitter();

/** Asks, and hangs up. */
async function hangUp(port: number, method: string, path: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const body = method === 'POST' ? 'content-length: 100\r\n\r\nhalf' : '\r\n';
  const begun = once(asked, 'asked');
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: shop\r\n${body}`);
  await begun;
  socket.destroy();
}

t.test('a request whose client has gone is an event only where the code has failed', async (t) => {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, sourceMaps: false });
  const handle = captureErrors(gone);
  let handled = Promise.resolve();
  const running = await listening(
    createServer((request, response) => {
      handled = handle(request, response).catch(() => undefined);
    }).listen(0, '127.0.0.1'),
  );
  for (const each of Object.keys(GONE)) {
    const [method = '', path = ''] = each.split(' ');
    await hangUp(running.port, method, path);
    await handled;
  }
  await running.close();
  t.equal(await close(), true);
  const seen = Object.fromEntries(Object.keys(GONE).map((each) => [each, told(server, each)]));
  t.strictSame(seen, GONE);
});

function failWithoutError(): never {
  // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- some do
  throw { code: 'E_PAY' };
}

t.test('Hono without a server: what is thrown leaves the application as it did', async (t) => {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, sourceMaps: false });
  const app = captureErrors(new Hono());
  app.get('/alone/:id', failWithoutError);
  app.use('/behind/*', (_context, next) => next());
  app.get('/behind/:id', failWithoutError);
  t.throws(() => app.request('/alone/1'), { code: 'E_PAY' }, 'at once');
  await t.rejects(async () => await app.request('/behind/1'), { code: 'E_PAY' });
  t.equal((await app.request('/none')).status, 404);
  t.equal(await close(), true);
  for (const each of ['alone', 'behind']) {
    const what = `hono no 500 /${each}/:id: Object with the keys code`;
    t.strictSame(told(server, `GET /${each}/1`), [what]);
  }
});

/** As a pool keeps why it has no connection. */
const KEPT = new Error('no connection');

/** What goes wrong in one request, and the messages that arrive. */
const SEVERAL: Readonly<Record<string, readonly [fail: (request: Request) => void, string[]]>> = {
  'captured, then thrown': [
    () => {
      const error = new Error('one');
      captureException(error);
      throw error;
    },
    ['Error: one'],
  ],
  'captured, then thrown around it': [
    () => {
      const error = new Error('inner');
      captureException(error);
      throw new Error('outer', { cause: error });
    },
    ['Error: outer'],
  ],
  'captured around one that is thrown': [
    () => {
      const error = new Error('thrown inside');
      captureException(new Error('told around', { cause: error }));
      throw error;
    },
    ['Error: told around'],
  ],
  'captured as a warning, then thrown around it': [
    () => {
      const error = new Error('warned');
      captureException(error, { level: 'warning' });
      throw new Error('graver around', { cause: error });
    },
    ['Error: graver around'],
  ],
  'two around one cause that is kept': [
    () => {
      captureException(new Error('one query', { cause: KEPT }));
      throw new Error('other query', { cause: KEPT });
    },
    ['Error: one query', 'Error: other query'],
  ],
  'around a cause that another request had, too': [
    () => {
      throw new Error('third query', { cause: KEPT });
    },
    ['Error: third query'],
  ],
  'captured, and another one thrown': [
    () => {
      captureException(new Error('first'));
      throw new Error('second');
    },
    ['Error: first', 'Error: second'],
  ],
  'passed on twice': [
    ({ next }) => {
      const error = new Error('twice');
      next?.(error);
      next?.(error);
    },
    ['Error: twice'],
  ],
  'captured as a warning, then thrown': [
    () => {
      const error = new Error('graver');
      captureException(error, { level: 'warning' });
      throw error;
    },
    ['Error: graver'],
  ],
};

t.test('of several errors of one request each is an event once', async (t) => {
  const server = await strictServer(t);
  init({ apiKey: server.key, host: server.url, sourceMaps: false });
  const app = express();
  app.get('/:what', (request, _response, next) => {
    Object.assign(request, { next });
    SEVERAL[request.params.what]?.[0](request);
  });
  captureErrors(app);
  const running = await listening(app.listen(0, '127.0.0.1'));
  for (const each of Object.keys(SEVERAL)) {
    const answer = await exchange(running.port, `/${encodeURIComponent(each)}`);
    t.match(answer, /^HTTP\/1.1 500 /);
  }
  await running.close();
  t.equal(await close(), true);
  for (const [each, [, messages]] of Object.entries(SEVERAL)) {
    const events = server.events.filter(
      ({ metadata }) => metadata['full_path'] === `/${encodeURIComponent(each)}`,
    );
    t.strictSame(events.map(({ message }) => message).toSorted(), messages, each);
  }
});
