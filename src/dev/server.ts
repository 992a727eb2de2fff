import { once } from 'node:events';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { refuse } from './access.ts';
import { BadDays } from './bad-days.ts';
import { isPreflight, withCors } from './cors.ts';
import type { Intercept, LocalErrsight, LocalErrsightOptions, RequestLog } from './local.ts';

import { railsAnswer, send, type Answer } from './answer.ts';
import {
  countEvents,
  ingest,
  MAX_BODY_BYTES,
  PAUSED,
  TOO_LARGE,
  type Ingesting,
} from './ingest.ts';
import { PageServer } from './page-server.ts';
import { RateLimit } from './rate-limit.ts';
import { routeRead } from './read-api.ts';
import type { SilentLoss } from './silent.ts';
import type { RequestRow, Status } from './shapes.ts';
import { Store, type Issue, type StoredEvent } from './store.ts';
import { isOurHost } from './visitors.ts';

export type { Intercept, LocalErrsight, LocalErrsightOptions, RequestLog } from './local.ts';
export type { SilentLoss } from './silent.ts';

/**
 * The write key a local ErrSight accepts unless told otherwise. Everyone knows it, so it is no
 * secret.
 */
export const DEV_WRITE_KEY: string = 'elp_' + '0'.repeat(48);
/** The read key a local ErrSight accepts unless told otherwise. */
export const DEV_READ_KEY: string = 'elr_' + '0'.repeat(48);

