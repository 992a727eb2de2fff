import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import bunyan from 'bunyan';
import Fastify from 'fastify';
import fc from 'fast-check';
import pino from 'pino';
import { pinoHttp } from 'pino-http';
import t from 'tap';
import winston from 'winston';
import { createEventBuilder } from '../../src/event/make/build.ts';
import { createExceptionReader } from '../../src/event/error/exception.ts';
import { fit } from '../../src/event/wire/fit.ts';
import { createPathRules } from '../../src/event/stack/paths.ts';
import { requestIdOf, requestOf } from '../../src/event/make/request.ts';
import { createScrubber } from '../../src/event/scrub/scrubber.ts';
import { DEFAULT_SHAPE, pinoRecord } from '../../transports/pino/records.ts';
import { fieldsOf, hostileValue } from '../helpers/hostile.ts';
import type { ErrsightEvent } from '../../src/event/event.ts';
import type { Context, LogRecord } from '../../src/event/record.ts';

type Fields = Record<string, unknown>;
type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

// They bring no types, or those of Express.
const require = createRequire(import.meta.url);
const expressWinston = require('express-winston') as { logger(options: object): Middleware };
const morgan = require('morgan') as (format: unknown, options: object) => Middleware;
const bunyanMiddleware = require('bunyan-middleware') as (options: object) => Middleware;

function eventOf(
  changes: Partial<LogRecord>,
  contexts: readonly Context[] = [],
  sendDefaultPii = false,
): ErrsightEvent {
  const scrub = createScrubber({ scrubKeys: [], sendDefaultPii, apiKey: undefined });
  const build = createEventBuilder({
    environment: 'test',
    defaultTags: [],
    release: undefined,
    maxBreadcrumbs: 50,
    scrub,
    readException: createExceptionReader({ scrub, paths: createPathRules({ projectRoot: '/' }) }),
  });
  const record: LogRecord = { time: Date.now(), level: 'error', message: 'm', fields: {} };
  return build({ ...record, ...changes }, contexts, []);
}

const PATH = '/orders/7?page=2&token=s3cr3t-1';
const SECRETS = ['s3cr3t-1', 's3cr3t-2', 's3cr3t-3', 's3cr3t-4', 's3cr3t-5', '127.0.0.1'];
const HEADERS = {
  host: 'shop.example',
  authorization: 'Bearer s3cr3t-2',
  cookie: 'sid=s3cr3t-3; theme=dark',
  'x-api-key': 's3cr3t-4',
  'x-forwarded-for': '127.0.0.1',
  'x-request-id': 'r-17',
};

/** Sends one request through a handler to a server of the test's own. */
async function request(handle: (req: IncomingMessage, res: ServerResponse) => void): Promise<void> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(
    get({ port, host: '127.0.0.1', path: PATH, headers: HEADERS, agent: false }),
    'response',
  )) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  server.close();
  await once(server, 'close');
}

function answer(res: ServerResponse): void {
  res.setHeader('Set-Cookie', 'sid=s3cr3t-5; HttpOnly');
  res.statusCode = 503;
  res.end('no');
}

type Take = (record: Partial<LogRecord>) => void;

/** The first record that `make`'s logger takes, of what `act` then does with it. */
function recordBy<T>(make: (take: Take) => T, act: (made: T) => Promise<void>) {
  return new Promise<Partial<LogRecord>>((resolve, reject) => {
    act(make(resolve)).catch(reject);
  });
}

/** What a middleware has its logger log of one request, as a record. */
function recordOf(make: (take: Take) => Middleware): Promise<Partial<LogRecord>> {
  return recordBy(make, (middleware) =>
    request((req, res) => middleware(req, res, () => answer(res))),
  );
}

/** pino's lines, as its worker gets them. */
function lines(take: Take): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      const line = JSON.parse(String(chunk)) as Fields;
      if (line['res'] !== undefined) take(pinoRecord(line, DEFAULT_SHAPE).record);
      done();
    },
  });
}

function winstonLogger(take: Take): winston.Logger {
  const format = winston.format(({ level: _level, message, ...fields }) => {
    take({ message: String(message), fields });
    // Nothing of it is written.
    return false;
  });
  return winston.createLogger({ format: format(), transports: [new winston.transports.Console()] });
}

/** morgan with a logger behind it, as its readme shows. */
function morganInto(format: unknown, log: (logger: winston.Logger, line: string) => void) {
  return recordOf((take) => {
    const logger = winstonLogger(take);
    return morgan(format, { stream: { write: (line: string) => log(logger, line) } });
  });
}

