import { URL } from 'node:url';
import { attempt, isArray, isObject, read } from '../../lib/safe-read.ts';
import { note, settle } from './failures.ts';
import { factsOf } from './requests.ts';
import type { RawRequest, RawResponse, RequestFacts, View } from './facts.ts';

const MECHANISM = 'hono';

/** A Request. */
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
 * Has an application tell of its errors by what stands around its error handler, whichever that is. It
 * is no middleware, which would stand in the stacks that Hono prints.
 */
export function hookHono(app: object): void {
  const own = handlerOfHono(app);
  watchHandler(app, own);
  const { route, routes } = app as { route: Method; routes: unknown[] };
  // Applications that are mounted here handle their errors themselves, where they have a handler.
  replace(app, 'route', function routeOfHono(this: unknown, ...args) {
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
  replace(routes, 'map', function mapOfHono(this: unknown, ...args) {
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

function replace(object: object, name: string, value: Method): void {
  Object.defineProperty(object, name, { configurable: true, writable: true, value });
}

/** The handler that every application of Hono has to begin with. */
function handlerOfHono(app: object): unknown {
  const fresh = attempt(() => new (app.constructor as new () => object)());
  return fresh && read(fresh, 'errorHandler');
}

/** `ofHono` is the handler that an application has to begin with. */
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
      // Of what is no Error Hono's answer is none of these.
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
      // A copy of this application has it from here.
      if (value !== errorHandler) handler = value;
    },
  });
}

/** What an error handler fails with is a failure of its own. Where there is no response of Node's, the answer is its. */
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

/** Of what is thrown and is no Error no handler is told: it leaves the application, which has no answer then. */
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
      // Hono gives the answer itself where nothing was waited for.
      return answer instanceof Promise ? answer.then(undefined, fail) : answer;
    },
  };
  replace(app, 'fetch', wrapper.errsightFetch);
}

function noteUnhandled(thrown: unknown, [request, env]: readonly unknown[]): void {
  const facts = factsInEnv(env) ?? factsOfRaw(request as RawOfHono);
  if (facts === undefined) return;
  note(facts, thrown, { mechanism: MECHANISM, isHandled: false });
  end(facts, 500);
}

/** What stands for the answer there. */
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

/** What is known of Requests that did not come from a server of Node's. */
const views = new WeakMap<object, View>();

/** Notes the routes that a request has come to, before any handler runs. */
function watchMatches(app: object): void {
  const { getPath, router } = app as { getPath: Method; router: { match: Method } };
  /** Of the request that is just being matched. */
  let facts: RequestFacts | undefined;
  let raw: unknown;
  replace(app, 'getPath', function getPathOfHono(this: unknown, ...args) {
    const options = args[1];
    [raw] = args;
    facts = isObject(options) ? attempt(() => factsInEnv(read(options, 'env'))) : undefined;
    return Reflect.apply(getPath, this, args);
  });
  let { match } = router;
  const matchOfHono = function (this: unknown, ...args: readonly unknown[]): unknown {
    const result = Reflect.apply(match, this, args);
    if (facts !== undefined) facts.view ??= new MatchView(result);
    // Of what nobody has announced nothing is known yet, and mostly never will.
    else if (isObject(raw)) views.set(raw, new MatchView(result));
    facts = undefined;
    raw = undefined;
    return result;
  };
  Object.defineProperty(router, 'match', {
    configurable: true,
    enumerable: true,
    // Its first call replaces it by a faster one.
    set(faster: Method) {
      match = faster;
    },
    get: () => matchOfHono,
  });
}

/** What is known before there is a context. */
class MatchView implements View {
  readonly name: string = MECHANISM;
  readonly #result: unknown;

  constructor(result: unknown) {
    this.#result = result;
  }

  /** That of the last handler which is no middleware. */
  route(): unknown {
    const [handlers] = this.#result as readonly [readonly (readonly [readonly unknown[]])[]];
    const routes = handlers.map(([[, route]]) => route).filter(isObject);
    const last = routes.findLast((route) => read(route, 'method') !== 'ALL') ?? routes.at(-1);
    return last && withoutAny(read(last, 'path'));
  }
}

/** A pattern that takes everything is no route. */
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

  /** That of the handler that ran last; of a middleware, which has a `*`, the one that it stands before. */
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
