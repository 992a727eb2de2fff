/** A client that hangs up while it sends is no fault of the application. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import t from 'tap';
import { captureErrors, close, init } from '../../src/index.ts';
import { strictServer } from '../helpers/errsight.ts';
import { listening, type Running } from '../fixtures/serving.ts';

type Read = (request: IncomingMessage) => Promise<unknown>;

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

/** What there is of a body whose end has not come. */
async function partOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.on('error', () => undefined).on('data', (piece: Buffer) => (text += piece.toString()));
  await new Promise((resolve) => request.on('close', resolve));
  return text;
}

const READERS: Readonly<Record<string, Read>> = {
  iterated: textOf,
  wrapped: (request) =>
    textOf(request).catch((cause: unknown) => {
      throw new Error('the upload failed', { cause });
    }),
  parsed: async (request) => JSON.parse(await partOf(request)) as unknown,
  // As raw-body and formidable say it.
  refused: async (request) => {
    await partOf(request);
    throw Object.assign(new Error('request aborted'), { status: 400, code: 'ECONNABORTED' });
  },
  form: async (request) => {
    await partOf(request);
    throw Object.assign(new Error('Request aborted'), { httpCode: 400, code: 1002 });
  },
  // This is a fault of the application.
  own: async (request) => {
    await partOf(request);
    throw new TypeError('own fault');
  },
};

type Handle = (path: string, request: IncomingMessage) => Promise<string>;

const APPS: Readonly<Record<string, (handle: Handle) => Promise<Running>>> = {
  express(handle) {
    const shop = express();
    shop.post('/:way', async (request, response) => {
      response.send(await handle(request.path, request));
    });
    return listening(shop.listen(0, '127.0.0.1'));
  },
  koa(handle) {
    const shop = new Koa();
    captureErrors(shop);
    shop.silent = true;
    shop.use(async (context) => {
      context.body = await handle(context.path, context.req);
    });
    return listening(shop.listen(0, '127.0.0.1'));
  },
  async fastify(handle) {
    const shop = Fastify();
    shop.addContentTypeParser('application/json', (_request, _body, done) => done(null));
    shop.post('/:way', (request) => handle(request.url, request.raw));
    await shop.listen({ port: 0, host: '127.0.0.1' });
    return listening(shop.server);
  },
  hono(handle) {
    const shop = new Hono<{ Bindings: { incoming: IncomingMessage } }>();
    captureErrors(shop);
    shop.onError((_error, context) => context.text('it failed', 500));
    shop.post('/:way', async (context) =>
      context.text(await handle(context.req.path, context.env.incoming)),
    );
    return listening(serve({ fetch: shop.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
  http(handle) {
    const listener = captureErrors(async (request: IncomingMessage) => {
      await handle(request.url ?? '', request);
    });
    const server = createServer((request, response) => {
      listener(request).catch(() => response.writeHead(500).end());
    });
    return listening(server.listen(0, '127.0.0.1'));
  },
};

function nothing(): void {}

for (const [app, start] of Object.entries(APPS)) {
  t.test(`${app}: an upload that the client breaks off is no event`, async (t) => {
    const server = await strictServer(t);
    init({ apiKey: server.key, host: server.url });
    let begun: () => void = nothing;
    let over: () => void = nothing;
    const running = await start(async (path, request) => {
      begun();
      try {
        return String(await READERS[path.slice(1)]?.(request));
      } finally {
        setImmediate(over);
      }
    });
    for (const way of Object.keys(READERS)) {
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      const isOver = new Promise<void>((resolve) => (over = resolve));
      const socket = connect(running.port, '127.0.0.1');
      const type = 'host: shop\r\ncontent-type: application/json\r\ncontent-length: 1000';
      socket.write(`POST /${way} HTTP/1.1\r\n${type}\r\n\r\n{"a":`);
      await isBegun;
      socket.destroy();
      await Promise.all([isOver, once(socket, 'close')]);
    }
    await running.close();
    t.equal(await close(), true);
    t.strictSame(
      server.events.map(({ message }) => message),
      ['TypeError: own fault'],
    );
  });
}
