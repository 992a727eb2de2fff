import { read, readAt } from '../../lib/safe-read.ts';
import { Begun, failureOf, listenTo } from './begun.ts';
import type { ClientRequest } from 'node:http';
import type { Scopes } from '../scopes.ts';

/**
 * Remembers each request that is made with `node:http` or `node:https`, or with undici, which is behind
 * `fetch`, as a step of the scope in which it was made. Returns what ends it.
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
        // Of a step ErrSight shows its status, whatever that is, and not its error.
        ...(failure === undefined ? { status } : { status: failure, error: failure }),
        duration_ms: done.duration,
      },
    });
  }

  return listenTo({
    // On Node 20 only the second of them, when the request has been written.
    'http.client.request.created': begin,
    'http.client.request.start': begin,
    // When the head of the answer has been read, whatever its name says.
    'http.client.response.finish': (message) =>
      end(message, ofNode, readAt(message, 'response', 'statusCode')),
    'http.client.request.error': (message) => end(message, ofNode, undefined),
    'undici:request:create': begin,
    'undici:request:headers': (message) => {
      const status = readAt(message, 'response', 'statusCode');
      // The final answer follows on one such as `103 Early Hints`.
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
  // Through a proxy the path is a URL, or where the tunnel leads.
  if (!path.startsWith('/')) return { method, url: path };
  const named: unknown = sent.getHeader('host');
  return { method, url: `${protocol}//${typeof named === 'string' ? named : host}${path}` };
}

function ofUndici(request: object): Target {
  const [method, origin, path] = ['method', 'origin', 'path'].map((key) => read(request, key));
  return { method: String(method), url: `${String(origin)}${String(path)}` };
}

/** None is a request without an answer. */
function levelOf(status: unknown): 'info' | 'warning' | 'error' {
  if (typeof status !== 'number' || status >= 500) return 'error';
  return status >= 400 ? 'warning' : 'info';
}
