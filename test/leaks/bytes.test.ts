import fs from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import bunyan from 'bunyan';
import pino from 'pino';
import t from 'tap';
import winston from 'winston';
import {
  addBreadcrumb,
  captureException,
  captureMessage,
  close,
  flush,
  init,
} from '../../src/index.ts';
import { createErrsightStream, serializers } from '../../transports/bunyan.ts';
import { ErrsightTransport } from '../../transports/winston.ts';
import { SECRET } from '../gallery/secret.ts';
import { GALLERY } from '../gallery/table.ts';
import { freePort } from '../helpers/free-port.ts';
import { hold } from '../helpers/held.ts';
import { errsightLines } from '../main/stderr.ts';
import { CANARY, isLeaked, secretWith } from './canary.ts';
import { EVERYDAY } from './everyday.ts';
import { FORMS, NAMES } from './forms.ts';

const KEY = `elp_${'0'.repeat(48)}`;

/** All that arrived: a request line, its headers and its body each. */
const requests: string[] = [];
const server = http.createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    // The libraries of the gallery ask it as well.
    if (request.headers['user-agent']?.startsWith('errsight') !== true) {
      response.writeHead(402, { 'content-type': 'application/json' }).end('{"error":"declined"}');
      return;
    }
    const head = `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}`;
    const body = Buffer.concat(chunks).toString();
    requests.push(`${head.replaceAll(KEY, 'the key')}\n\n${body}`);
    const events = JSON.parse(body) as unknown;
    const queued = Array.isArray(events) ? events.length : 1;
    response
      .writeHead(202, { 'content-type': 'application/json' })
      .end(JSON.stringify({ status: 'accepted', queued }));
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as { port: number };
t.teardown(() => server.close());
t.teardown(() => close());

const host = `http://127.0.0.1:${port}`;
const options = { apiKey: KEY, host, captureUncaught: false, scrubPatterns: [/CUST-\d{6}/] };

/** Secrets as fields, texts, causes, crumbs and classes, in one event. */
function plant(index: number): { error: Error; fields: Record<string, unknown>; text: string } {
  const form = FORMS[index % FORMS.length];
  const name = NAMES[(index * 7) % NAMES.length] ?? 'password';
  const line = EVERYDAY[index % EVERYDAY.length] ?? '';
  const text = form?.write(name, secretWith(form.signs.charAt(index % form.signs.length))) ?? '';
  const cause = Object.assign(new Error(line.replaceAll('§', CANARY)), { [name]: secretWith('/') });
  const error = Object.assign(new Error(`${index}: ${text}`, { cause }), { detail: text });
  return { error, fields: { [name]: secretWith('#'), deep: { list: [text] } }, text };
}

/** What a pattern of the application's own matches; not as it stands in a source. */
const CUSTOMER = ['CUST', '1234'].join('-');

function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return at === -1 ? 'none' : text.slice(Math.max(0, at - 400), at + 200);
}

/** Adds secrets to everything in an error of a library that can hold one. */
function planted(error: unknown): unknown {
  const seen = new Set<unknown>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || depth > 3) return;
    seen.add(value);
    for (const key of Object.getOwnPropertyNames(value)) {
      const held = Object.getOwnPropertyDescriptor(value, key);
      if (held === undefined || !('value' in held)) continue;
      // Names of classes and addresses are parts of how libraries work.
      const isText =
        typeof held.value === 'string' && /^(?:message|detail|body|text|data)$/.test(key);
      if (isText && held.writable === true) {
        Reflect.set(
          value,
          key,
          `${held.value}\npassword=${CANARY} Authorization: Bearer ${CANARY}`,
        );
      } else visit(held.value, depth + 1);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || value instanceof Error;
    if (isPlain && Object.isExtensible(value)) {
      Reflect.set(value, 'password', CANARY);
      Reflect.set(value, 'authHeader', [CANARY, { a: CANARY }]);
    }
  };
  visit(error, 0);
  return error;
}

t.test('no byte of a request is a secret', async (t) => {
  init({ ...options, maxQueueSize: 2_000 });
  for (let index = 0; index < 600; index += 1) {
    const { error, fields, text } = plant(index);
    addBreadcrumb({ message: text, data: fields });
    captureException(error, { metadata: fields, tags: { note: text } });
    captureMessage(text, 'error');
    if (index % 100 === 99) await flush();
  }
  await flush();
  const all = requests.join('\n');
  t.ok(requests.length > 0 && all.includes('[Filtered]'));
  t.notOk(isLeaked(all), around(all, CANARY));
});

t.test('no error of a library brings one, however it is logged', async (t) => {
  requests.length = 0;
  const winstonLogger = winston.createLogger({ transports: [new ErrsightTransport(options)] });
  const bunyanLogger = bunyan.createLogger({
    name: 'bytes',
    serializers,
    streams: [createErrsightStream(options)],
  });
  const transport = hold(
    pino.transport({
      target: 'errsight/pino',
      options: { apiKey: KEY, host, scrubPatterns: [/CUST-\d{6}/] },
    }),
  );
  const pinoLogger = pino(transport);
  for (const { make } of GALLERY) {
    const error = planted(await make(host));
    captureException(error);
    winstonLogger.error('it failed', { error });
    bunyanLogger.error({ err: error }, 'it failed');
    pinoLogger.error({ err: error, customer: `of ${CUSTOMER}56` }, `it failed for ${CUSTOMER}78`);
  }
  await flush();
  const closed = once(transport, 'close');
  transport.end();
  await closed;
  winstonLogger.close();
  await close();
  const all = requests.join('\n');
  t.ok(all.includes('it failed for [Filtered]') && all.includes('of [Filtered]'));
  for (const secret of [CANARY, SECRET, CUSTOMER]) {
    t.notOk(all.includes(secret), around(all, secret));
  }
});

t.test('no file of the spool has one, and no line on stderr', async (t) => {
  const lines = errsightLines(t);
  const folder = t.testdir();
  const gone = `http://127.0.0.1:${await freePort()}`;
  init({
    ...options,
    host: gone,
    spool: folder,
    debug: true,
    beforeSend: (event) => {
      if (event.message.includes('7')) throw new Error(`password=${CANARY} ${event.message}`);
      return event;
    },
  });
  for (let index = 0; index < 120; index += 1) {
    const { error, fields } = plant(index);
    captureException(error, { metadata: fields });
  }
  await close(200);
  const files = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => fs.readFileSync(`${file.parentPath}/${file.name}`, 'utf8'));
  t.ok(texts.join('').includes('[Filtered]'), `${texts.length} files`);
  t.notOk(isLeaked(texts.join('\n')));
  t.ok(lines.length > 0);
  t.notOk(isLeaked(lines.join('\n')), lines.join('\n'));
});
