import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { nextId, type Scope } from '../scope.ts';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scopes } from '../scopes.ts';
import type { Context } from '../../event/record.ts';

/** What Node publishes when the head of a request has been read, before the server's listeners run. */
const CHANNEL = 'http.server.request.start';

/**
 * Gives each request of any HTTP server of this thread a scope of its own, whatever framework handles
 * it. Returns what ends it.
 */
export function watchRequests(scopes: Scopes): () => void {
  function onStart(message: unknown): void {
    const { request, response } = message as {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
    };
    // Frameworks change `url` on its way through their routers.
    const { method, url } = request;
    const scope = scopes.enter({
      id: nextId(),
      describe: () => describe(request, method, url),
    });
    keepScope(request, scope, scopes);
    keepScope(response, scope, scopes);
  }
  subscribe(CHANNEL, onStart);
  return () => void unsubscribe(CHANNEL, onStart);
}

/** What ErrSight's pages know of a request, under the names that they look for. */
function describe(request: IncomingMessage, method?: string, url?: string): Context {
  const id = idOf(request);
  return {
    tags: { ...(method !== undefined && { request_method: method }) },
    metadata: {
      ...(url !== undefined && { full_path: url }),
      ...(id !== undefined && { request_id: id }),
    },
  };
}

/** The id that pino-http and others give a request, else the one it came with. */
function idOf(request: IncomingMessage): string | undefined {
  const { id } = request as { readonly id?: unknown };
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  const given = request.headers['x-request-id'];
  return typeof given === 'string' ? given : undefined;
}

/**
 * Has an emitter's listeners run in the scope of its request. They are called by the connection,
 * which has other requests, or on Node 24 no context at all in 'data', 'end', 'finish' and 'close'.
 */
function keepScope(emitter: EventEmitter, scope: Scope, scopes: Scopes): void {
  const emit = Reflect.get(emitter, 'emit') as (this: EventEmitter, ...args: unknown[]) => boolean;
  // Properties, since a minifier keeps their names, by which their frames are left out of stacks.
  const wrapper = {
    errsightEmit: function (this: EventEmitter, ...args: unknown[]): boolean {
      const call = { errsightCall: () => emit.apply(this, args) };
      return scopes.errsightWithin(scope, call.errsightCall);
    },
  };
  // Not enumerable, like the one it hides: whoever copies or prints a request sees no difference.
  Object.defineProperty(emitter, 'emit', {
    configurable: true,
    writable: true,
    value: wrapper.errsightEmit,
  });
}
