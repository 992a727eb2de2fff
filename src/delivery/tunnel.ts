import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { bareHost, portOf } from '../lib/proxy.ts';

export interface TunnelOptions {
  readonly proxy: URL;
  /** The https: server at the other end. */
  readonly target: URL;
  /** Used for TLS with the target, and with the proxy if that is https:. */
  readonly secureContext?: SecureContext | undefined;
}

export type Opened = (error: Error | null, socket?: Socket) => void;

/** The value of `Proxy-Authorization`, if the URL has a user. */
export function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** Decodes percent-encoding. A text with a stray `%` stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The name for SNI and for the check of the certificate. An IP address has none (RFC 6066). */
export function serverName(url: URL): string {
  const host = bareHost(url);
  return process.getBuiltinModule('node:net').isIP(host) === 0 ? host : '';
}

/** An error of the proxy. It quotes neither URL nor answer, since both can hold the password. */
export function proxyFailed(reason: string): Error {
  return new Error(`the proxy failed (${reason})`);
}

/**
 * Lets the proxy connect to the target, and begins TLS inside that connection. `opened` gets the
 * connection before its handshake is done, like a direct one. Destroy the returned request to give
 * up.
 */
export function openTunnel(options: TunnelOptions, opened: Opened): ClientRequest {
  const { proxy, target, secureContext } = options;
  const authority = `${target.hostname}:${portOf(target)}`;
  const authorization = authorizationOf(proxy);
  const http = process.getBuiltinModule(proxy.protocol === 'https:' ? 'node:https' : 'node:http');
  let done = false;
  const end: Opened = (error, socket) => {
    if (done) return;
    done = true;
    opened(error, socket);
  };
  const request = http.request({
    host: bareHost(proxy),
    port: portOf(proxy),
    servername: serverName(proxy),
    ...(secureContext && { secureContext }),
    agent: false,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      // Without an agent Node sends `close`, and some proxies then close at once.
      connection: 'keep-alive',
      ...(authorization !== undefined && { 'proxy-authorization': authorization }),
    },
  });
  request.on('socket', (socket) => socket.unref());
  // Node emits `connect` for every answer to a CONNECT, whatever its status.
  request.on('connect', (response, socket, head) => {
    // Nobody else listens for errors of this socket. TLS notices its end by itself.
    socket.on('error', () => undefined);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      socket.destroy();
      end(new Error(`the proxy answered ${status}`));
    } else if (head.length > 0) {
      // In TLS the client speaks first, so these bytes are not from the server.
      socket.destroy();
      end(new Error(`the proxy answered ${status} with a body`));
    } else {
      end(null, secure(socket, options));
    }
  });
  request.on('error', (error: NodeJS.ErrnoException) => {
    end(proxyFailed(error.code ?? error.message));
  });
  request.on('close', () => end(proxyFailed('the connection was closed')));
  request.end();
  return request;
}

function secure(socket: Socket, { target, secureContext }: TunnelOptions): Socket {
  return process.getBuiltinModule('node:tls').connect({
    socket,
    host: bareHost(target),
    servername: serverName(target),
    ALPNProtocols: ['http/1.1'],
    ...(secureContext && { secureContext }),
  });
}
