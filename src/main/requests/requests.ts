import { isObject, read } from '../../lib/safe-read.ts';
import { processState } from '../state.ts';
import { keepScope } from './emits.ts';
import { Known } from './known.ts';
import { RequestFacts, type RawRequest, type RawResponse } from './facts.ts';
import type { Scopes } from '../scopes.ts';

/**
 * What is known of a request. A request that Node has not published is known from here on. `key`
 * identifies the request if `request` is an object that we made.
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

/** Makes the facts of a request. Its scope is the current one from here on. */
export function enterRequest(request: RawRequest, response: RawResponse, scopes: Scopes): void {
  const facts = new RequestFacts(request, response);
  facts.scope = scopes.enter(facts);
  follow(facts, scopes, request);
}

/**
 * The same for a stream of HTTP/2. Node publishes the stream before it makes the objects of the
 * request.
 */
export function enterStream(stream: Http2Stream, headers: Headers, scopes: Scopes): void {
  const [method, url] = [headers[':method'], headers[':path']].map(textOf);
  const facts = new RequestFacts({ method, url, headers }, new StreamAnswer(stream));
  facts.scope = scopes.enter(facts);
  Known.add(stream, facts, scopes);
  keepScope(stream, facts, scopes);
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

/** Stands for the answer of a stream until its response is known. */
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

/** The facts of a request that Node has made for a known stream of HTTP/2. */
function factsOfStream(request: object, response: unknown): RequestFacts | undefined {
  const stream = read(request, 'stream');
  const facts = isObject(stream) ? Known.factsOf(stream) : undefined;
  if (facts === undefined) return undefined;
  const { scopes } = processState();
  facts.request = request;
  if (isObject(response)) {
    facts.response = response;
    keepScope(response, facts, scopes);
  }
  Known.add(request, facts, scopes);
  return facts;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Runs the listeners of both objects in the scope of the request, and sees the answer's end. */
function follow(facts: RequestFacts, scopes: Scopes, key: object): void {
  const { request, response } = facts;
  Known.add(key, facts, scopes);
  keepScope(request, facts, scopes);
  if (response !== undefined) keepScope(response, facts, scopes);
}
