import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createWay } from '../delivery/way.ts';
import { VERSION } from '../lib/version.ts';
import type { ActiveConfig } from '../options/config.ts';

/** What became of one request. */
export interface Sent {
  /** The status of the answer. */
  readonly status?: number;
  readonly headers?: IncomingHttpHeaders;
  /** The beginning of the answer. */
  readonly body?: string;
  /** What the answer says in its own words, if it is ErrSight's. */
  readonly said?: string | undefined;
  /** The code of the error, or its message, if there was no answer. */
  readonly failure?: string;
  /** The encrypted connection, in words. */
  readonly tls?: string | undefined;
  readonly ms: number;
}

/** Bytes of an answer that are looked at. */
const MAX_ANSWER = 64 * 1024;

/** Looks up the addresses of a name. */
export async function addressesOf(
  host: string,
): Promise<{ readonly addresses: readonly string[]; readonly error?: Sent }> {
  if (isIP(host) !== 0) return { addresses: [host] };
  try {
    const found = await lookup(host, { all: true });
    return { addresses: found.map(({ address }) => address) };
  } catch (error) {
    return { addresses: [], error: { failure: reasonOf(error), ms: 0 } };
  }
}

/** Posts one event in the same way as the delivery. Never rejects. */
export function post(config: ActiveConfig, event: Uint8Array): Promise<Sent> {
  const { host, apiKey, proxy, ca, timeout } = config;
  const url = new URL('api/v1/events', host.endsWith('/') ? host : `${host}/`);
  const way = createWay({ url, proxy, ca });
  const start = performance.now();
  return new Promise((resolve) => {
    let tls: string | undefined;
    const settle = (sent: Omit<Sent, 'ms' | 'tls'>): void => {
      clearTimeout(timer);
      resolve({ ...sent, tls, ms: Math.round(performance.now() - start) });
      way.giveUp();
      way.close();
    };
    const timer = setTimeout(() => settle({ failure: 'TIMEOUT' }), timeout);
    try {
      const request = way.request({
        'x-api-key': apiKey,
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': `errsight-node/${VERSION} (errsight test)`,
        'content-length': event.length,
      });
      request.once('socket', (socket: Socket) => {
        if (!(socket instanceof TLSSocket)) return;
        socket.once('secureConnect', () => (tls = describe(socket)));
      });
      request.once('error', (error) => settle({ failure: reasonOf(error) }));
      request.once('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          if (text.length < MAX_ANSWER) text += part;
        });
        response.once('error', (error) => settle({ failure: reasonOf(error) }));
        response.once('end', () => {
          // Some servers echo what they were sent, so the key could be in it.
          const body = text.slice(0, MAX_ANSWER).replaceAll(apiKey, '[API key]');
          settle({ status, headers, body, said: ownWords(body) });
        });
      });
      request.end(event);
    } catch (error) {
      settle({ failure: reasonOf(error) });
    }
  });
}

function describe(socket: TLSSocket): string {
  const { subject, issuer, valid_to: until } = socket.getPeerCertificate();
  const protocol = socket.getProtocol() ?? 'unknown';
  return `${protocol}, certificate of ${name(subject)} by ${name(issuer)} until ${until}`;
}

interface Named {
  readonly CN?: string | string[];
  readonly O?: string | string[];
}

function name(of: Named | undefined): string {
  return String(of?.CN ?? of?.O ?? 'nobody');
}

function ownWords(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
