import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { note } from './failures.ts';
import { factsOf } from './requests.ts';
import type { RequestFacts, View } from './facts.ts';

const MECHANISM = 'fastify';

/** Fastify's request, as far as it is read here. */
interface FastifyRequest {
  readonly id?: unknown;
  readonly raw?: unknown;
  readonly user?: unknown;
  readonly body?: unknown;
  readonly server?: unknown;
  readonly routeOptions?: { readonly url?: unknown };
}

/** What Fastify 5 publishes around each handler, and when an instance is made. */
export const FASTIFY_CHANNELS = {
  'tracing:fastify.request.handler:start'(message: object): void {
    look(read(message, 'request'), read(message, 'reply'));
  },
  'tracing:fastify.request.handler:error'(message: object): void {
    noteError(read(message, 'error'), read(message, 'request'), read(message, 'reply'));
  },
  /** Our hook also sees the errors of other hooks, which are not published. */
  'fastify.initialization'(message: object): void {
    const app = read(message, 'fastify');
    if (isObject(app) && isFastify(app)) hookFastify(app);
  },
};

/** An instance of Fastify. */
export function isFastify(app: object): boolean {
  return (
    ['addHook', 'decorateRequest', 'setErrorHandler', 'inject'].every(
      (key) => typeof read(app, key) === 'function',
    ) && typeof read(app, 'version') === 'string'
  );
}

const hooked = new WeakSet<object>();

/** Adds a hook to an instance that notes its errors. */
export function hookFastify(app: object): void {
  if (hooked.has(app)) return;
  hooked.add(app);
  const { addHook } = app as { addHook: (name: string, hook: unknown) => unknown };
  addHook.call(
    app,
    'onError',
    (request: unknown, reply: unknown, error: unknown, done: () => void): void => {
      attempt(() => noteError(error, request, reply));
      done();
    },
  );
}

function noteError(error: unknown, request: unknown, reply: unknown): void {
  const facts = look(request, reply);
  if (facts === undefined) return;
  note(facts, error, { mechanism: MECHANISM, isHandled: () => isTaken(reply) });
}

/**
 * Whether the application has an error handler that answers. Fastify keeps the next handler in the
 * reply; after its own handler there is none.
 */
function isTaken(reply: unknown): boolean {
  if (!isObject(reply)) return false;
  const symbols = Object.getOwnPropertySymbols(reply);
  const key = symbols.find(({ description }) => description === 'fastify.reply.nextErrorHandler');
  const next: unknown = key && Reflect.get(reply, key);
  return isObject(next) && typeof read(next, 'func') === 'function';
}

/** Lets the facts of a request read from Fastify's request. */
function look(request: unknown, reply: unknown): RequestFacts | undefined {
  if (!isObject(request) || !isObject(reply)) return undefined;
  const facts = factsOf(read(request, 'raw'), read(reply, 'raw'));
  if (facts !== undefined) facts.view ??= new FastifyView(request);
  return facts;
}

class FastifyView implements View {
  readonly name: string = MECHANISM;
  readonly #request: FastifyRequest;

  constructor(request: FastifyRequest) {
    this.#request = request;
  }

  app(): unknown {
    return this.#request.server;
  }

  route(): unknown {
    return this.#request.routeOptions?.url;
  }

  id(): unknown {
    return this.#request.id;
  }

  users(): readonly unknown[] {
    return [this.#request.user];
  }

  body(): unknown {
    return this.#request.body;
  }
}
