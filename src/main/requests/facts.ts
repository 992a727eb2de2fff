import { randomUUID } from '../../lib/random.ts';
import { attempt, isObject, keysOf, read, readAt } from '../../lib/safe-read.ts';
import { spanIn, traced } from '../span.ts';
import { nextId, type Scope } from '../scope.ts';
import type { Kin, Logged, Origin, SaidLine, ToldError } from '../origin.ts';
import { requestData, type DataRules } from './data.ts';
import { expressRoute } from './express-route.ts';
import { causesOf } from '../../event/error/causes-of.ts';
import { inOneLine } from '../../event/error/one-line.ts';
import { courseOf } from './leading.ts';
import { routeLike } from '../../event/make/failed-request.ts';
import { howTold, madeOf, placeOf, standsFor } from './likeness.ts';
import { statusIn } from './sent-status.ts';
import { ToldErrors } from './told-errors.ts';
import { userIn } from './user.ts';
import type { Level } from '../../event/level.ts';
import type { Context, LogRecord, Span } from '../../event/record.ts';
import { tellsOfAnswer } from '../../event/make/request.ts';
import { hasAnswer, isOwnAccessLine } from './own-access-line.ts';

/**
 * A request as Node's HTTP servers make it, with additions of frameworks. Nothing in it is trusted.
 */
export interface RawRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** A response of Node's, as far as it is read here. */
export interface RawResponse {
  readonly statusCode?: number;
  readonly headersSent?: boolean;
  readonly writableFinished?: boolean;
  readonly errored?: unknown;
}

/** What a framework knows of a request, read when an event needs it. */
export interface View {
  /** The framework's name, as `metadata.mechanism` says it. */
  readonly name: string;
  /** The application that it is in. */
  readonly app?: () => unknown;
  /** The pattern of the route, `/orders/:id`. */
  readonly route?: () => unknown;
  readonly id?: () => unknown;
  /** The values that may hold the user, likeliest first. */
  readonly users?: () => readonly unknown[];
  readonly body?: () => unknown;
}

/** An error that a request met and that is not reported yet. */
export interface Failure {
  readonly error: unknown;
  readonly time: number;
  /** The scope that it happened in. */
  readonly scope: Scope;
  /** The span that was active there. */
  readonly span: Span | undefined;
  /** Whether the answer had begun by then. If so, its status says nothing of this error. */
  readonly isLate: boolean;
  mechanism: string;
  /** Whether the application's own error handler answered. */
  isHandled: boolean | ((response: RawResponse | undefined) => boolean);
  /**
   * What else its event says. The framework has said that this is a failure, whatever it answers. It
   * is an event of its own then, beside other errors of the request.
   */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Applications of Express or Fastify under a Nest application. */
const ofNest = new WeakSet<object>();

/** Next gives this to its requests. It tells of their errors only afterwards, if at all. */
const OF_NEXT = Symbol.for('NextInternalRequestMeta');

/** Says that an application is Nest's. */
export function giveToNest(app: object): void {
  ofNest.add(app);
}

/**
 * Whether Nest uses this application. A plugin of Fastify has an instance of its own, whose
 * prototype is the outer one.
 */
function belongsToNest(app: object): boolean {
  let each: unknown = app;
  while (isObject(each) && !ofNest.has(each)) each = Object.getPrototypeOf(each) as unknown;
  return isObject(each);
}

/** The most UTF-16 units of an id that somebody else has chosen. */
const ID = 200;
/** The most lines that are remembered. A request that never ends logs any number. */
const LOGGED = 20;

/**
 * One HTTP request: what is known of it, and which errors it met. Its details are read late, when
 * an event is made. By then a middleware has found the user, and the router the route.
 */
export class RequestFacts implements Origin {
  readonly id: string = nextId();
  /** In HTTP/2 both this and the response come later. */
  request: RawRequest;
  response: RawResponse | undefined;
  /** Method and address as they came. Frameworks change `url` on its way through their routers. */
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** Set by the framework's hook, if there is one. */
  view: View | undefined;
  /** In the order in which they came. */
  failures: Failure[] | undefined;
  /** What a framework tells its logger of just now, if it is no Error: a line shows little of it. */
  telling: { readonly error: unknown } | undefined;
  /** Those that the answer has decided on. */
  settled: readonly Failure[] | undefined;
  /** Whether an event of the level `error` or above was made in it. */
  isReported = false;
  /** Whether its answer has ended or its connection is gone. */
  isOver = false;
  /** The stream that is piped into the answer. */
  source: unknown;
  /**
   * The error of `source` when the answer ended. After that, `source` is destroyed because nobody
   * reads it any more.
   */
  brokenBy: unknown;
  readonly toldErrors: ToldErrors = new ToldErrors();
  /**
   * The scope of the whole request. It is set right after the constructor, since a scope needs its
   * origin.
   */
  scope!: Scope;
  #said: readonly SaidLine[] = [];
  #untold: readonly { readonly tell: () => void; readonly error: unknown }[] = [];
  #route: string | undefined;
  #requestId: string | undefined;

