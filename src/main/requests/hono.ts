import { URL } from 'node:url';
import { attempt, hide, isArray, isObject, read } from '../../lib/safe-read.ts';
import { note, settle } from './failures.ts';
import { factsOf } from './requests.ts';
import type { RawRequest, RawResponse, RequestFacts, View } from './facts.ts';

const MECHANISM = 'hono';

/** A web `Request`. */
interface RawOfHono {
  readonly method: string;
  readonly url: string;
  readonly headers: Iterable<[string, string]>;
}

/** Hono's, as far as it is read here. */
interface Context {
  readonly req: {
    readonly raw: RawOfHono;
    readonly routePath?: unknown;
  };
  readonly env?: unknown;
  get(key: string): unknown;
}

/** An application of Hono. */
export function isHono(app: object): boolean {
  return (
    ['fetch', 'request', 'route', 'onError', 'notFound', 'basePath', 'use'].every(
      (key) => typeof read(app, key) === 'function',
    ) && isArray(read(app, 'routes'))
  );
}

/**
 * Wraps the error handler of an application, whichever that is, to note the errors. A middleware
 * would show in the stacks that Hono prints.
 */
export function hookHono(app: object): void {
  const own = handlerOfHono(app);
  watchHandler(app, own);
  const { route, routes } = app as { route: Method; routes: unknown[] };
  // A mounted application handles its errors itself if it has a handler of its own.
  hide(app, 'route', function routeOfHono(this: unknown, ...args: readonly unknown[]) {
    const result = Reflect.apply(route, this, args);
    const [, mounted] = args;
    if (isObject(mounted) && isHono(mounted) && read(mounted, 'errorHandler') !== own) {
      watchHandler(mounted, own);
    }
    return result;
  });
  watchMatches(app);
  watchFetch(app);
  const { map } = routes;
  // To mount this one, Hono walks its routes and looks whether its handler is Hono's own.
  hide(routes, 'map', function mapOfHono(this: unknown, ...args: readonly unknown[]) {
    mounting.add(app);
    try {
      return Reflect.apply(map as Method, this, args);
    } finally {
      mounting.delete(app);
    }
  });
}

type Method = (...args: readonly unknown[]) => unknown;
type Answered = { readonly status: number };
type ErrorHandler = (error: unknown, context: Context) => Answered | Promise<Answered>;

/** Applications that are just being mounted in another one. */
const mounting = new WeakSet<object>();
/** Applications whose handler is watched. */
const watched = new WeakSet<object>();

/** The handler that every application of Hono starts with. */
function handlerOfHono(app: object): unknown {
  const fresh = attempt(() => new (app.constructor as new () => object)());
  return fresh && read(fresh, 'errorHandler');
}

/** Wraps the error handler of an application. `ofHono` is the handler that it started with. */
function watchHandler(app: object, ofHono: unknown): void {
  if (watched.has(app)) return;
  watched.add(app);
  let handler = read(app, 'errorHandler') as ErrorHandler;
  function errorHandler(this: unknown, error: unknown, context: Context): ReturnType<ErrorHandler> {
    const facts = attempt(() => look(context));
    const isHandled = handler !== ofHono;
    if (facts !== undefined) attempt(() => note(facts, error, { mechanism: MECHANISM, isHandled }));
    if (facts === undefined) return handler.call(this, error, context);
    const fail = (thrown: unknown): void => {
      // Hono has no answer of its own for a thrown value that is no Error.
      attempt(() => note(facts, thrown, { mechanism: MECHANISM, isHandled: false }));
      attempt(() => end(facts, 500));
    };
    let answer: ReturnType<ErrorHandler>;
    try {
      answer = handler.call(this, error, context);
    } catch (thrown) {
      fail(thrown);
      throw thrown;
    }
    void settleWith(answer, facts, fail);
    return answer;
  }
  Object.defineProperty(app, 'errorHandler', {
    configurable: true,
    enumerable: true,
    get: () => (mounting.has(app) ? handler : errorHandler),
    set(value: ErrorHandler) {
      // A copy of this application sets the handler that it read here.
      if (value !== errorHandler) handler = value;
    },
  });
}

/**
 * Notes it if an error handler fails itself. If there is no response of Node, the handler's result
 * is the answer.
 */
async function settleWith(
  answer: ReturnType<ErrorHandler>,
  facts: RequestFacts,
  fail: (thrown: unknown) => void,
): Promise<void> {
  try {
    end(facts, (await answer).status);
  } catch (thrown) {
    fail(thrown);
  }
}

function end(facts: RequestFacts, status: number): void {
  if (!(facts.response instanceof Answer)) return;
  facts.response.end(status);
  settle(facts);
}

/**
 * Notes a thrown value that is no Error. Hono calls no handler for it and throws it to the caller
 * of `fetch`, without an answer.
 */
