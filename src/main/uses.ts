/**
 * The parts of the direct API that an application calls as it is set up, if at all. What they do is loaded with the
 * first call of each.
 */
import { loadUses } from '../late.cts';
import type { ScopeJson } from './scope.ts';

/** Options of `wrapHandler`. */
export interface HandlerOptions {
  /**
   * The most ms that an invocation waits at its end for its events to arrive. It waits less if it
   * has less time left. 0 to 900,000, default 2,000.
   */
  readonly flushTimeout?: number | undefined;
  /**
   * ms before the invocation's time limit at which a warning is sent, with the trail so far. Lambda
   * kills an invocation at its limit, and nothing can be reported then. If the invocation has less
   * time in all, the warning comes at half of it. 0 for none, up to 900,000; default 500.
   */
  readonly timeoutWarning?: number | undefined;
  /**
   * Send the event that the handler was given, as `lambda_event` of the metadata: scrubbed, and 4 KB at
   * most. Default false.
   */
  readonly includeEvent?: boolean | undefined;
}

/** What Next says of the request. */
export interface NextRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What Next says of the place where it failed. */
export interface NextErrorContext {
  readonly routerKind: string;
  readonly routePath: string;
  readonly routeType: string;
  readonly renderSource?: string | undefined;
  readonly revalidateReason?: string | undefined;
  readonly renderType?: string | undefined;
}

/**
 * Wraps an AWS Lambda handler. It reports the handler's errors. It ends when everything captured or
 * logged in the invocation has arrived, or when `flushTimeout` is over, since Lambda freezes the
 * process after that. It works with each of our loggers, with or without `init`. An invocation in
 * which nothing was captured or logged does not wait, even if earlier events are stuck. With the
 * bare `errsight/pino` this thread does not see the lines, so it asks the worker, for some 20 ms.
 *
 * Each invocation has a scope of its own, with the request id, the function's name and version,
 * whether it was a cold start, the ms that are left, and what called it. If the handler throws,
 * rejects or calls back with an error, that is reported as `error` and passed on unchanged. `this`,
 * arguments and results stay the same. It takes async handlers and handlers with a callback. A
 * handler that throws at once rejects instead, since nothing can wait in between. Handlers with
 * response streaming are called unchanged. A logger may also be made in the invocation itself.
 *
 * @throws {OptionError} for an option that cannot work, and for a handler that is no function.
 */
export function wrapHandler<H extends (...args: never[]) => unknown>(
  handler: H,
  options?: HandlerOptions,
): H {
  return loadUses().wrapHandler(handler, options);
}

/**
 * Wraps the handler of a job. Each job runs in the scope of its publisher, and its failure is
 * reported. It is for `new Worker(…)` of BullMQ, `queue.process(…)` of Bull, `boss.work(…)` of
 * pg-boss, `agenda.define(…)` of Agenda, or any function.
 *
 * `queue` is its name, or an object with one. Events have the tags `queue`, `job` and `attempt`
 * (`2 of 3`). A failure that will be tried again is a `warning`, and the last one an `error`. It is an
 * `error` too if the library does not say which it is: pg-boss says it with `includeMetadata`. A
 * listener of the queue that logs the failure makes no second event.
 *
 * The publisher's scope is what `scopeForJob()` made, under `errsight` of the job's data. A batch
 * of several jobs gets no publisher's scope. `this`, arguments, results and what is thrown stay as
 * they are.
 *
 * @throws {OptionError} for a queue without a name, and for a handler that is no function.
 */
export function wrapJob<H extends (...args: never[]) => unknown>(
  queue: string | { readonly name: string },
  handler: H,
): H {
  return loadUses().wrapJob(queue, handler);
}

/**
 * The current scope for a job: user, tags, metadata, fingerprint, level, what `addBreadcrumb`
 * added, and the id and path of the request. Put it under `errsight` of the job's data, from where
 * `wrapJob` takes it. It is JSON of 16 KB at most, with secrets taken out as in an event. If it is
 * larger, the oldest breadcrumbs are left out first, then the largest metadata. Never throws.
 */
export function scopeForJob(): ScopeJson {
  return loadUses().scopeForJob();
}

/**
 * Remembers the queries of knex, for any database, as breadcrumbs: their SQL with `?` in place of
 * every value. Returns a function that ends it. A second call with an instance changes nothing.
 *
 * @throws {OptionError} for a value that is no instance of knex.
 */
export function watchKnex(knex: object): () => void {
  return loadUses().watchKnex(knex);
}

/**
 * Remembers the commands of a `MongoClient` of the package `mongodb` as breadcrumbs: their names
 * with the collection, never a filter or a document. The client needs its option
 * `monitorCommands: true`, since it reports no command without it. Returns a function that ends it. A second call
 * with a client changes nothing.
 *
 * @throws {OptionError} for a value that is no client, or for a client without that option.
 */
export function watchMongo(client: object): () => void {
  return loadUses().watchMongo(client);
}

/**
 * Remembers the queries of a pool of pg as breadcrumbs, also those within transactions: their SQL
 * with `?` in place of every value. A single `Client` may be given as well. Each client from the
 * pool gets a `query` of its own, which does the same as before; the pool's methods stay. Returns a
 * function that ends it. A second call with a pool changes nothing.
 *
 * @throws {OptionError} for a value that is neither a pool nor a client.
 */
export function watchPool(pool: object): () => void {
  return loadUses().watchPool(pool);
}

/**
 * Remembers the queries of a `PrismaClient` as breadcrumbs: their SQL with `?` in place of every
 * value. The client needs `log: [{ emit: 'event', level: 'query' }]`, since it reports no query
 * without it. Before version 7 the engine calls back outside of any request, so its queries belong
 * to the process and to no request. Returns a function that ends it. A second call with a client
 * changes nothing.
 *
 * @throws {OptionError} for a value that is no client.
 */
export function watchPrisma(client: object): () => void {
  return loadUses().watchPrisma(client);
}

/**
 * Next calls it with each error of a page, a route handler or a server action. Write
 * `export const onRequestError = captureRequestError` in `instrumentation.ts`. Never throws.
 */
export function captureRequestError(
  error: unknown,
  request: NextRequest,
  context: NextErrorContext,
): void {
  loadUses().captureRequestError(error, request, context);
}