/** How many requests and silent losses are kept. The oldest go first. */
const MAX_LOG = 10_000;
/** How long `waitForEvents` waits unless told otherwise, in milliseconds. */
const DEFAULT_WAIT_MS = 240_000;
/** How many reasons are kept for each request why its events were not stored. */
const MAX_LOST = 5;
/** Requests that the page shows. */
const SHOWN_REQUESTS = 40;
/** Starts a local ErrSight on 127.0.0.1, or on the address that it is told. Rejects when the port is taken. */
export async function startServer(options: LocalErrsightOptions = {}): Promise<LocalErrsight> {
  const local = new LocalServer(options);
  await local.listen(options.port ?? 0, options.host);
  return local;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Waiter {
  readonly count: number;
  readonly settle: (error?: Error) => void;
}

class LocalServer implements LocalErrsight {
  url = '';
  port = 0;
  paused = false;
  revoked = false;
  organizationDiscarded = false;
  intercept: Intercept | undefined;
  readonly #options: LocalErrsightOptions;
  readonly #server: Server;
  readonly #store: Store;
  readonly #rateLimit: RateLimit;
  readonly #badDays: BadDays;
  readonly #page: PageServer;
  readonly #now: () => number;
  #requests: Mutable<RequestLog>[] = [];
  #silent: SilentLoss[] = [];
  #waiters: readonly Waiter[] = [];
  #lastRequest = 0;
  #closed: Promise<void> | undefined;

  constructor(options: LocalErrsightOptions) {
    this.#options = options;
    this.#store = new Store(options.maxEvents, options.maxBytes);
    this.#rateLimit = new RateLimit(options.rateLimitPerMinute ?? 0, options.windowMs);
    this.#now = options.now ?? Date.now;
    this.intercept = options.intercept;
    this.#badDays = new BadDays(() => this.#page.changed());
    this.#page = new PageServer({
      store: this.#store,
      badDays: this.#badDays,
      status: () => this.#status(),
      requests: () => this.#requests.slice(-SHOWN_REQUESTS).map(requestRow),
      working: () => this.#ingesting(),
    });
    this.#store.onChange = () => this.#page.changed();
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // An injected fault or this server has a defect. It is printed, since tests build on it.
        send(response, { status: 500, body: { error: `local ErrSight: ${String(error)}` } });
      });
    });
  }

  get events(): readonly StoredEvent[] {
    return this.#store.events;
  }

  get issues(): readonly Issue[] {
    return this.#store.issues;
  }

  get requests(): readonly RequestLog[] {
    return this.#requests;
  }

  get silent(): readonly SilentLoss[] {
    return this.#silent;
  }

  get total(): number {
    return this.#store.total;
  }

  get forgotten(): number {
    return this.#store.forgotten;
  }

  get rateLimitPerMinute(): number {
    return this.#rateLimit.limit;
  }

  set rateLimitPerMinute(limit: number) {
    this.#rateLimit.limit = limit;
  }

  async listen(port: number, host = '127.0.0.1'): Promise<void> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
    this.url = `http://${reachable(host)}:${this.port}`;
  }

  resolve(fingerprint: string): void {
    this.#store.resolve(fingerprint);
  }

  waitForEvents(
    count: number,
    timeoutMs: number = DEFAULT_WAIT_MS,
  ): Promise<readonly StoredEvent[]> {
    if (this.total >= count) return Promise.resolve(this.events);
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer);
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        if (error === undefined) resolve(this.events);
        else reject(error);
      };
      const waiter: Waiter = { count, settle };
      const timer = setTimeout(() => {
        settle(new Error(`no ${count} events within ${timeoutMs} ms: ${this.#arrived()}`));
      }, timeoutMs);
      this.#waiters = [...this.#waiters, waiter];
    });
  }

  reset(): void {
    this.#store.clear();
    this.#rateLimit.reset();
    this.#requests = [];
    this.#silent = [];
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#badDays.end();
      this.#page.close();
      // Its only error says that the server was not running, which is fine.
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
      for (const waiter of this.#waiters) {
        waiter.settle(new Error(`closed while waiting for ${waiter.count} events`));
      }
    });
    return this.#closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOurHost(request, this.#options.hostNames ?? [])) {
      send(response, railsAnswer(403, request.headers.accept));
      this.#options.onStranger?.(request.headers.host ?? '');
      return;
    }
    const url = urlOf(request);
    if (await this.#page.serves(request, response, url)) return;
    const log = this.#log(request);
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
    let body: Buffer = Buffer.alloc(0);
    if (!isTooLarge) {
      try {
        body = await readBody(request, log);
      } catch {
        return; // The client went away before all of its request was here.
      }
      log.events = countEvents(body);
    }
    if (await this.#isIntercepted(response, body, log)) return;
    if (this.#isBadDay(url, request, response, log)) return;
    const answer = this.#answer(request, url, body, isTooLarge, log);
    const { queued, error } = answer.body ?? {};
    log.status = answer.status;
    log.queued = typeof queued === 'number' ? queued : undefined;
    if (answer.status >= 400) {
      log.error = typeof error === 'string' ? error : STATUS_CODES[answer.status];
    }
    this.#options.onRequest?.(log);
    this.#page.changed();
    send(response, withCors(answer, request));
  }

  /** Whether a bad day makes the API fail, or give no answer at all. */
  #isBadDay(
    { pathname }: URL,
    { headers }: IncomingMessage,
    response: ServerResponse,
    log: Mutable<RequestLog>,
  ): boolean {
    if (!pathname.startsWith('/api/') || !this.#badDays.answers(response, headers.accept)) {
      return false;
    }
    if (response.headersSent) {
      log.status = response.statusCode;
      log.error = STATUS_CODES[log.status];
      this.#options.onRequest?.(log);
    } else {
      log.error = 'no answer';
    }
    this.#page.changed();
    return true;
  }

  #answer(
    request: IncomingMessage,
    url: URL,
    body: Buffer,
    isTooLarge: boolean,
    log: Mutable<RequestLog>,
  ): Answer {
    const { method = '', headers } = request;
    const path = url.pathname.replace(/(?<=.)\/+$/, '');
    const access = {
      writeKeys: this.#options.writeKeys ?? [DEV_WRITE_KEY],
      readKeys: this.#options.readKeys ?? [DEV_READ_KEY],
      revoked: this.revoked || this.#badDays.is('key'),
      organizationDiscarded: this.organizationDiscarded,
      anyKey: this.#options.anyKey ?? false,
    };
    if (isPreflight(request, path)) return { status: 200 };
    if (method === 'POST' && /^\/api\/v1\/events(?:\.json)?$/.test(path)) {
      const refused = refuse(headers, 'write', access);
      if (refused !== undefined) return refused;
      if (isTooLarge) return TOO_LARGE;
      if (this.#isPaused()) return PAUSED;
      return ingest({ headers, body }, this.#ingesting(log));
    }
    if (method === 'GET' || method === 'HEAD') {
      const read = routeRead(path);
      if (read !== undefined) {
        return refuse(headers, 'read', access) ?? read(url.searchParams, this.#store);
      }
    }
    return railsAnswer(404, headers.accept);
  }

  #isPaused(): boolean {
    return this.paused || this.#badDays.is('pause');
  }

  /** @param log of the request that brings the events, if it was one */
  #ingesting(log?: Mutable<RequestLog>): Ingesting {
    return {
      rateLimit: this.#badDays.limit ?? this.#rateLimit,
      store: this.#store,
      now: this.#now,
      isPaused: () => this.#isPaused(),
      onQueued: (count) => this.#options.onQueued?.(count),
      onLoss: (loss) => {
        keep(this.#silent, loss);
        const isLost = loss.rule === 'dropped_event' || loss.rule === 'lost_batch';
        if (isLost && log !== undefined && log.lost.length < MAX_LOST)
          log.lost = [...log.lost, `${loss.path} ${loss.detail}`];
        this.#options.onLoss?.(loss);
      },
      onEvent: (event, issue) => {
        this.#options.onEvent?.(event, issue);
        for (const waiter of this.#waiters) if (this.total >= waiter.count) waiter.settle();
      },
    };
  }

  async #isIntercepted(
    response: ServerResponse,
    body: Buffer,
    log: Mutable<RequestLog>,
  ): Promise<boolean> {
    if (this.intercept === undefined) return false;
    const { method, path: url, headers, events } = log;
    const note = (): void => {
      if (response.headersSent) log.status = response.statusCode;
    };
    response.once('close', note);
    const isAnswered = await this.intercept({ method, url, headers, body, events }, response);
    note();
    return isAnswered;
  }

  #status(): Status {
    return {
      host: this.url,
      root: process.cwd(),
      writeKey: this.#options.writeKeys?.[0] ?? DEV_WRITE_KEY,
      total: this.#store.total,
      forgotten: this.#store.forgotten,
      now: this.#now(),
      badDay: this.#badDays.current,
    };
  }

  #log(request: IncomingMessage): Mutable<RequestLog> {
    const log: Mutable<RequestLog> = {
      number: ++this.#lastRequest,
      time: this.#now(),
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      remotePort: request.socket.remotePort ?? 0,
      bytes: 0,
      events: undefined,
      status: 0,
      queued: undefined,
      error: undefined,
      lost: [],
    };
    keep(this.#requests, log);
    return log;
  }

  #arrived(): string {
    const events = this.events.map((event) => `[${event.level}] ${event.message}`);
    const answers = this.#requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
    return `${this.total} arrived ${JSON.stringify(events)} in ${JSON.stringify(answers)}`;
  }
}

/** The address of a request. It leads nowhere if it is invalid. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const path = `/${url.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\/+/, '')}`;
  return new URL(`http://127.0.0.1${path}`);
}

function requestRow(log: RequestLog): RequestRow {
  const { number, time, method, path, status, events, bytes, error, lost } = log;
  return { number, time, method, path: path.slice(0, 200), status, events, bytes, error, lost };
}

/**
 * The address at which this machine reaches the server. The one that stands for all addresses can't
 * be used.
 */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Reads a body to its end, keeping only what is needed to see that it is too large. */
async function readBody(request: IncomingMessage, log: Mutable<RequestLog>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (log.bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    log.bytes += chunk.length;
  }
  return Buffer.concat(chunks);
}

/** Adds to a list that holds the newest `MAX_LOG` items. */
function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > MAX_LOG) list.shift();
}
