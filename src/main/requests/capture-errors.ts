import { OptionError } from '../../options/reader.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { hookExpress, isExpress } from './express.ts';
import { hookFastify, isFastify } from './fastify.ts';
import { hookHono, isHono } from './hono.ts';
import { hookKoa, isKoa } from './koa.ts';
import { wrapListener } from './listener.ts';
import { hookNest, hookNestAdapter, isNest, isNestAdapter } from './nest.ts';

/** Each framework, the more particular shapes first. */
const FRAMEWORKS: readonly (readonly [
  is: (app: object) => boolean,
  hook: (app: object) => void,
])[] = [
  [isNest, hookNest],
  [isNestAdapter, hookNestAdapter],
  [isFastify, hookFastify],
  [isExpress, hookExpress],
  [isHono, hookHono],
  [isKoa, hookKoa],
];

const hooked = new WeakSet<object>();

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
  const known = isObject(app) ? FRAMEWORKS.find(([is]) => is(app)) : undefined;
  if (known === undefined) {
    if (typeof app !== 'function' || isClass(app)) throw unknownApplication(app);
    if (hooked.has(app)) return app;
    const wrapped = wrapListener(app as T & (() => unknown));
    hooked.add(wrapped);
    return wrapped;
  }
  if (!hooked.has(app)) {
    known[1](app);
    hooked.add(app);
  }
  return app;
}

function isClass(value: object): boolean {
  return /^class\b/.test(attempt(() => Function.prototype.toString.call(value)) ?? '');
}

function unknownApplication(app: unknown): OptionError {
  return new OptionError(
    'app',
    'expected `app` to be an application of Express, Koa, Hono, Fastify or Nest, or a listener of ' +
      `\`http.createServer\`, got ${kindOf(app)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return `the class ${String(read(value, 'name'))}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const constructor = read(value, 'constructor');
  const name = isObject(constructor) ? read(constructor, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? `an object of ${name}` : 'an object';
}
