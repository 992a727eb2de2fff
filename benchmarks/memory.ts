/**
 * Whether memory stays flat over 1,000,000 requests of Fastify with five lines of pino each:
 * `npm run bench:memory`. What is on the heap behind a collection, every 100,000 requests.
 * `-- --requests 200000`: fewer.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printVerdicts } from './peers/report.ts';
import type { Verdict } from './peers/targets.ts';

const CASES = ['request init', 'request withErrsight'];
const CONNECTIONS = 4;
/** Requests of a connection that are on their way at a time. */
const PIPELINED = 10;
/** Looks at the heap. */
const LOOKS = 10;
/** MB by which a heap may have grown from the second look to the last: what V8 optimizes varies by so much. */
const FLAT = 1.5;

const REQUEST = 'GET /orders/17 HTTP/1.1\r\nhost: a\r\n\r\n';
const ANSWER = 'HTTP/1.1 200';

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, count: number): Promise<void> {
  for (let left = count; left > 0; left -= PIPELINED) {
    const wanted = Math.min(PIPELINED, left);
    socket.write(REQUEST.repeat(wanted));
    let text = '';
    while (text.split(ANSWER).length <= wanted) {
      const [piece] = (await once(socket, 'data')) as [string];
      text += piece;
    }
  }
}

async function heapOf(child: ChildProcess): Promise<number> {
  child.send('heap');
  const [{ heap }] = (await once(child, 'message')) as [{ readonly heap: number }];
  return heap / 1_048_576;
}

async function judge(name: string, requests: number): Promise<Verdict> {
  const file = fileURLToPath(new URL('price/case.js', import.meta.url));
  const child = fork(file, [name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  const heaps: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await Promise.all(sockets.map((socket) => ask(socket, requests / LOOKS / CONNECTIONS)));
    heaps.push(await heapOf(child));
  }
  for (const socket of sockets) socket.destroy();
  child.disconnect();
  const grown = (heaps.at(-1) ?? NaN) - (heaps[1] ?? NaN);
  return {
    target: `${name}: memory flat over ${requests.toLocaleString('en')} requests`,
    isMet: grown <= FLAT,
    found: `${heaps.map((heap) => heap.toFixed(1)).join(' ')} MB`,
  };
}

/** Says for each case whether its memory stays flat. */
export async function judgeMemory(requests = 1_000_000): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const name of CASES) verdicts.push(await judge(name, requests));
  return verdicts;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } });
  printVerdicts(await judgeMemory(Number(values.requests)));
}
