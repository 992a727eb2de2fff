/** Ours among other targets of one pino: they share a port, on which pino speaks once. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { rm } from 'node:fs/promises';
import t from 'tap';
import type { Test } from 'tap';
import { runFixture, SLOW_CLOCK } from '../helpers/child.ts';
import { strictServer } from '../helpers/errsight.ts';

const ORDERS = [
  'ours',
  'ours,config',
  'config,ours',
  'config,ours,config',
  'ours,otel',
  'otel,ours',
  'ours,pretty,file,roll',
  'file,pretty,roll,ours,config',
];

/**
 * ms after the error has arrived in which the process has to end. One that hangs needs 8 s or more, by a clock that
 * goes ten times slower: pino itself waits for 10 s at most, in which a busy machine may not have started its thread.
 */
const AT_ONCE = 70_000;

function textsIn(folder: string): Record<string, string> {
  // pino-roll numbers its files.
  const files = readdirSync(folder).map((name) => [
    name.replace(/\..*$/, ''),
    readFileSync(join(folder, name), 'utf8'),
  ]);
  return Object.fromEntries(files) as Record<string, string>;
}

/** What an OpenTelemetry collector is: it takes lines by HTTP. */
async function collector(t: Test): Promise<{ env: Record<string, string>; texts: string[] }> {
  const texts: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      texts.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const env = {
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  };
  return { env, texts };
}

const CASES: readonly (readonly [how: string, end: string, orders: readonly string[]])[] = [
  ['bare', 'end', ORDERS],
  ['bare', 'exit', ORDERS],
  ['bare', 'exit-later', ORDERS.slice(0, 2)],
  ['withErrsight', 'end', ORDERS.slice(1)],
  ['withErrsight', 'exit', ORDERS],
];

t.jobs = 2;
for (const [how, end, orders] of CASES) {
  for (const order of orders) {
    t.test(
      `${how}, ${order}, ${end}: each target has its lines, the process ends`,
      { buffered: true },
      async (t) => {
        let arrived = Infinity;
        const server = await strictServer(t, { onEvent: () => (arrived = performance.now()) });
        const folder = mkdtempSync(join(tmpdir(), 'errsight-targets-'));
        t.teardown(() => rm(folder, { recursive: true, force: true }));
        const otel = await collector(t);
        const ended = await runFixture('pino-targets', {
          args: [order, end, how],
          env: { ...server.env, ...otel.env, ...SLOW_CLOCK, TARGETS: folder },
        });
        const ms = performance.now() - arrived;
        t.match(ended, { code: end === 'end' ? 0 : 3, signal: null });
        t.ok(ms < AT_ONCE, `ends at once: ${ms} ms`);
        t.equal(server.events.length, 1, 'the error arrives once');
        t.match(server.events[0], {
          level: 'error',
          message: 'broken',
          metadata: { exception_class: 'TypeError', log_message: 'failed' },
        });
        const texts: Record<string, string> = { ...textsIn(folder), otel: otel.texts.join('') };
        for (const name of order.split(',')) {
          if (name === 'ours') continue;
          t.match(texts[name], /before/, `${name}: the first line`);
          t.match(texts[name], /broken/, `${name}: the last line`);
        }
        if (order.includes('config')) {
          t.match(texts['config'], '{"messageKey":"text","errorKey":"failure"}');
        }
      },
    );
  }
}