function genReqId(req: IncomingMessage): string {
  return String(req.headers['x-request-id']);
}

type Tokens = Record<string, (req: unknown, res: unknown, field?: string) => string>;
function asJson(tokens: Tokens, req: unknown, res: unknown): string {
  return JSON.stringify({
    method: tokens['method']?.(req, res),
    url: tokens['url']?.(req, res),
    status: Number(tokens['status']?.(req, res)),
    'response-time': tokens['response-time']?.(req, res),
    remoteAddr: tokens['remote-addr']?.(req, res),
  });
}

const ID = { request_id: 'r-17' };
const TIME = { duration_ms: Number };

const CASES: readonly (readonly [
  what: string,
  record: () => Promise<Partial<LogRecord>>,
  metadata: object,
])[] = [
  [
    'pino-http',
    () =>
      recordOf((take) => {
        return pinoHttp({ logger: pino(lines(take)), genReqId });
      }),
    { ...ID, ...TIME, req: { url: String, headers: { cookie: '[Filtered]' } }, res: Object },
  ],
  [
    "Fastify's logger",
    () =>
      recordBy(
        (take) => Fastify({ loggerInstance: pino(lines(take)), requestIdHeader: 'x-request-id' }),
        async (app) => {
          app.get('/orders/:id', (req, reply) => {
            // Fastify writes the request at its beginning, and the answer in a line of its own.
            req.log.error({ req, res: { statusCode: 503 }, responseTime: 3 }, 'failed');
            void reply.code(503).send();
          });
          await app.inject({ url: PATH, headers: HEADERS });
          await app.close();
        },
      ),
    { ...ID, ...TIME, req: Object },
  ],
  [
    'express-winston, under `meta`',
    () => recordOf((take) => expressWinston.logger({ winstonInstance: winstonLogger(take) })),
    { ...TIME, meta: { req: { headers: { authorization: '[Filtered]' } } } },
  ],
  [
    'express-winston with `metaField: null`',
    () =>
      recordOf((take) =>
        expressWinston.logger({ winstonInstance: winstonLogger(take), metaField: null }),
      ),
    { ...TIME, req: { headers: { 'x-api-key': '[Filtered]' } }, res: { statusCode: 503 } },
  ],
  [
    'bunyan-middleware',
    () =>
      recordOf((take) => {
        const write = ({ msg, ...fields }: Fields): void => take({ message: String(msg), fields });
        const logger = bunyan.createLogger({
          name: 'shop',
          streams: [{ type: 'raw', stream: { write } as unknown as NodeJS.WritableStream }],
          serializers: bunyan.stdSerializers,
        });
        return bunyanMiddleware({ logger });
      }),
    { ...ID, ...TIME, req: { remoteAddress: '[Filtered]' }, res: { header: /Set-Cookie: \[Fil/ } },
  ],
  ...['combined', 'common'].map(
    (format) =>
      [
        `morgan's ${format} through winston`,
        () => morganInto(format, (logger, line) => logger.error(line.trim())),
        {},
      ] as const,
  ),
  ...['short', 'tiny', 'dev'].map(
    (format) =>
      [
        `morgan's ${format} through winston`,
        () => morganInto(format, (logger, line) => logger.error(line)),
        TIME,
      ] as const,
  ),
  [
    'morgan with JSON as the message',
    () => morganInto(asJson, (logger, line) => logger.error(line)),
    TIME,
  ],
  [
    'morgan with JSON as fields',
    () =>
      morganInto(asJson, (logger, line) => {
        logger.error('incoming', JSON.parse(line) as object);
      }),
    { ...TIME, url: String },
  ],
];

for (const [what, recorded, metadata] of CASES) {
  t.test(`the request that ${what} logs is where ErrSight shows it`, async (t) => {
    const record = await recorded();
    const event = eventOf(record);
    t.match(event, {
      tags: { request_method: 'GET' },
      metadata: {
        full_path: '/orders/7?page=2&token=[Filtered]',
        status: 503,
        ...metadata,
      },
    });
    const text = JSON.stringify(event);
    for (const secret of SECRETS) t.notOk(text.includes(secret), secret);
    t.notOk('reqId' in event.metadata || 'req_id' in event.metadata, 'the id is said once');
    t.notOk('responseTime' in event.metadata || 'duration' in event.metadata, 'so is the time');
    if (JSON.stringify(record).includes('127.0.0.1')) {
      t.ok(JSON.stringify(eventOf(record, [], true)).includes('127.0.0.1'), 'unless it is wanted');
    }
  });
}

t.test('what the scope, or the line itself, says wins', (t) => {
  const fields = {
    req: { id: 1, method: 'GET', url: '/here' },
    res: { statusCode: 500 },
    responseTime: 3,
  };
  const scope: Context = {
    tags: { request_method: 'POST' },
    metadata: { full_path: '/there', request_id: 'mine', status: 'unpaid', duration_ms: 9 },
  };
  t.match(eventOf({ fields }, [scope]), {
    tags: { request_method: 'POST' },
    metadata: { full_path: '/there', request_id: 'mine', status: 'unpaid', duration_ms: 9 },
  });
  t.match(eventOf({ fields: { ...fields, status: 'paid' } }).metadata, { status: 'paid' });
  const around: Context = {
    metadata: { url: 'http://ada:hunter2@shop.example/here?token=s3cr3t' },
  };
  t.match(eventOf({ fields }, [around]).metadata, {
    url: /^http:\/\/\S*Filtered\S*@shop\.example\/here\?token=\[Filtered]$/,
  });
  const other = { url: 'https://carrier.example/' };
  t.match(eventOf({ fields: other }, [around]).metadata, other, 'it asked somebody else');
  const without = eventOf({ fields }, [{ tags: { request_method: null } }]);
  t.strictSame(without.tags, {}, 'a tag can be taken away');
  t.end();
});

t.test('what is no request of the application is left alone', (t) => {
  const cases: readonly (readonly [fields: object, message?: string])[] = [
    [{ duration: 7, url: '/a' }],
    [{ method: 'POST', url: 'https://bank.example/pay', status: 502, response_time: 5 }],
    [{ method: 'the usual', url: '/a' }],
    [{ req: 'a text', res: 12 }],
    [{ req: {}, res: {} }],
    [{ req: { method: {}, url: 7, id: null }, res: { statusCode: 'none', status: -1 } }],
    [{}, 'GET the milk 404 times'],
    [{}, '{"method":"GET"}'],
    [{}, '{"method":'],
    [{}, '[{"method":"GET","url":"/a"}]'],
  ];
  for (const [fields, message = 'm'] of cases) {
    const { metadata, tags } = eventOf({ fields: fields as Fields, message });
    const { full_path: path, request_id: id, duration_ms: duration } = metadata;
    t.strictSame([path, id, duration, tags], [undefined, undefined, undefined, {}], message);
    for (const [key, value] of Object.entries(fields)) {
      if (typeof value !== 'object') t.equal(metadata[key], value, 'nothing is taken away');
    }
  }
  t.end();
});

t.test('an answer that has not begun has no status yet', (t) => {
  for (const [res, status] of [
    [{ statusCode: 200, headersSent: false }, undefined],
    [{ statusCode: 200, headersSent: true }, 200],
    [{ status: '404' }, 404],
  ] as const) {
    t.equal(eventOf({ fields: { res } }).metadata['status'], status);
  }
  t.end();
});

const RENAMED = { method: 'GET', url: '/a?b=c', headers: {}, remoteAddress: '::1' };

t.test('a request of pino-http is found under the names of `customAttributeKeys`', (t) => {
  const response = { statusCode: 503, headers: {} };
  t.match(requestOf({ q: RENAMED, r: response, took: 4 }, ''), {
    method: 'GET',
    path: '/a?b=c',
    status: 503,
  });
  // What a client is about to ask for is not what the server was asked.
  const { remoteAddress: _remoteAddress, ...config } = RENAMED;
  for (const fields of [{ config, response }, { request: 'GET /a' }, { response }]) {
    t.match(requestOf(fields, ''), { method: undefined, path: undefined, status: undefined });
  }
  t.end();
});

t.test('requests are told apart by any of the ids', (t) => {
  for (const fields of [
    { reqId: 'a' },
    { req_id: 'a' },
    { req: { id: 'a' } },
    { meta: { req: { id: 'a' } } },
    { reqId: null, req_id: 'a', req: { id: 'b' } },
    { request: { ...RENAMED, id: 'a' } },
    { httpRequest: { ...RENAMED, id: 'a' }, response: { statusCode: 500, headers: {} } },
  ]) {
    t.equal(requestIdOf(fields), 'a');
  }
  t.equal(requestIdOf({ req_id: undefined }), undefined);
  t.end();
});

t.test('of 50 keys that ErrSight keeps, those of the request come first', (t) => {
  const many = Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`a${index}`, index]));
  const req = { id: 'r', method: 'GET', url: '/a' };
  const fields = { ...many, req, res: { statusCode: 500 }, responseTime: 3 };
  const event = eventOf({ fields }, [{ metadata: { ...many } }]);
  const sent = JSON.parse(fit(event).toString()) as ErrsightEvent;
  t.equal(Object.keys(sent.metadata).length, 50);
  t.match(sent.metadata, { request_id: 'r', full_path: '/a', status: 500, duration_ms: 3 });
  t.end();
});

