import { isArray, isObject, read, setPlain } from '../../lib/safe-read.ts';
import { hasMounted, rememberOwner } from './express-route.ts';
import { note } from './failures.ts';
import { factsOf } from './requests.ts';
import type { Failure } from './facts.ts';

const MECHANISM = 'express';

/** What Express 5 publishes when a handler throws, rejects or calls `next` with an error. */
export const EXPRESS_CHANNELS = {
  'tracing:express.router.request:error'(message: object): void {
    noteError(read(message, 'error'), read(message, 'req'), read(message, 'res'));
  },
};

/** An application of Express 4 or 5, or a router, since that can have error handlers of its own. */
export function isExpress(app: object): boolean {
  const has = (key: string): boolean => typeof read(app, key) === 'function';
  if (typeof app !== 'function' || !['use', 'handle'].every(has)) return false;
  return ['set', 'engine', 'listen'].every(has) || (has('param') && isArray(read(app, 'stack')));
}

/**
 * Adds an error handler of ours to an application or a router. It notes each error and passes it
 * on, so the handlers after it answer.
 */
export function hookExpress(app: object): void {
  const { use } = app as { use: (handler: unknown) => unknown };
  // Express recognises an error handler by its four parameters.
  use.call(app, (error: unknown, request: unknown, response: unknown, next: unknown) => {
    noteError(error, request, response);
    (next as (error: unknown) => void)(error);
  });
  if (isObject(read(app, '_router')) && hasMounted(app)) watchRoutes(read(app, 'request'));
}

function noteError(error: unknown, request: unknown, response: unknown): void {
  const facts = factsOf(request, response);
  if (facts !== undefined) note(facts, error, { mechanism: MECHANISM, isHandled });
}

/**
 * Whether an error handler of the application has answered. Express's own handler sets a header
 * with a value that nobody else uses.
 */
const isHandled: Failure['isHandled'] = (response) => {
  const getHeader = isObject(response) ? read(response, 'getHeader') : undefined;
  if (typeof getHeader !== 'function') return false;
  if (read(response as object, 'headersSent') !== true) return false;
  const policy: unknown = getHeader.call(response, 'Content-Security-Policy');
  return policy !== "default-src 'none'";
};

/** Express 4 sets `route` on a request while the request still knows the application it is in. */
function watchRoutes(prototype: unknown): void {
  if (!isObject(prototype)) return;
  Object.defineProperty(prototype, 'route', {
    configurable: true,
    set(this: object, value: unknown) {
      rememberOwner(value, read(this, 'app'));
      setPlain(this, 'route', value);
    },
  });
}