  constructor(request: RawRequest, response: RawResponse | undefined) {
    this.request = request;
    this.response = response;
    this.method = request.method;
    this.url = request.url;
  }

  /** The framework's name, as far as it is known without an error. */
  get mechanism(): string {
    const app = attempt(() => this.view?.app?.()) ?? read(this.request, 'app');
    if (isObject(app) && belongsToNest(app)) return 'nest';
    return this.view?.name ?? (typeof app === 'function' ? 'express' : 'http');
  }

  /** The status of the answer. Until its head is sent, that can change. */
  get status(): number | undefined {
    return this.response && statusIn(this.response);
  }

  told(level: Level, logged?: Logged): void {
    if (logged !== undefined) this.toldErrors.add(level, logged);
    if (logged?.isStarting === true) return;
    if (level === 'error' || level === 'fatal') this.isReported = true;
  }

  get hasFailed(): boolean {
    return this.isReported || this.failures !== undefined;
  }

  failureIn(text: string, fields: unknown): ToldError | undefined {
    if (this.telling !== undefined) return { ...this.telling, isStack: false, path: [] };
    for (const { error } of this.failures?.toReversed() ?? []) {
      const path = placeOf(error, fields);
      const told = howTold(error, text);
      if (told === undefined && path === undefined) continue;
      return { error, isStack: told === 'stack', path: path ?? [] };
    }
    return undefined;
  }

  said(line: SaidLine): void {
    this.#said = [...this.#said.slice(1 - LOGGED), line];
  }

