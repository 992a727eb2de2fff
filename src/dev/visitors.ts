import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether a request's Host is this machine's. A page of another site can have its own name lead to
 * 127.0.0.1 (rebinding), and would then read all: its name gives it away. An address cannot be rebound.
 *
 * @param names further names that lead here, such as that of a container
 */
export function isOurHost({ headers }: IncomingMessage, names: readonly string[]): boolean {
  const host = (headers.host ?? '').toLowerCase();
  const name = /^(\[[\da-f:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(host)?.[1]?.replaceAll(/[[\]]/g, '');
  if (name === undefined) return false;
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return true;
  return names.includes(name);
}

/** Whether a request comes from the page itself, or from no page at all. */
export function isOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
