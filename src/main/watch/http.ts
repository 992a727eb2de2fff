import { read, readAt } from '../../lib/safe-read.ts';
import { Begun, failureOf, listenTo } from './begun.ts';
import type { ClientRequest } from 'node:http';
import type { Scopes } from '../scopes.ts';

/**
 * Remembers each request made with `node:http` or `node:https`, or with undici, which is behind
 * `fetch`, as a step of the scope in which it was made. Returns a function that ends it.
 */
export function watchHttp(scopes: Scopes): () => void {
  const begun = new Begun(scopes);

  function begin(message: object): void {
    begun.begin(requestOf(message));
  }

  function end(message: object, describe: (request: object) => Target, status: unknown): void {
    const request = requestOf(message);
    const done = begun.end(request);
    if (done === undefined) return;
    const { method, url } = describe(request);
    const failure = typeof status === 'number' ? undefined : failureOf(read(message, 'error'));
    done.scope.record({
      timestamp: Date.now(),
      category: 'http',
      level: levelOf(status),
      message: `${method} ${url.split('?', 1)[0] ?? url}`,
      data: {
        method,
        url,
        // ErrSight shows the status of a step, whatever its type, and not its error.
        ...(failure === undefined ? { status } : { status: failure, error: failure }),
        duration_ms: done.duration,
      },
    });
  }

  return listenTo({
    // Node 20 publishes only the second of these, when the request has been written.
    'http.client.request.created': begin,
    'http.client.request.start': begin,
    // In spite of its name this is published when the head of the answer has been read.
    'http.client.response.finish': (message) =>
      end(message, ofNode, readAt(message, 'response', 'statusCode')),
    'http.client.request.error': (message) => end(message, ofNode, undefined),
    'undici:request:create': begin,
    'undici:request:headers': (message) => {
      const status = readAt(message, 'response', 'statusCode');
      // After an answer such as `103 Early Hints` the final one follows.
      if (typeof status === 'number' && status >= 200) end(message, ofUndici, status);
    },
    'undici:request:error': (message) => end(message, ofUndici, undefined),
  });
}

function requestOf(message: object): object {
  return read(message, 'request') as object;
}

interface Target {
  readonly method: string;
  readonly url: string;
}

function ofNode(request: object): Target {
  const sent = request as ClientRequest;
  const { method, path, protocol, host } = sent;
  // Through a proxy the path is a URL, or the target of the tunnel.
  if (!path.startsWith('/')) return { method, url: path };
  const named: unknown = sent.getHeader('host');
  return { method, url: `${protocol}//${typeof named === 'string' ? named : host}${path}` };
}

function ofUndici(request: object): Target {
  const [method, origin, path] = ['method', 'origin', 'path'].map((key) => read(request, key));
  return { method: String(method), url: `${String(origin)}${String(path)}` };
}

/** The level for a status. A request without a status had no answer. */
function levelOf(status: unknown): 'info' | 'warning' | 'error' {
  if (typeof status !== 'number' || status >= 500) return 'error';
  return status >= 400 ? 'warning' : 'info';
}
