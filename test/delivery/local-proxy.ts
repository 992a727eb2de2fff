import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Test } from 'tap';
import type { Certificate } from './certificate.ts';
import { listen } from './local.ts';

export interface LocalProxy {
  /** `127.0.0.1:port`, to which a test adds the scheme and the user. */
  readonly address: string;
  /** What it was asked for: `CONNECT errsight.invalid:443`, `POST http://…`. */
  readonly asked: readonly string[];
  /** The headers `Proxy-Authorization`, decoded. */
  readonly users: readonly (string | undefined)[];
  readonly connections: () => number;
  /** Tunnels and requests that are open now. */
  readonly open: () => number;
}

export interface LocalProxyOptions {
  /** The port of this machine that all names lead to: no name is looked up. */
  readonly to: number;
  /** Makes it an https: proxy. */
  readonly certificate?: Certificate;
  /** Answers a CONNECT itself if it returns true. */
  readonly intercept?: (request: IncomingMessage, socket: Duplex) => boolean;
}

/** A proxy as there are thousands: tunnels for CONNECT, forwards whole URLs. */
export async function startProxy(
  t: Pick<Test, 'teardown'>,
  { to, certificate, intercept }: LocalProxyOptions,
): Promise<LocalProxy> {
  const asked: string[] = [];
  const users: (string | undefined)[] = [];
  const open = new Set<Socket>();
  const server = certificate === undefined ? createServer() : createTlsServer(certificate);

  function note(request: IncomingMessage): void {
    asked.push(`${request.method} ${request.url}`);
    const [scheme, value] = (request.headers['proxy-authorization'] ?? '').split(' ');
    users.push(scheme === 'Basic' ? Buffer.from(value ?? '', 'base64').toString() : undefined);
  }

  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    note(request);
    socket.on('error', () => undefined);
    if (intercept?.(request, socket) === true) return;
    const upstream = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    open.add(upstream);
    upstream.on('error', () => socket.destroy());
    upstream.on('close', () => {
      open.delete(upstream);
      socket.destroy();
    });
    socket.on('close', () => upstream.destroy());
  });
  server.on('request', (request, response) => {
    note(request);
    const { pathname } = new URL(request.url ?? '');
    const { method, headers } = request;
    const forwarded = httpRequest({ port: to, host: '127.0.0.1', method, headers, path: pathname });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  const local = await listen(t, server);
  t.teardown(() => {
    for (const upstream of open) upstream.destroy();
  });
  return {
    address: `127.0.0.1:${local.port}`,
    asked,
    users,
    connections: local.connections,
    open: () => open.size,
  };
}