t.test('headers in any form hide their secrets', (t) => {
  const fields = {
    req: {
      method: 'GET',
      url: '/',
      rawHeaders: ['Host', 'h', 'Cookie', 's3cr3t-1', 'X-Api-Key', 's3cr3t-2'],
      headersDistinct: { authorization: ['s3cr3t-3'], cookie: ['s3cr3t-4'] },
      connection: { remoteAddress: '127.0.0.1' },
    },
    res: { headers: [['set-cookie', 's3cr3t-5'], { name: 'Cookie', value: 's3cr3t-1' }] },
  };
  const text = JSON.stringify(eventOf({ fields }));
  for (const secret of SECRETS) t.notOk(text.includes(secret), secret);
  t.ok(text.includes('rawHeaders'), 'the rest is there');
  t.end();
});

t.test("a caller's address in front of a line is filtered, and the line stays readable", (t) => {
  const scrub = createScrubber({ scrubKeys: [], sendDefaultPii: false, apiKey: undefined });
  for (const address of ['10.1.2.3', '::1', '::ffff:10.1.2.3', '2001:db8::8a2e:370:7334']) {
    for (const rest of [
      ' - ada [21/Nov/2026:17:01:20 +0000] "GET /a HTTP/1.1" 500 2 "-" "node"',
      ' - GET /a HTTP/1.1 500 2 - 1.656 ms',
    ]) {
      t.equal(scrub.text(`${address}${rest}`, 500), `[Filtered]${rest}`);
      t.equal(scrub.text(`x\n${address}${rest}`, 500), `x\n[Filtered]${rest}`);
    }
  }
  for (const text of ['10.1.2.3 answers no HTTP/1.1', 'dead beef - HTTP/2', 'see 10.0.0.1 HTTP/']) {
    t.equal(scrub.text(text, 500), text);
  }
  t.end();
});

