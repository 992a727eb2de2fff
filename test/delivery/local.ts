import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import type { Outcome } from '../../src/delivery/outcome.ts';
import { createSender, type Sender, type SenderOptions } from '../../src/delivery/send.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PATIENCE } from '../helpers/child.ts';

export const KEY: string = `elp_${'0'.repeat(48)}`;
export const BODY: Buffer = Buffer.from('[{"message":"café"},{"message":"b"}]');
export const ACCEPTED = '{"status":"accepted","queued":2}';
export const never: AbortSignal = new AbortController().signal;

export interface Local {
  readonly host: string;
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
}

/** Listens until the test is over, then cuts all connections. */
export async function listen(
  t: Pick<Test, 'teardown'>,
  server: Server | TcpServer,
  address = '127.0.0.1',
): Promise<Local> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void }) => sockets.add(socket));
  server.listen(0, address);
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const host = address.includes(':') ? `[${address}]` : address;
  return { host: `http://${host}:${port}`, port, connections: () => sockets.size };
}

export function serve(t: Pick<Test, 'teardown'>, listener: RequestListener): Promise<Local> {
  return listen(t, createServer(listener));
}

/** A server that is no HTTP server; what goes wrong with its sockets is its own affair. */
export function serveTcp(
  t: Pick<Test, 'teardown'>,
  listener: (socket: Socket) => void,
): Promise<Local> {
  return listen(
    t,
    createTcpServer((socket) => {
      socket.on('error', () => undefined);
      listener(socket);
    }),
  );
}

export function sender(
  t: Pick<Test, 'teardown'>,
  host: string,
  options: Partial<SenderOptions> = {},
): Sender {
  const made = createSender({ host, apiKey: KEY, timeout: 60_000, ...options });
  t.teardown(() => made.close());
  return made;
}

/**
 * From now on the time for a request is over when the function that this returns is called, and not before. A limit
 * of some ms is over too early on a busy machine.
 */
export function timeOver(t: Pick<Test, 'intercept'>): () => void {
  const rings: (() => void)[] = [];
  t.intercept(systemClock, 'setTimer', { value: (ring: () => void) => rings.push(ring) });
  return () => {
    for (const ring of rings) ring();
  };
}

/** Reads the request, so that the answer is not ahead of it, and accepts it. */
export const accept: RequestListener = (request, response) => {
  request.resume().on('end', () => response.writeHead(202).end(ACCEPTED));
};

export function retry(reason: string): Outcome {
  return { kind: 'retry', reason };
}

/** A connection that was ended in place of an answer. */
export function cutOff(reason: string): Outcome {
  return { kind: 'retry', reason, cutOff: true };
}

/** Runs a program that has a sender for `host`, and resolves with what it printed. */
export async function run(
  host: string,
  program: string,
  env: NodeJS.ProcessEnv = {},
  options: Partial<SenderOptions> = {},
): Promise<string> {
  const module = pathToFileURL(join(import.meta.dirname, '../../src/delivery/send.js')).href;
  const given = { host, apiKey: 'k', timeout: 60_000, ...options };
  const code = `
    const { createSender } = await import(${JSON.stringify(module)});
    const sender = createSender(${JSON.stringify(given)});
    const send = () => sender.send(Buffer.from('[{},{}]'), 2, new AbortController().signal);
    ${program}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { env: { ...process.env, NODE_OPTIONS: '', ...env }, timeout: PATIENCE },
  );
  return stdout;
}