  tellsOfAnswer(line: Pick<LogRecord, 'fields' | 'message'>): boolean {
    const { message } = line;
    // As `logger.error(error.message)` of a text that was thrown.
    const isEmpty = message === '' && keysOf(line.fields).length === 0;
    if (isEmpty || message === 'undefined' || tellsOfAnswer(line)) return true;
    const { method, url, request, response } = this;
    if (response && hasAnswer(line.fields, response)) return true;
    if (method === undefined || url === undefined) return false;
    const address = textIn(readAt(request, 'socket', 'remoteAddress'));
    return isOwnAccessLine(line, {
      method,
      paths: [url, url.replace(/[?#][^]*/, '')],
      status: response?.headersSent === true ? this.status : undefined,
      others: [headerOf(request, 'user-agent') ?? '', address ?? ''],
    });
  }

  lineAbout(error: unknown, project: string): SaidLine | undefined {
    // A line about a cause of the error is about this failure too.
    const errors = [error, ...causesOf(error), ...madeOf(error)];
    const own = this.#said.filter((line) => line.project === project);
    const found =
      own.findLast(({ text, fields }) =>
        errors.some((each) => (howTold(each, text) ?? placeOf(each, fields)) !== undefined),
      ) ?? own.findLast(({ isAnswer }) => isAnswer && this.#failsWith(error));
    if (found !== undefined) this.#said = this.#said.filter((line) => line !== found);
    return found;
  }

  failureLike(thrown: object): { readonly error: unknown } | undefined {
    const { failures } = this;
    if (failures?.some(({ error }) => error === thrown) === true) return undefined;
    return failures?.findLast(({ error }) => standsFor(thrown, error));
  }

  onAnswer(tell: () => void, error: unknown): void {
    if (this.response?.headersSent !== false) return;
    this.#untold = [...this.#untold.slice(1 - LOGGED), { tell, error }];
  }

  /** To be called when the answer has ended. */
  answered(): void {
    const { status = 0, response } = this;
    const untold = response?.headersSent === true && status >= 400 ? this.#untold : [];
    this.#untold = [];
    for (const { tell, error } of untold) {
      // What fails with a 5xx tells its status itself.
      if (status < 500 || !this.#failsWith(error)) attempt(tell);
    }
  }

  what(): string {
    const { method = '', url, request } = this;
    // Without a framework there are no routes, and all addresses would be one issue.
    const isPlain = this.mechanism === 'http' && !(OF_NEXT in request);
    const path = isPlain && url !== undefined ? routeLike(url) : undefined;
    return `${method} ${this.route() ?? path ?? 'without a route'}`.trim();
  }

  isLogged(error: unknown, level: Level, project: string): boolean {
    return this.toldErrors.has(error, level, project);
  }

  kinOf(error: unknown, project: string): Kin | undefined {
    const kin = this.toldErrors.kinOf(error, project);
    if (kin !== undefined || !isObject(error)) return kin;
    const isFailing = this.#failsWith(error);
    return (
      this.toldErrors.retoldBy(error, project, isFailing) ??
      (isFailing ? this.toldErrors.copyOf(error, project) : undefined) ??
      this.#companionOf(error, project)
    );
  }

  /** What was told and is one failure with this, since one of the two came from handling the other. */
  #companionOf(error: object, project: string): Kin | undefined {
    const failures = this.failures ?? this.settled ?? [];
    const course = courseOf(failures.filter(({ details }) => details === undefined));
    if (course === undefined) return undefined;
    const { lead, earlier, later } = course;
    const others = [...earlier, ...later].map((each) => each.error);
    const isLead = error === lead.error;
    if (!isLead && !others.includes(error)) return undefined;
    const told = this.toldErrors.oneOf(isLead ? others : [lead.error], project);
    if (told === undefined) return undefined;
    return { error: told, isCause: isLead, ...(!isLead && { words: String(inOneLine(error)) }) };
  }

  boxOf(value: unknown): object | undefined {
    if (!isObject(value)) return this.toldErrors.boxOf(value);
    return this.#failsWith(value) ? value : undefined;
  }

  #failsWith(error: unknown): boolean {
    return [this.failures, this.settled].some((all) => all?.some((each) => each.error === error));
  }

  /** What an event says of it. Without rules, only what may always be said. */
  describe(rules?: DataRules): Context {
    const { method, url } = this;
    const route = this.route();
    const { headersSent } = this.response ?? {};
    const statusCode = this.status;
    const wants = rules?.defaultTags;
    const span = rules && spanIn(headerOf(this.request, 'traceparent'));
    const { tags, metadata } = span ? traced(span, rules) : {};
    return {
      tags: {
        ...(method !== undefined && { request_method: method }),
        ...(route !== undefined && wants?.includes('route') !== false && { route }),
        ...(headersSent === true && wants?.includes('status') === true && { status: statusCode }),
        ...tags,
      },
      metadata: {
        full_path: url,
        url: addressOf(this.request, url),
        request_id: this.requestId(),
        // The status can still change until the head is sent.
        ...(headersSent === true && { status: statusCode }),
        ...metadata,
        ...(rules && requestData(rules, this)),
      },
      ...this.#user(rules),
    };
  }

  /** The pattern of the route, once it is known. */
  route(): string | undefined {
    const { view, request, url } = this;
    const route =
      textIn(attempt(() => view?.route?.())) ??
      attempt(() => expressRoute(request, url, this.#route));
    // A router forgets the route on the way back. The route known at the error still holds.
    if (route !== undefined) this.#route = route;
    return this.#route;
  }

  /** The framework's id, else the id that the request came with, else a new one. */
  requestId(): string {
    const own = attempt(() => this.view?.id?.()) ?? read(this.request, 'id');
    // Not remembered, since a middleware may still set another id.
    if (typeof own === 'number' || typeof own === 'bigint') return String(own);
    const chosen = textIn(own) ?? headerId(this.request);
    if (chosen !== undefined) return chosen;
    this.#requestId ??= randomUUID();
    return this.#requestId;
  }

  /** What a parser has made of the body. */
  body(): unknown {
    return attempt(() => this.view?.body?.()) ?? read(this.request, 'body');
  }

  #user(rules: DataRules | undefined): Context {
    const { request, view } = this;
    const places = attempt(() => view?.users?.()) ?? [];
    const all = [...places, read(request, 'user'), read(request, 'auth')];
    for (const place of all) {
      const user = attempt(() => userIn(place, rules?.sendDefaultPii === true));
      if (user !== undefined) return { user };
    }
    return {};
  }
}

function headerId(request: RawRequest): string | undefined {
  return headerOf(request, 'x-request-id') ?? spanIn(headerOf(request, 'traceparent'))?.traceId;
}

/** The whole address. A proxy in front names the protocol in a header, or nobody knows it. */
function addressOf(request: RawRequest, path?: string): string | undefined {
  const host = headerOf(request, ':authority') ?? headerOf(request, 'host');
  if (host === undefined || path?.startsWith('/') !== true) return undefined;
  const isSafe =
    headerOf(request, 'x-forwarded-proto')?.startsWith('https') ??
    readAt(request, 'socket', 'encrypted');
  return `http${isSafe ? 's' : ''}://${host}${path}`;
}

function headerOf(request: RawRequest, name: string): string | undefined {
  return textIn(readAt(request, 'headers', name));
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, ID) : undefined;
}
