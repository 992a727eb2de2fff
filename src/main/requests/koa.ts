import { attempt, hide, isArray, isObject, read } from '../../lib/safe-read.ts';
import { note } from './failures.ts';
import { madeOf } from './likeness.ts';
import { factsOf } from './requests.ts';
import type { RequestFacts, View } from './facts.ts';

const MECHANISM = 'koa';

/** An application of Koa. */
export function isKoa(app: object): boolean {
  return (
    ['use', 'callback', 'createContext', 'onerror', 'emit'].every(
      (key) => typeof read(app, key) === 'function',
    ) && isArray(read(app, 'middleware'))
  );
}

/**
 * Hooks an application where it makes the context of a request and where it emits errors. We add no
 * listener for errors: Koa prints its errors itself only without one. We add no middleware either,
 * since it would show in the stacks that Koa prints.
 */
export function hookKoa(app: object): void {
  const { emit, createContext } = app as Record<'emit' | 'createContext', Method>;
  hide(
    app,
    'createContext',
    function createContextOfKoa(this: unknown, ...args: readonly unknown[]) {
      const context = Reflect.apply(createContext, this, args);
      if (isObject(context)) attempt(() => look(context));
      return context;
    },
  );
  hide(app, 'emit', function emitOfKoa(this: unknown, ...args: readonly unknown[]) {
    if (args[0] === 'error') attempt(() => noteEmitted(args[1], args[2]));
    return Reflect.apply(emit, this, args);
  });
}

type Method = (...args: readonly unknown[]) => unknown;

function noteEmitted(error: unknown, context: unknown): void {
  const facts = isObject(context) ? look(context) : undefined;
  if (facts === undefined) return;
  note(facts, givenOf(error, facts), {
    mechanism: MECHANISM,
    isHandled: (response) => !isOfKoa(response, error),
  });
}

/** What Koa has made this error of, if the application has emitted a value that is no Error. */
function givenOf(error: unknown, { failures }: RequestFacts): unknown {
  const [text] = madeOf(error).map((value) => JSON.stringify(value));
  const failure = failures?.find((each) => text === attempt(() => JSON.stringify(each.error)));
  return text === undefined || failure === undefined ? error : failure.error;
}

/** Whether Koa itself made the answer from an error: a text with the status or the message. */
function isOfKoa(response: unknown, error: unknown): boolean {
  if (!isObject(response)) return true;
  const { getHeader } = response as { getHeader?: (name: string) => unknown };
  const header = (name: string): string => String(getHeader?.call(response, name));
  const status = read(response, 'statusCode');
  // Not an import: loading it takes Node 3 ms, also in a program without a server.
  const { STATUS_CODES } = process.getBuiltinModule('node:http');
  const texts = [
    STATUS_CODES[String(status)],
    isObject(error) ? read(error, 'message') : undefined,
  ];
  const lengths = texts.map((text) => String(Buffer.byteLength(String(text))));
  return (
    header('content-type').startsWith('text/plain') && lengths.includes(header('content-length'))
  );
}

/** Lets the facts of a request read from Koa's context. */
function look(context: object): RequestFacts | undefined {
  const facts = factsOf(read(context, 'req'), read(context, 'res'));
  if (facts !== undefined) facts.view ??= new KoaView(context);
  return facts;
}

class KoaView implements View {
  readonly name: string = MECHANISM;
  readonly #context: object;

  constructor(context: object) {
    this.#context = context;
  }

  /**
   * The route, which `@koa/router` keeps in the context. In a middleware of a router the context
   * has the middleware's own pattern, and a list of all layers that match.
   */
  route(): unknown {
    const own = read(this.#context, '_matchedRoute');
    const matched = read(this.#context, 'matched');
    const method = read(this.#context, 'method');
    const routes = isArray(matched)
      ? matched.filter(isObject).filter((layer) => takes(layer, method))
      : [];
    const isKnown = routes.some((layer) => read(layer, 'path') === own);
    const last = isKnown ? undefined : routes.at(-1);
    const route = last === undefined ? own : read(last, 'path');
    return route instanceof RegExp ? route.source : route;
  }

  id(): unknown {
    const state = this.#state();
    return read(this.#context, 'reqId') ?? read(state, 'reqId') ?? read(state, 'requestId');
  }

  users(): readonly unknown[] {
    const state = this.#state();
    return [read(state, 'user'), read(state, 'auth')];
  }

  body(): unknown {
    const request = read(this.#context, 'request');
    return isObject(request) ? read(request, 'body') : undefined;
  }

  #state(): object {
    const state = read(this.#context, 'state');
    return isObject(state) ? state : {};
  }
}

/** Whether a layer is a route for this method. A middleware has no methods. */
function takes(layer: object, method: unknown): boolean {
  const methods = read(layer, 'methods');
  return isArray(methods) && methods.includes(method);
}
