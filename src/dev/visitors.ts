import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * The names of Docker and Podman for the machine outside of a container. Nobody can register names
 * under `.internal`.
 */
const FROM_CONTAINER = /^(?:host|gateway)\.(?:docker|containers)\.internal$/;

/**
 * Whether a request's Host is this machine's. A page of another site can let its own name lead to
 * 127.0.0.1 (rebinding), and could then read everything. Its name gives it away. An address cannot
 * be rebound. Neither can a name without a dot, such as that of a service in a network of
 * containers, nor a name under `.local` or `.internal`, which no registry sells. Such a name leads
 * to a loopback address only by intent.
 *
 * @param names further names that lead here
 */
export function isOurHost(
  { headers, socket }: Pick<IncomingMessage, 'headers'> & { socket: { localAddress?: string } },
  names: readonly string[],
): boolean {
  const host = (headers.host ?? '').toLowerCase();
  const name = /^(\[[\da-f:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(host)?.[1]?.replaceAll(/[[\]]/g, '');
  if (name === undefined) return false;
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  if (FROM_CONTAINER.test(name) || names.includes(name) || name === hostname().toLowerCase())
    return true;
  return NOBODYS.test(name) && !isLoopback(socket.localAddress ?? '');
}

/** Names that cannot be registered, since they only exist within a network. */
const NOBODYS = /^[\w-]+$|^[\w.-]+\.(?:local|internal)$/;

function isLoopback(address: string): boolean {
  return address === '' || address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** Whether a request comes from the page itself, or from no page at all. */
export function isOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
