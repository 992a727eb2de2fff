import type { Agent, ClientRequest, OutgoingHttpHeaders } from 'node:http';
import type { Agent as TlsAgent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { bareHost, parseProxy, portOf } from '../lib/proxy.ts';
import { trusting } from './trust.ts';
import { authorizationOf, decoded, type Opened, openTunnel, serverName } from './tunnel.ts';

export interface WayOptions {
  /** The URL to which events are posted. */
  readonly url: URL;
  /** The URL of an http: or https: proxy. It may have a user and a password. */
  readonly proxy?: string | undefined;
  /** Certificates that are trusted besides those that Node trusts, as PEM. */
  readonly ca?: string | undefined;
}

/**
 * How requests get to the server, on one connection that is kept alive:
 *
 *   no proxy         a connection to the server
 *   http: server     a connection to the proxy, and requests that name the whole URL
 *   https: server    a tunnel that the proxy opens (CONNECT), and TLS inside
 */
export interface Way {
  /** Whether the proxy reads the requests and may answer them itself. */
  readonly isForwarded: boolean;
  /** The parts of the proxy's URL that must not be shown. */
  readonly secrets: readonly string[];
  /** Makes a POST that is neither sent nor ended. May throw. */
  request(headers: OutgoingHttpHeaders): ClientRequest;
  /** Whether a request still waits for the proxy to open a tunnel. */
  isOpening(): boolean;
  /** Gives up tunnels that are not open yet. Destroying a request would leave them behind. */
  giveUp(): void;
  /** Closes all connections. */
  close(): void;
}

export function createWay({ url, proxy: proxyText, ca }: WayOptions): Way {
  const proxy = proxyText === undefined ? undefined : parseProxy(proxyText);
  const isTunnel = proxy !== undefined && url.protocol === 'https:';
  const isForwarded = proxy !== undefined && !isTunnel;
  const authorization = proxy && authorizationOf(proxy);
  /** Tunnels that the proxy has not opened yet. */
  const opening = new Set<ClientRequest>();
  let agent: Agent | undefined;
  let secureContext: SecureContext | undefined;

  function makeAgent(isTls: boolean): Agent {
    if (isTls && ca !== undefined) secureContext ??= trusting(ca);
    const options = { keepAlive: true, maxSockets: 1 };
    if (!isTls) return new (process.getBuiltinModule('node:http').Agent)(options);
    const made = new (process.getBuiltinModule('node:https').Agent)({
      ...options,
      ...(secureContext && { secureContext }),
    });
    return isTunnel ? tunnelling(made, proxy) : made;
  }

  /** Node's agent keeps the connections. Only making one is our work. */
  function tunnelling(made: TlsAgent, through: URL): TlsAgent {
    const createConnection = (_options: unknown, opened: Opened): void => {
      const request = openTunnel(
        { proxy: through, target: url, secureContext },
        (error, socket) => {
          opening.delete(request);
          opened(error, socket);
        },
      );
      opening.add(request);
    };
    return Object.assign(made, { createConnection });
  }

  function giveUp(): void {
    for (const request of opening) request.destroy();
  }

  return {
    isForwarded,
    secrets: [proxy && decoded(proxy.password), proxy?.password, authorization?.slice(6)].filter(
      (secret): secret is string => secret !== undefined && secret !== '',
    ),
    request(headers) {
      const peer = isForwarded ? proxy : url;
      const isTls = peer.protocol === 'https:';
      // Only the module that is needed is loaded: https brings all of TLS, which costs some ms and
      // MB.
      const http = process.getBuiltinModule(isTls ? 'node:https' : 'node:http');
      agent ??= makeAgent(isTls);
      if (!isForwarded) return http.request(url, { method: 'POST', agent, headers });
      return http.request({
        host: bareHost(proxy),
        port: portOf(proxy),
        // Otherwise the agent takes the header `host`, which names the server.
        servername: isTls ? serverName(proxy) : '',
        path: url.href,
        method: 'POST',
        agent,
        headers: {
          ...headers,
          host: url.host,
          ...(authorization !== undefined && { 'proxy-authorization': authorization }),
        },
      });
    },
    isOpening: () => opening.size > 0,
    giveUp,
    close() {
      giveUp();
      agent?.destroy();
    },
  };
}
