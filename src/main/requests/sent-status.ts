import { read } from '../../lib/safe-read.ts';

/** The beginning of an answer of HTTP/1, as Node keeps it. */
const HEAD = /^HTTP\/1\.\d (\d{3})/;

/**
 * The status that the client has got, or would get now. Fastify sets `statusCode` to 500 for an
 * error that comes after the head was sent, which nobody sees any more.
 */
export function statusIn(response: { readonly statusCode?: number }): number | undefined {
  const head = read(response, '_header');
  const sent = typeof head === 'string' ? HEAD.exec(head)?.[1] : undefined;
  return sent === undefined ? response.statusCode : Number(sent);
}
