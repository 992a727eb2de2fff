import { OptionError } from '../../options/option-error.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { hookExpress, isExpress } from './express.ts';
import { hookFastify, isFastify } from './fastify.ts';
import { hookHono, isHono } from './hono.ts';
import { hookKoa, isKoa } from './koa.ts';
import { wrapListener } from './listener.ts';
import { hookNest, hookNestAdapter, isNest, isNestAdapter } from './nest.ts';

/** Each framework, the most specific shapes first. */
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

/** Does the work of `captureErrors`. */
export function hook<T extends object>(app: T): T {
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
