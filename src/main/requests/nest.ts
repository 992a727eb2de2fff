import { OptionError } from '../../options/reader.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { note } from './failures.ts';
import { factsOf } from './requests.ts';
import type { RequestFacts } from './facts.ts';

const MECHANISM = 'nest';

/** Nest's `ExecutionContextHost`, as far as it is read here. */
interface Host {
  getArgByIndex(index: number): unknown;
}

/** What Nest makes for each route: it asks the filters, and answers where none does. */
interface ExceptionsHandler {
  next(exception: unknown, host: Host): void;
  invokeCustomFilters?(exception: unknown, host: Host): boolean;
  invokeCustomFilter?(exception: unknown, host: Host): boolean;
}

interface ExceptionFilters {
  create(...args: readonly unknown[]): ExceptionsHandler;
}

/** An application of Nest. */
export function isNest(app: object): boolean {
  return ['getHttpAdapter', 'useGlobalFilters', 'init'].every(
    (key) => typeof read(app, key) === 'function',
  );
}

/**
 * Has an application tell of its errors where Nest makes what calls the exception filters: a filter of
 * our own would not see what another one takes.
 *
 * @throws {OptionError} where it is too late, or Nest is not as it is known here.
 */
export function hookNest(app: object): void {
  if (read(app, 'isInitialized') === true) {
    throw new OptionError(
      'app',
      'expected `captureErrors` to be called before `init` or `listen` of a Nest application',
    );
  }
  const resolver = read(app, 'routesResolver');
  const middlewares = read(app, 'middlewareModule');
  const filters = isObject(resolver) ? read(resolver, 'routerExceptionsFilter') : undefined;
  if (!isFilters(filters) || !isObject(middlewares)) {
    throw new OptionError('app', 'this version of Nest is not known to `captureErrors`');
  }
  watchFilters(filters);
  // Those of middlewares are made when the application starts.
  let own: unknown;
  Object.defineProperty(middlewares, 'routerExceptionFilter', {
    configurable: true,
    enumerable: true,
    get: () => own,
    set(value: unknown) {
      own = value;
      if (isFilters(value)) watchFilters(value);
    },
  });
}

function isFilters(value: unknown): value is ExceptionFilters {
  return isObject(value) && typeof read(value, 'create') === 'function';
}

function watchFilters(filters: ExceptionFilters): void {
  const { create } = filters;
  Object.defineProperty(filters, 'create', {
    configurable: true,
    writable: true,
    value(this: ExceptionFilters, ...args: readonly unknown[]) {
      const handler = Reflect.apply(create, this, args);
      attempt(() => watchHandler(handler));
      return handler;
    },
  });
}

export function watchHandler(handler: ExceptionsHandler): void {
  const { next } = handler;
  const name = 'invokeCustomFilters' in handler ? 'invokeCustomFilters' : 'invokeCustomFilter';
  const invoke = handler[name];
  handler.next = function nextWithErrors(exception, host) {
    // Before a filter answers.
    attempt(() => noteError(exception, host, false));
    next.call(this, exception, host);
  };
  if (typeof invoke !== 'function') return;
  handler[name] = function invokeWithErrors(exception, host) {
    const isTaken = invoke.call(this, exception, host);
    if (isTaken) attempt(() => noteError(exception, host, true));
    return isTaken;
  };
}

function noteError(exception: unknown, host: Host, isHandled: boolean): void {
  const facts = factsIn(host);
  if (facts !== undefined) note(facts, exception, { mechanism: MECHANISM, isHandled });
}

/** Express's request, or Fastify's, which is around Node's. */
function factsIn(host: Host): RequestFacts | undefined {
  const [request, response] = [host.getArgByIndex(0), host.getArgByIndex(1)];
  return factsOf(rawOf(request), rawOf(response));
}

function rawOf(given: unknown): unknown {
  const raw = isObject(given) ? read(given, 'raw') : undefined;
  return isObject(raw) ? raw : given;
}
