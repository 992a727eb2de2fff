import { loadFrameworks } from '../../late.cts';

/**
 * Has an application report the errors of its requests: those that end in a 5xx (see `captureStatus`),
 * and those that break an answer that has begun. Knows applications of Express, Koa, Hono, Fastify and
 * Nest, or Nest's HTTP adapter. A listener of `http.createServer` is wrapped, and the wrapped one returned; of all others the
 * application itself is. Called again, it does nothing.
 *
 * With Express it comes after the routes and before the application's own error handlers; with the
 * others right after the application is made. What the application answers, prints and calls is
 * unchanged.
 *
 * Express 5 and Fastify 5 tell of most errors by themselves, without this.
 *
 * @throws {OptionError} for what is none of these, naming what it got, and where it comes too late.
 */
export function captureErrors<T extends object>(app: T): T {
  return loadFrameworks().hook(app);
}
