import { listenTo } from '../watch/begun.ts';
import { watchEmits } from './emits.ts';
import { enterRequest, enterStream, type Http2Stream } from './requests.ts';
import { EXPRESS_CHANNELS } from './express.ts';
import { FASTIFY_CHANNELS } from './fastify.ts';
import type { RawRequest, RawResponse } from './facts.ts';
import type { Scopes } from '../scopes.ts';

/**
 * Gives each request of any HTTP server of this thread a scope of its own, whatever framework handles
 * it, and notes the errors that frameworks publish. Returns a function that ends it.
 *
 *   http.server.request.start      Node, when the head of a request has been read
 *   http2.server.stream.start      the same for HTTP/2, from Node 22 on
 *   express.router.request         Express from 5.2 on
 *   fastify.request.handler        Fastify 5
 */
export function watchRequests(scopes: Scopes): () => void {
  const stopEmits = watchEmits();
  const stop = listenTo({
    'http.server.request.start': (message) => {
      const { request, response } = message as {
        readonly request: RawRequest;
        readonly response: RawResponse;
      };
      enterRequest(request, response, scopes);
    },
    'http2.server.stream.start': (message) => {
      const { stream, headers } = message as {
        readonly stream: Http2Stream;
        readonly headers: Readonly<Record<string, unknown>>;
      };
      // A stream that the server pushes is a part of the request that it answers.
      if ((stream.id ?? 0) % 2 === 1) enterStream(stream, headers, scopes);
    },
    ...EXPRESS_CHANNELS,
    ...FASTIFY_CHANNELS,
  });
  return () => {
    stop();
    stopEmits();
  };
}
