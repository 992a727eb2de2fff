import { loadFrameworks } from '../../late.cts';

/**
 * Makes an application report the errors of its requests: those that end in a 5xx (see
 * `captureStatus`), and those that break an answer that has begun. It takes applications of
 * Express, Koa, Hono, Fastify and Nest, or Nest's HTTP adapter, and returns the same application.
 * It wraps a listener of `http.createServer` and returns the wrapped one. A second call changes
 * nothing.
 *
 * With Express, call it after the routes and before the application's own error handlers. With the
 * others, call it right after the application is made. It does not change what the application
 * answers, prints and calls.
 *
 * Express 5 and Fastify 5 report most errors by themselves, without this.
 *
 * @throws {OptionError} for a value that is none of these, naming what it got, and for a call that
 * comes too late.
 */
export function captureErrors<T extends object>(app: T): T {
  return loadFrameworks().hook(app);
}
