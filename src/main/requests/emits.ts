/**
 * Runs the listeners of a request and of its answer in the scope of the request, and sees the
 * answer's end. Without this they run in the context of the connection, which has other requests
 * too. On Node 24 they run without any context in 'data', 'end', 'finish' and 'close'.
 *
 * While requests are watched, `emit` of Node's two classes is ours. It passes on what belongs to no
 * request. An own property on each object took 1.7 µs of a request. An object whose `emit` is of
 * another kind still gets one.
 *
 * Express answers with the stack of an error while it is developed, such as that of a body parser. So
 * a request has no function of ours around its listeners, but a getter that enters the scope.
 */
import { EventEmitter } from 'node:events';
import { hide, setPlain } from '../../lib/safe-read.ts';
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

/** The `emit` of a request. */
const OF_REQUEST: PropertyDescriptor & ThisType<object> = {
  configurable: true,
  get() {
    const known = Known.find(this);
    const isIn = known === undefined || known.scopes.enters(known.facts.scope);
    return isIn ? inherited : WRAPPER.errsightEmit;
  },
  set(value: unknown) {
    setPlain(this, 'emit', value);
  },
};

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
      // Somebody may have wrapped our function. Then it stays, and passes everything on.
      if (isOursIn(prototype)) Reflect.deleteProperty(prototype, 'emit');
    }
  };
}

/** Whether the `emit` of an object is ours. */
function isOursIn(given: object): boolean {
  let holder: object | null = given;
  while (holder !== null && !Object.hasOwn(holder, 'emit')) holder = Reflect.getPrototypeOf(holder);
  const own = holder && Object.getOwnPropertyDescriptor(holder, 'emit');
  return own?.get === OF_REQUEST.get || own?.value === WRAPPER.errsightEmit;
}

/**
 * The prototypes of Node's two classes. They are asked for only once there is a request: loading
 * `node:http` takes an application without a server 5 ms.
 */
function prototypes(): readonly [request: object, answer: object] {
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');
  return [IncomingMessage.prototype, ServerResponse.prototype];
}

function begin(): void {
  if (isOurs || users === 0) return;
  isOurs = true;
  const [request, answer] = prototypes();
  // An `emit` that somebody else has put there is not replaced.
  if (Reflect.get(request, 'emit') === inherited)
    Object.defineProperty(request, 'emit', OF_REQUEST);
  if (Reflect.get(answer, 'emit') === inherited) hide(answer, 'emit', WRAPPER.errsightEmit);
}

/** Runs an emitter's listeners in the scope of its request. */
export function keepScope(given: object, facts: RequestFacts, scopes: Scopes): void {
  begin();
  if (isOursIn(given) && Known.add(given, facts, scopes)) return;
  const emit: unknown = Reflect.get(given, 'emit');
  if (typeof emit !== 'function') return;
  const isAnswer = given !== facts.request;
  const own: { readonly errsightEmit: Emit } = {
    errsightEmit: function (...args) {
      if (isAnswer) see(facts, args[0], args[1]);
      return scopes.errsightWithin(facts.scope, WRAPPER.errsightCall, emit as Emit, this, args);
    },
  };
  // Not enumerable, like the one before: a copy or a print of the request does not show it.
  hide(given, 'emit', own.errsightEmit);
}
