import { requireFrom } from '../../lib/require-from.ts';
import { dirname, join } from 'node:path';
import { OptionError } from '../../options/option-error.ts';
import { attempt, hide, isObject, read } from '../../lib/safe-read.ts';
import { isErrorInstance } from '../../event/error/class.ts';
import { note } from './failures.ts';
import { factsOf } from './requests.ts';
import { giveToNest, type RequestFacts } from './facts.ts';

const MECHANISM = 'nest';

/** Nest's `ExecutionContextHost`, as far as it is read here. */
interface Host {
  getArgByIndex(index: number): unknown;
}

/**
 * The object that Nest makes for each route. It asks the filters, and answers if none of them does.
 */
type ExceptionsHandler = object;

interface ExceptionFilters {
  readonly create: Method;
}

/** An application of Nest. */
export function isNest(app: object): boolean {
  return ['getHttpAdapter', 'useGlobalFilters', 'init'].every(
    (key) => typeof read(app, key) === 'function',
  );
}

/**
 * Hooks an application where Nest makes the objects that call the exception filters. A filter of
 * our own would not see the errors that another filter takes.
 *
 * @throws {OptionError} if it is too late, or if this version of Nest is not known here.
 */
export function hookNest(app: object): void {
  if (read(app, 'isInitialized') === true) {
    throw new OptionError(
      'app',
      'expected `captureErrors` to be called before `init` or `listen` of a Nest application',
    );
  }
  const { getHttpAdapter } = app as { getHttpAdapter(this: void): unknown };
  own(Reflect.apply(getHttpAdapter, app, []));
  const resolver = read(app, 'routesResolver');
  const middlewares = read(app, 'middlewareModule');
  const filters = isObject(resolver) ? read(resolver, 'routerExceptionsFilter') : undefined;
  if (!isFilters(filters) || !isObject(middlewares)) {
    throw new OptionError('app', 'this version of Nest is not known to `captureErrors`');
  }
  watchFilters(filters);
  // The filters for middlewares are made when the application starts.
  let current: unknown;
  Object.defineProperty(middlewares, 'routerExceptionFilter', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set(value: unknown) {
      current = value;
      if (isFilters(value)) watchFilters(value);
    },
  });
}

/** Nest's HTTP adapter, for Express or Fastify. */
export function isNestAdapter(app: object): boolean {
  return ['getHttpServer', 'getInstance', 'registerParserMiddleware', 'setErrorHandler'].every(
    (key) => typeof read(app, key) === 'function',
  );
}

/**
 * The same for an adapter. It does not know its application, so all applications of its copy of
 * Nest are hooked.
 *
 * @throws {OptionError} if that copy cannot be found, as in a bundle.
 */
export function hookNestAdapter(adapter: object): void {
  const folder = coreOf(adapter);
  if (folder === undefined) {
    throw new OptionError(
      'app',
      "expected the application of Nest instead of its adapter: the adapter's Nest cannot be found " +
        'from the working directory',
    );
  }
  own(adapter);
  const { ExceptionsHandler } = load(folder, 'exceptions/exceptions-handler.js') as {
    readonly ExceptionsHandler: { readonly prototype: ExceptionsHandler };
  };
  if (watched.has(ExceptionsHandler)) return;
  watched.add(ExceptionsHandler);
  watchHandler(ExceptionsHandler.prototype);
}

const watched = new WeakSet<object>();

/** The folder of the `@nestjs/core` whose adapter this is. */
function coreOf(adapter: object): string | undefined {
  const places = [join(process.cwd(), 'index.js'), process.argv[1] ?? ''];
  return places
    .map((place) => attempt(() => dirname(requireFrom(place).resolve('@nestjs/core'))))
    .filter((folder) => folder !== undefined)
    .find((folder) => {
      const known = attempt(() => load(folder, 'adapters/http-adapter.js'));
      const base = isObject(known) ? read(known, 'AbstractHttpAdapter') : undefined;
      return typeof base === 'function' && adapter instanceof base;
    });
}

function load(folder: string, file: string): unknown {
  return requireFrom(join(folder, 'index.js'))(join(folder, file)) as unknown;
}

/** Errors that Nest does not see still count as Nest's. */
function own(adapter: unknown): void {
  const getInstance = isObject(adapter) ? read(adapter, 'getInstance') : undefined;
  const instance =
    typeof getInstance === 'function'
      ? attempt<unknown>(() => getInstance.call(adapter))
      : undefined;
  if (isObject(instance)) giveToNest(instance);
}

function isFilters(value: unknown): value is ExceptionFilters {
  return isObject(value) && typeof read(value, 'create') === 'function';
}

function watchFilters(filters: ExceptionFilters): void {
  const { create } = filters;
  hide(filters, 'create', function createWithErrors(this: unknown, ...args: readonly unknown[]) {
    const handler = Reflect.apply(create, this, args);
    if (isObject(handler)) attempt(() => watchHandler(handler));
    return handler;
  });
}

function watchHandler(handler: ExceptionsHandler): void {
  const { next } = handler as { next: Method };
  hide(handler, 'next', function nextWithErrors(this: unknown, ...args: readonly unknown[]) {
    // Noted before a filter answers.
    attempt(() => noteError(args, false));
    const facts = attempt(() => factsIn(args[1] as Host));
    if (facts === undefined || isErrorInstance(args[0])) return Reflect.apply(next, this, args);
    // Nest logs what no filter takes before it returns.
    facts.telling = { error: args[0] };
    try {
      return Reflect.apply(next, this, args);
    } finally {
      facts.telling = undefined;
    }
  });
  for (const name of ['invokeCustomFilters', 'invokeCustomFilter']) {
    const invoke = read(handler, name);
    if (typeof invoke !== 'function') continue;
    hide(handler, name, function invokeWithErrors(this: unknown, ...args: readonly unknown[]) {
      const isTaken: unknown = Reflect.apply(invoke, this, args);
      if (isTaken === true) attempt(() => noteError(args, true));
      return isTaken;
    });
  }
}

type Method = (...args: readonly unknown[]) => unknown;

function noteError([exception, host]: readonly unknown[], isHandled: boolean): void {
  const facts = factsIn(host as Host);
  if (facts !== undefined) note(facts, exception, { mechanism: MECHANISM, isHandled });
}

/** The facts of Express's request, or of the request of Node inside Fastify's. */
function factsIn(host: Host): RequestFacts | undefined {
  const [request, response] = [host.getArgByIndex(0), host.getArgByIndex(1)];
  return factsOf(rawOf(request), rawOf(response));
}

function rawOf(given: unknown): unknown {
  const raw = isObject(given) ? read(given, 'raw') : undefined;
  return isObject(raw) ? raw : given;
}
