/**
 * Runs the listeners of a request and of its answer in the scope of the request, and sees the
 * answer's end. Without this they run in the context of the connection, which has other requests
 * too. On Node 24 they run without any context in 'data', 'end', 'finish' and 'close'.
 *
 * While requests are watched, `emit` of Node's two classes is ours. It passes on what belongs to no
 * request. An own property on each object took 1.7 µs of a request. An object whose `emit` is of
 * another kind still gets one.
 */
import { EventEmitter } from 'node:events';
import { settle } from './failures.ts';
import { Known } from './known.ts';
import type { RequestFacts } from './facts.ts';
import type { Scopes } from '../scopes.ts';

type Emit = (this: EventEmitter, ...args: unknown[]) => boolean;

/** A minifier keeps the names of properties. By these names our frames are left out of stacks. */
const WRAPPER: {
  readonly errsightCall: (emit: Emit, emitter: EventEmitter, args: unknown[]) => boolean;
  readonly errsightEmit: Emit;
} = {
  errsightCall: (emit, emitter, args) => emit.apply(emitter, args),
  errsightEmit: function (...args) {
    const known = Known.find(this);
    if (known === undefined) return inherited.apply(this, args);
    const { facts, scopes } = known;
    const name = args[0] as string;
    if (!known.isRequest) see(facts, name, args[1]);
    // Most events of a request have no listener, and are done. An 'error' without a listener must
    // still throw.
    if (name !== 'error' && this.listenerCount(name) === 0) return false;
    return scopes.errsightWithin(facts.scope, WRAPPER.errsightCall, inherited, this, args);
  },
};

// oxlint-disable-next-line typescript/unbound-method -- it is called with the emitter
const inherited = EventEmitter.prototype.emit as Emit;

/**
 * Sees what an answer emits before its listeners do. What a logger's listener says of it is then
 * the second report.
 */
function see(facts: RequestFacts, name: unknown, value: unknown): void {
  if (name === 'pipe') facts.source = value;
  else if ((name === 'finish' || name === 'close') && !facts.isOver) end(facts, name);
}

function end(facts: RequestFacts, name: string): void {
  try {
    const { response, failures, source } = facts;
    const isFine = name === 'finish' && failures === undefined && source === undefined;
    // Most answers have nothing to report.
    if (isFine && response?.errored === null && (response.statusCode ?? 400) < 400)
      facts.isOver = true;
    else settle(facts);
  } catch {
    // The answer has ended in any case.
  }
}

/** How many users need our `emit` on the classes. */
let users = 0;
let isOurs = false;

/**
 * Lets Node's classes use our `emit`, from the first request on. Returns a function that ends it.
 */
export function watchEmits(): () => void {
  users += 1;
  return () => {
    users -= 1;
    if (users > 0 || !isOurs) return;
    isOurs = false;
    for (const prototype of prototypes()) {
      const own = Object.getOwnPropertyDescriptor(prototype, 'emit');
      // Somebody may have wrapped our function. Then it stays, and passes everything on.
      if (own?.value === WRAPPER.errsightEmit) Reflect.deleteProperty(prototype, 'emit');
    }
  };
}

/**
 * The prototypes of Node's two classes. They are asked for only once there is a request: loading
 * `node:http` takes an application without a server 5 ms.
 */
function prototypes(): readonly object[] {
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');
  return [IncomingMessage.prototype, ServerResponse.prototype];
}

function begin(): void {
  if (isOurs || users === 0) return;
  isOurs = true;
  for (const prototype of prototypes()) {
    // An `emit` that somebody else has put there is not replaced.
    if (Reflect.get(prototype, 'emit') === inherited) define(prototype, WRAPPER.errsightEmit);
  }
}

/**
 * Not enumerable, like the `emit` that it hides: a copy or a print of the request does not show it.
 */
function define(target: object, value: Emit): void {
  Object.defineProperty(target, 'emit', { configurable: true, writable: true, value });
}

/** Runs an emitter's listeners in the scope of its request. */
export function keepScope(given: object, facts: RequestFacts, scopes: Scopes): void {
  begin();
  const emit: unknown = Reflect.get(given, 'emit');
  if (emit === WRAPPER.errsightEmit && Known.add(given, facts, scopes)) return;
  if (typeof emit !== 'function') return;
  const isAnswer = given !== facts.request;
  const own: { readonly errsightEmit: Emit } = {
    errsightEmit: function (...args) {
      if (isAnswer) see(facts, args[0], args[1]);
      return scopes.errsightWithin(facts.scope, WRAPPER.errsightCall, emit as Emit, this, args);
    },
  };
  define(given, own.errsightEmit);
}