t.test('whatever a record has for a request, an event is made of it', (t) => {
  const inner = fieldsOf(
    ['id', 'method', 'url', 'originalUrl', 'statusCode', 'status', 'headersSent', 'headers', 'req'],
    hostileValue,
  );
  const top = fc.record(
    Object.fromEntries(
      ['req', 'res', 'meta', 'reqId', 'req_id', 'responseTime', 'duration', 'method', 'url'].map(
        (key) => [key, fc.oneof(inner, hostileValue)],
      ),
    ),
    { requiredKeys: [] },
  );
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(top, fc.string(), (made, message) => {
        const fields = Object.fromEntries(
          Object.entries(made).map(([key, value]) => [key, value?.make()]),
        );
        const { metadata, tags } = eventOf({ fields, message });
        const { status, duration_ms: duration, full_path: path } = metadata;
        const typed =
          ['undefined', 'number'].includes(typeof status) &&
          ['undefined', 'number'].includes(typeof duration) &&
          ['undefined', 'string'].includes(typeof path) &&
          /^[A-Z-]{0,20}$/.test(tags['request_method'] ?? '');
        if (!typed) throw new Error(JSON.stringify({ status, duration, path, tags }));
      }),
      { numRuns: 1_000 },
    ),
  );
  t.end();
});

t.test('a message made to be slow to read is not', (t) => {
  const long = 'A'.repeat(8_000);
  for (const message of [
    `GET /${long}`,
    `${'a '.repeat(4_000)}HTTP/1.1`,
    `1.1.1.1 - - [${long}`,
    `{"method":${'['.repeat(8_000)}`,
    `${'1 '.repeat(4_000)} HTTP/1.1`,
  ]) {
    t.equal(requestOf({}, message).path, undefined);
  }
  t.end();
});
