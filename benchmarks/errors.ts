/**
 * Whether memory stays flat over 100,000 errors with every watcher on: `npm run bench:errors`. What is on
 * the heap behind a collection, every 10,000 errors. `-- --errors 20000`: fewer.
 */
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import pino from 'pino';
import {
  addBreadcrumb,
  captureException,
  close,
  flush,
  init,
  setUser,
  withErrsight,
  withScope,
} from '../src/index.ts';

/** Looks at the heap. */
const LOOKS = 10;
/** Errors between two flushes, so that the queue never decides. */
const BATCH = 1_000;
/** MB by which the heap may have grown from the second look to the last; see `memory.ts`. */
const FLAT = 1.5;

const { values } = parseArgs({ options: { errors: { type: 'string', default: '100000' } } });
const errors = Number(values.errors);

/** Takes all events, in a thread of its own, so that its memory does not count. */
const SERVER = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => {
    const events = JSON.parse(body);
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'accepted', queued: Array.isArray(events) ? events.length : 1 }));
  });
}).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });
`;

class Declined extends Error {}

/** One error in a hundred has a text of its own. */
function fail(count: number): never {
  const order = { count, lines: [count, count + 1] };
  const text =
    count % 100 === 0 ? `declined by ${String.fromCodePoint(97 + (count % 26))}` : 'declined';
  throw new Declined(text, { cause: new RangeError(`order ${order.count}`) });
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const server = new Worker(SERVER, { eval: true });
const [port] = (await once(server, 'message')) as [number];
const options = { apiKey: `elp_${'0'.repeat(48)}`, host: `http://127.0.0.1:${port}` };
init({
  ...options,
  allowInsecureTransport: true,
  localVariables: ['uncaught', 'repeats'],
  captureConsole: true,
  attachStacktrace: true,
  failedRequests: true,
  requestData: { headers: true, query: true, body: true },
  redisBreadcrumbs: true,
  mysqlBreadcrumbs: true,
  pgBreadcrumbs: true,
});
const logger = pino(
  withErrsight<pino.LoggerOptions>(
    { transport: { target: 'pino/file', options: { destination: '/dev/null' } } },
    options,
  ),
);

const heaps: number[] = [];
let lost = 0;
for (let count = 1; count <= errors; count += 1) {
  withScope((scope) => {
    setUser({ id: count });
    scope.setMetadata({ count });
    addBreadcrumb({ message: `step ${count}` });
    logger.info({ count }, 'a line');
    try {
      fail(count);
    } catch (error) {
      if (count % 2 === 0) logger.error({ err: error, count }, 'failed');
      else captureException(error);
    }
  });
  if (count % BATCH === 0 && !(await flush(60_000))) lost += 1;
  if (count % (errors / LOOKS) === 0) {
    collect();
    heaps.push(process.memoryUsage().heapUsed / 1_048_576);
  }
}
const grown = (heaps.at(-1) ?? NaN) - (heaps[1] ?? NaN);
process.stdout.write(
  `${errors} errors: ${heaps.map((heap) => heap.toFixed(1)).join(' ')} MB: ` +
    `${grown <= FLAT ? 'flat' : 'NOT FLAT'}${lost > 0 ? `; ${lost} flushes failed` : ''}\n`,
);
await close();
await server.terminate();
