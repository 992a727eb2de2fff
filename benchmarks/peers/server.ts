/**
 * Stands for what each contestant sends to, in a process of its own: answers at once what it expects,
 * and afterwards counts which of the numbered errors have arrived. On a machine with few cores what it
 * did meanwhile would be taken from the contestants, the more the more they send. Forked by `target.ts`.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { SIGNS } from './failure.ts';
import { BURST } from './measures.ts';

/** What has arrived since the last `reset`. */
export interface Arrived {
  readonly errors: number;
  /** When the last of them did, in ms since 1970. */
  readonly last: number;
  readonly requests: number;
  readonly megabytes: number;
  /** What the first of them had: see `SIGNS`. */
  readonly has: readonly string[];
}

export type Question = 'reset' | 'report';

export type Message = { readonly port: number } | Arrived;

const unzip = promisify(gunzip);

let numbers = new Set<string>();
let last = 0;
let requests = 0;
let bytes = 0;
let has: readonly string[] = [];
/** Bodies that are still to be read. */
let unread: { readonly isGzip: boolean; readonly body: Buffer }[] = [];

function forget(): void {
  numbers = new Set();
  [last, requests, bytes, has, unread] = [0, 0, 0, [], []];
}

/** The numbers are the same characters in JSON, in msgpack and in Sentry's envelopes. */
function read(text: string): void {
  for (const [, number] of text.matchAll(/#(\d+)#/g)) {
    if (Number(number) < BURST) numbers.add(number as string);
  }
  if (has.length > 0 || !/#\d+#/.test(text)) return;
  has = Object.keys(SIGNS).filter((sign) => SIGNS[sign]?.test(text));
}

async function readAll(): Promise<void> {
  for (const { isGzip, body } of unread.splice(0)) {
    read((isGzip ? await unzip(body) : body).toString('latin1'));
  }
}

/** Of ErrSight's events each has one of these; to parse them would take as long as to make them. */
const EVENT = Buffer.from('"ingestion_id":');

function countEvents(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(EVENT); at !== -1; at = body.indexOf(EVENT, at + 1)) count += 1;
  return count;
}

function answer(path: string, body: Buffer, response: ServerResponse): void {
  if (path === '/api/v1/events') {
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'accepted', queued: countEvents(body) }));
  } else if (path.startsWith('/loki/')) {
    response.writeHead(204).end();
  } else if (path.startsWith('/v1/datasets/')) {
    const status = { ingested: 1, failed: 0, processedBytes: body.length };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...status, blocksCreated: 0, walLength: 0 }));
  } else if (path.endsWith('/envelope/')) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  } else {
    // Logtail posts to the root.
    response.writeHead(path === '/' ? 202 : 404).end();
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    last = Date.now();
    requests += 1;
    bytes += body.length;
    const { pathname } = new URL(request.url ?? '/', 'http://server');
    answer(pathname, body, response);
    unread.push({ isGzip: request.headers['content-encoding'] === 'gzip', body });
  });
});
// Contestants keep connections open, and none is to find one that has just been closed.
server.keepAliveTimeout = 60_000;

process.on('message', (question: Question) => {
  if (question === 'reset') {
    forget();
    return;
  }
  void readAll().then(() => {
    const megabytes = bytes / 1_000_000;
    process.send?.({ errors: numbers.size, last, requests, megabytes, has } satisfies Message);
  });
});
// Its parent is gone.
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port } satisfies Message);
});
