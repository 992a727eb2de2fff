import { EventEmitter } from 'node:events';
import { Given } from '../../lib/given.ts';
import { attempt, isObject, read } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { settle } from './failures.ts';
import { RequestFacts, type RawRequest, type RawResponse } from './facts.ts';
import type { Scopes } from '../scopes.ts';

/** The facts of a request, in a private field of the request. */
class Known extends Given {
  readonly #facts: RequestFacts;

  constructor(request: object, facts: RequestFacts) {
    super(request);
    this.#facts = facts;
  }

  static factsOf(request: object): RequestFacts | undefined {
    return #facts in request ? request.#facts : undefined;
  }
}

/**
 * What is known of a request. Of one that nobody has announced it begins here. `key` is what it is
 * known by where `request` is made for us.
 */
export function factsOf(
  request: unknown,
  response: unknown,
  key: unknown = request,
): RequestFacts | undefined {
  if (!isObject(request) || !isObject(key)) return undefined;
  const known = Known.factsOf(key) ?? factsOfStream(request, response);
  if (known !== undefined) return known;
  const { scopes } = processState();
  const facts = new RequestFacts(request, isObject(response) ? response : undefined);
  facts.scope = scopes.begin(facts);
  follow(facts, scopes, key);
  return facts;
}

/** Begins to know a request, whose scope is the current one from here on. */
export function enterRequest(request: RawRequest, response: RawResponse, scopes: Scopes): void {
  const facts = new RequestFacts(request, response);
  facts.scope = scopes.enter(facts);
  follow(facts, scopes, request);
}

/** The same for a stream of HTTP/2, which tells of a request before Node has made its objects. */
export function enterStream(stream: Http2Stream, headers: Headers, scopes: Scopes): void {
  const [method, url] = [headers[':method'], headers[':path']].map(textOf);
  const facts = new RequestFacts({ method, url, headers }, new StreamAnswer(stream));
  facts.scope = scopes.enter(facts);
  attempt(() => new Known(stream, facts));
  keepAnswer(stream, facts, scopes);
}

type Headers = Readonly<Record<string, unknown>>;

/** A stream of a server of HTTP/2, as far as it is read here. */
export interface Http2Stream {
  readonly id?: number;
  readonly sentHeaders?: Headers;
  readonly headersSent?: boolean;
  readonly writableFinished?: boolean;
  readonly destroyed?: boolean;
  readonly errored?: unknown;
}

/** What stands for the answer there, until a response is known. */
class StreamAnswer implements RawResponse {
  readonly #stream: Http2Stream;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
  }

  get statusCode(): number {
    return Number(this.#stream.sentHeaders?.[':status'] ?? 200);
  }

  get headersSent(): boolean {
    return this.#stream.headersSent === true;
  }

  get writableFinished(): boolean {
    return this.#stream.writableFinished === true;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed === true;
  }

  get errored(): unknown {
    return this.#stream.errored;
  }
}

/** Of a request that Node has made for a stream of HTTP/2, which is known already. */
function factsOfStream(request: object, response: unknown): RequestFacts | undefined {
  const stream = read(request, 'stream');
  const facts = isObject(stream) ? Known.factsOf(stream) : undefined;
  if (facts === undefined) return undefined;
  facts.request = request;
  if (isObject(response)) {
    facts.response = response;
    keepAnswer(response, facts, processState().scopes);
  }
  attempt(() => new Known(request, facts));
  return facts;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Has the listeners of both objects run in the scope of the request, and sees the answer's end. */
function follow(facts: RequestFacts, scopes: Scopes, key: object): void {
  const { request, response } = facts;
  attempt(() => new Known(key, facts));
  keepScope(request, { facts, scopes, isAnswer: false });
  if (response !== undefined) keepAnswer(response, facts, scopes);
}

function keepAnswer(answer: object, facts: RequestFacts, scopes: Scopes): void {
  keepScope(answer, { facts, scopes, isAnswer: true });
}

type Emit = (this: EventEmitter, ...args: unknown[]) => boolean;

/** What the events of an emitter belong to. */
interface Tie {
  readonly facts: RequestFacts;
  readonly scopes: Scopes;
  readonly isAnswer: boolean;
}

/** It, in a private field of the emitter. */
class Tied extends Given {
  readonly #tie: Tie;

  constructor(emitter: object, tie: Tie) {
    super(emitter);
    this.#tie = tie;
  }

  static tieOf(emitter: object): Tie | undefined {
    let each: object | null = emitter;
    // Somebody may have made an object of it that has it as its prototype.
    while (each !== null && !(#tie in each)) each = Reflect.getPrototypeOf(each);
    return each === null ? undefined : (each as Tied).#tie;
  }
}

/** Properties, since a minifier keeps their names, by which their frames are left out of stacks. */
const WRAPPER: {
  readonly errsightCall: (emit: Emit, emitter: EventEmitter, args: unknown[]) => boolean;
  readonly errsightEmit: Emit;
} = {
  errsightCall: (emit, emitter, args) => emit.apply(emitter, args),
  /** One for all: a function of its own for each request, with what it knows, took 1 µs of a request. */
  errsightEmit: function (...args) {
    const tie = Tied.tieOf(this);
    if (tie === undefined) return inherited.apply(this, args);
    const name = args[0] as string;
    if (tie.isAnswer) see(tie.facts, name, args[1]);
    // Most events of a request have no listener, and an 'error' is thrown then.
    if (this.listenerCount(name) === 0 && name !== 'error') return false;
    return emitIn(tie, this, inherited, args);
  },
};

// oxlint-disable-next-line typescript/unbound-method -- it is called with the emitter
const inherited = EventEmitter.prototype.emit as Emit;

function emitIn(tie: Tie, emitter: EventEmitter, emit: Emit, args: unknown[]): boolean {
  const { facts, scopes } = tie;
  return scopes.errsightWithin(facts.scope, WRAPPER.errsightCall, emit, emitter, args);
}

/** Hears of what an answer tells, before its listeners: a logger that says the same of it says it again. */
function see(facts: RequestFacts, name: unknown, value: unknown): void {
  if (name === 'pipe') facts.source = value;
  else if ((name === 'finish' || name === 'close') && !facts.isOver) attempt(() => settle(facts));
}

/**
 * Has an emitter's listeners run in the scope of its request. They are called by the connection, which has
 * other requests, or on Node 24 without any context in 'data', 'end', 'finish' and 'close'.
 */
function keepScope(given: object, tie: Tie): void {
  const emit: unknown = Reflect.get(given, 'emit');
  if (typeof emit !== 'function') return;
  let value = WRAPPER.errsightEmit;
  if (emit !== inherited || attempt(() => new Tied(given, tie)) === undefined) {
    const own: { readonly errsightEmit: Emit } = {
      errsightEmit: function (...args) {
        if (tie.isAnswer) see(tie.facts, args[0], args[1]);
        return emitIn(tie, this, emit as Emit, args);
      },
    };
    value = own.errsightEmit;
  }
  // Not enumerable, like the one it hides: whoever copies or prints a request sees no difference.
  Object.defineProperty(given, 'emit', { configurable: true, writable: true, value });
}
