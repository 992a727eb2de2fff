/**
 * Has the listeners of a request and of its answer run in the scope of the request, and sees the answer's end.
 * They are called by the connection, which has other requests, or on Node 24 without any context in 'data',
 * 'end', 'finish' and 'close'.
 *
 * While requests are watched, `emit` of Node's two classes is ours, and passes on what belongs to no request.
 * A property of each object's own took 1.7 µs of a request. What has an `emit` of another kind gets one still.
 */
import { EventEmitter } from 'node:events';
import { settle } from './failures.ts';
import { Known } from './known.ts';
import type { RequestFacts } from './facts.ts';
import type { Scopes } from '../scopes.ts';

type Emit = (this: EventEmitter, ...args: unknown[]) => boolean;

/** Properties, since a minifier keeps their names, by which their frames are left out of stacks. */
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
    // Most events of a request have no listener, and an 'error' is thrown then.
    if (name !== 'error' && this.listenerCount(name) === 0) return false;
    return scopes.errsightWithin(facts.scope, WRAPPER.errsightCall, inherited, this, args);
  },
};

// oxlint-disable-next-line typescript/unbound-method -- it is called with the emitter
const inherited = EventEmitter.prototype.emit as Emit;

/** Hears of what an answer tells, before its listeners: a logger that says the same of it says it again. */
function see(facts: RequestFacts, name: unknown, value: unknown): void {
  if (name === 'pipe') facts.source = value;
  else if ((name === 'finish' || name === 'close') && !facts.isOver) end(facts, name);
}

function end(facts: RequestFacts, name: string): void {
  try {
    const { response, failures, source } = facts;
    const isFine = name === 'finish' && failures === undefined && source === undefined;
    // Of most there is nothing to tell.
    if (isFine && response?.errored === null && (response.statusCode ?? 400) < 400)
      facts.isOver = true;
    else settle(facts);
  } catch {
    // The answer is through all the same.
  }
}

/** Who wants the classes to be ours. */
let users = 0;
let isOurs = false;

/** Has Node's classes emit by us. Returns what ends it. */
export function watchEmits(): () => void {
  users += 1;
  return () => {
    users -= 1;
    if (users > 0 || !isOurs) return;
    isOurs = false;
    for (const prototype of prototypes()) {
      const own = Object.getOwnPropertyDescriptor(prototype, 'emit');
      // Somebody may have put theirs around it: then ours stays, and passes on all.
      if (own?.value === WRAPPER.errsightEmit) Reflect.deleteProperty(prototype, 'emit');
    }
  };
}

/** Node's, once there is a request: to load `node:http` takes an application without a server 5 ms. */
function prototypes(): readonly object[] {
  const { IncomingMessage, ServerResponse } = process.getBuiltinModule('node:http');
  return [IncomingMessage.prototype, ServerResponse.prototype];
}

function begin(): void {
  if (isOurs || users === 0) return;
  isOurs = true;
  for (const prototype of prototypes()) {
    // What somebody else has put there is not replaced.
    if (Reflect.get(prototype, 'emit') === inherited) define(prototype, WRAPPER.errsightEmit);
  }
}

/** Not enumerable, like the one it hides: whoever copies or prints a request sees no difference. */
function define(target: object, value: Emit): void {
  Object.defineProperty(target, 'emit', { configurable: true, writable: true, value });
}

/** Has an emitter's listeners run in the scope of its request. */
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