function watchFetch(app: object): void {
  const { fetch } = app as { fetch: Method };
  const wrapper: { readonly errsightFetch: Method } = {
    errsightFetch: function (this: unknown, ...args) {
      const fail = (thrown: unknown): never => {
        attempt(() => noteUnhandled(thrown, args));
        throw thrown;
      };
      let answer: unknown;
      try {
        answer = Reflect.apply(fetch, this, args);
      } catch (thrown) {
        return fail(thrown);
      }
      // Hono returns no promise if nothing was awaited.
      return answer instanceof Promise ? answer.then(undefined, fail) : answer;
    },
  };
  hide(app, 'fetch', wrapper.errsightFetch);
}

function noteUnhandled(thrown: unknown, [request, env]: readonly unknown[]): void {
  const facts = factsInEnv(env) ?? factsOfRaw(request as RawOfHono);
  if (facts === undefined) return;
  note(facts, thrown, { mechanism: MECHANISM, isHandled: false });
  end(facts, 500);
}

/** Stands for the answer if there is no response of Node. */
class Answer implements RawResponse {
  statusCode = 200;
  headersSent = false;
  writableFinished = false;

  end(status: number): void {
    this.statusCode = status;
    this.headersSent = true;
    this.writableFinished = true;
  }
}

/** What is known of Requests that did not come from a server of Node. */
const views = new WeakMap<object, View>();

/** Notes the routes that a request has come to, before any handler runs. */
function watchMatches(app: object): void {
  const { getPath, router } = app as { getPath: Method; router: { match: Method } };
  /** The facts of the request that is being matched. */
  let facts: RequestFacts | undefined;
  let raw: unknown;
  hide(app, 'getPath', function getPathOfHono(this: unknown, ...args: readonly unknown[]) {
    const options = args[1];
    [raw] = args;
    facts = isObject(options) ? attempt(() => factsInEnv(read(options, 'env'))) : undefined;
    return Reflect.apply(getPath, this, args);
  });
  let { match } = router;
  const matchOfHono = function (this: unknown, ...args: readonly unknown[]): unknown {
    const result = Reflect.apply(match, this, args);
    if (facts !== undefined) facts.view ??= new MatchView(result);
    // Nothing else is known yet of a request that did not come from Node's server, and usually
    // never will be.
    else if (isObject(raw)) views.set(raw, new MatchView(result));
    facts = undefined;
    raw = undefined;
    return result;
  };
  Object.defineProperty(router, 'match', {
    configurable: true,
    enumerable: true,
    // Its first call replaces `match` with a faster function.
    set(faster: Method) {
      match = faster;
    },
    get: () => matchOfHono,
  });
}

/** What the match alone says, before there is a context. */
class MatchView implements View {
  readonly name: string = MECHANISM;
  readonly #result: unknown;

  constructor(result: unknown) {
    this.#result = result;
  }

  /** The route of the last handler that is no middleware. */
  route(): unknown {
    const [handlers] = this.#result as readonly [readonly (readonly [readonly unknown[]])[]];
    const routes = handlers.map(([[, route]]) => route).filter(isObject);
    const last = routes.findLast((route) => read(route, 'method') !== 'ALL') ?? routes.at(-1);
    return last && withoutAny(read(last, 'path'));
  }
}

/** The path, unless it matches everything: that is no route. */
function withoutAny(path: unknown): unknown {
  return path === '*' || path === '/*' ? undefined : path;
}

function factsInEnv(env: unknown): RequestFacts | undefined {
  const incoming = isObject(env) ? read(env, 'incoming') : undefined;
  return isObject(incoming) ? factsOf(incoming, read(env as object, 'outgoing')) : undefined;
}

function look(context: Context): RequestFacts | undefined {
  const { raw } = context.req;
  const facts = factsInEnv(context.env) ?? factsOfRaw(raw);
  if (facts !== undefined && !(facts.view instanceof HonoView)) {
    facts.view = new HonoView(context, facts.view);
  }
  return facts;
}

function factsOfRaw(raw: RawOfHono): RequestFacts | undefined {
  const facts = factsOf(rawOf(raw), new Answer(), raw);
  if (facts !== undefined) facts.view ??= views.get(raw);
  return facts;
}

function rawOf({ method, url, headers }: RawOfHono): RawRequest {
  const { pathname, search } = new URL(url);
  return { method, url: pathname + search, headers: Object.fromEntries(headers) };
}

class HonoView implements View {
  readonly name: string = MECHANISM;
  readonly #context: Context;
  readonly #match: View | undefined;

  constructor(context: Context, match: View | undefined) {
    this.#context = context;
    this.#match = match;
  }

  /**
   * The route of the handler that ran last. If that was a middleware, whose path has a `*`, the
   * route that it belongs to.
   */
  route(): unknown {
    const { routePath } = this.#context.req;
    const isExact = typeof routePath === 'string' && !routePath.includes('*');
    return isExact ? routePath : (this.#match?.route?.() ?? withoutAny(routePath));
  }

  id(): unknown {
    return this.#context.get('requestId');
  }

  users(): readonly unknown[] {
    return ['user', 'jwtPayload', 'auth'].map((key) => this.#context.get(key));
  }
}
