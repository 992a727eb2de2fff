/**
 * The direct API: the process-wide client of the main thread. Loggers reach ErrSight through entries
 * of their own; this is for what no logger sees.
 */
import { traceOf } from './main/call-trace.ts';
import { startClient } from './main/start.ts';
import { nameOurs } from './lib/own-name.ts';
import { flushAll, processState } from './main/state.ts';
import { resolveInitOptions } from './options/resolve.ts';
import type { InitOptions, LevelName } from './options/options.ts';
import { levelFromName } from './event/level.ts';
import { isoTime } from './lib/time.ts';
import { isObject, read } from './lib/safe-read.ts';
import { emptyStats, type Stats } from './stats.ts';
import type { ErrsightEvent, User } from './event/event.ts';
import type { BreadcrumbInput, CallTrace, Context, LogRecord, TagValue } from './event/record.ts';
import type { Relayed } from './relayed.ts';
import type { Scope } from './main/scope.ts';

export { OptionError } from './options/reader.ts';
export { withErrsight } from './main/pino/options.ts';
export type {
  PinoStreamOptions,
  PinoTransportOptions,
  WithErrsightOptions,
} from './options/pino.ts';
export type { Breadcrumb, Cause, ErrsightEvent, Frame, Metadata, User } from './event/event.ts';
export type {
  BreadcrumbInput,
  Context,
  EventHint,
  EventRecord,
  Ignored,
  TagValue,
} from './event/record.ts';
export type { Level } from './event/level.ts';
export type { ConsoleMethod, ConsoleOptions } from './options/console.ts';
export type { DefaultTag } from './default-tags.ts';
export type {
  BeforeBreadcrumb,
  BeforeSend,
  SampleRate,
  InitOptions,
  LevelName,
  Options,
  PausingError,
} from './options/options.ts';
export type { Outcome, Transport, TransportRequest } from './transport.ts';
export type { DeliveryMessage } from './diagnostics.ts';
export type { Relayed } from './relayed.ts';
export type { DropReason, Stats } from './stats.ts';
export { Scope, type ScopeJson } from './main/scope.ts';
export { wrapHandler, type HandlerOptions } from './main/lambda.ts';
export { wrapJob } from './main/jobs.ts';
export { watchKnex } from './main/watch/knex.ts';
export { watchMongo } from './main/watch/mongo.ts';
export { watchPool } from './main/watch/pg.ts';
export { watchPrisma } from './main/watch/prisma.ts';
export { scopeForJob } from './main/job-scope.ts';
export { captureErrors } from './main/requests/capture-errors.ts';
export {
  captureRequestError,
  type NextErrorContext,
  type NextRequest,
} from './main/requests/next.ts';
export type { RequestDataOptions, RequestOptions } from './options/requests.ts';

// From here on the threads that start can be seen.
processState().workers.watch();

/** An event in the caller's own words. */
export interface EventInput extends Context {
  /** What happened. Where there is an `error`, its own message is the event's. */
  readonly message?: string | undefined;
  /** What was thrown, if anything was. */
  readonly error?: unknown;
  /** When it happened. Default: now. */
  readonly timestamp?: Date | number | undefined;
}

/**
 * Starts reporting. Called again, it replaces the client; what the old one still had is sent in the
 * background. Without an API key (option or `ERRSIGHT_API_KEY`) everything stays a no-op.
 *
 * @throws {OptionError} for an option that cannot work, naming it.
 */
export function init(options: InitOptions = {}): void {
  startClient(resolveInitOptions(options), processState());
}

/**
 * Reports anything that can be thrown. Returns the event's id, or undefined when nothing will be
 * sent (no client, sampled out, ignored, dropped by `beforeSend`). Never throws.
 */
export function captureException(error: unknown, context?: Context): string | undefined {
  const trace = (): CallTrace => traceOf(captureException);
  const mechanism = 'captureException';
  return capture({ level: 'error', thrown: { value: error }, mechanism, trace }, context);
}

/**
 * Reports a message, whatever `minLevel` says: it was asked for. Default level: `"info"`. Returns
 * as `captureException` does. Never throws.
 */
export function captureMessage(
  message: string,
  level: LevelName = 'info',
  context?: Context,
): string | undefined {
  const known = typeof level === 'string' ? levelFromName(level) : undefined;
  const said = { level: known ?? 'info', message, mechanism: 'captureMessage' };
  return capture({ ...said, ...traceOfMessage(captureMessage) }, context);
}

/**
 * Reports an event in the caller's own words. Default level: `"error"` with an `error`, else
 * `"info"`. Returns as `captureException` does. Never throws.
 */
export function captureEvent(event: EventInput): string | undefined {
  if (!isObject(event)) return undefined;
  // Read one by one: an object with getters that throw is reported as far as it can be read.
  const [message, error, timestamp] = ['message', 'error', 'timestamp'].map((key) =>
    read(event, key),
  );
  const time = Date.parse(isoTime(timestamp, Date.now()));
  const mechanism = 'captureEvent';
  const said = { time, mechanism, ...(message !== undefined && { message: message as string }) };
  // Who passes null on has no error, as in a log line: `captureException(null)` is for one.
  return error === undefined || error === null
    ? capture({ level: 'info', ...said, ...traceOfMessage(captureEvent) }, event)
    : capture(
        { level: 'error', ...said, thrown: { value: error }, trace: () => traceOf(captureEvent) },
        event,
      );
}

/**
 * Calls `callback` with a scope of its own, which holds for everything it does, asynchronously too.
 * What it sets there is gone afterwards. Returns what `callback` returns. With a `Scope`, such as
 * `Scope.from` makes, what is set in that one holds from the beginning.
 */
export function withScope<T>(callback: (scope: Scope) => T): T;
export function withScope<T>(scope: Scope, callback: (scope: Scope) => T): T;
export function withScope<T>(
  ...given: [callback: (scope: Scope) => T] | [scope: Scope, callback: (scope: Scope) => T]
): T {
  const { scopes } = processState();
  if (given.length === 1) return scopes.run(given[0]);
  const [scope, callback] = given;
  return scopes.run(callback, scope);
}

nameOurs(withScope);

/** The scope that holds here: the innermost `withScope`'s, else the process's own. */
export function getScope(): Scope {
  return processState().scopes.current();
}

/**
 * Who is using the application, in the current scope; null for nobody. Once there has been a request,
 * the process's own scope takes nobody any more, since every later request would have that user: where
 * requests have no scope of their own, call it within `withScope`.
 */
export function setUser(user: User | null): void {
  getScope().setUser(user);
}

/** Sets a tag in the current scope; null or undefined removes it. */
export function setTag(key: string, value: TagValue): void {
  getScope().setTag(key, value);
}

/** Sets tags in the current scope. */
export function setTags(tags: Readonly<Record<string, TagValue>>): void {
  getScope().setTags(tags);
}

/**
 * Adds a step to the trail of the current scope; log lines and what else is recorded by itself never
 * push it out. Without a client or a logger of ours it does nothing.
 */
export function addBreadcrumb(breadcrumb: BreadcrumbInput): void {
  const { client, makers, scopes } = processState();
  const maker = client?.pipeline ?? makers[0];
  const crumb = maker?.breadcrumb(breadcrumb);
  if (maker !== undefined && crumb !== undefined) scopes.current().add(crumb, maker);
}

/**
 * Waits until everything captured or logged up to now has arrived, at most `timeout` ms (default:
 * `shutdownTimeout`, without a client 5,000), whichever logger it came by and in whichever thread.
 * True if it has; false if something was lost or is still waiting. Never rejects.
 *
 * pino's workers are asked with and without `init` or `withErrsight`. One that still starts is waited
 * for, and so is one that is busy: a worker that answers late is late, not dead, and the next flush
 * asks it again. Given up is only one whose thread has ended, or that was silent for a minute. A
 * process in which pino has no transport does not wait.
 *
 * One case is left to a guess: pino made its transport before this package was loaded, and its worker
 * says nothing for a second. Then it counts as one without ErrSight.
 */
export function flush(timeout?: number): Promise<boolean> {
  return flushAll(timeout);
}

/** The same, and then what `init` started stops reporting until the next one. */
export async function close(timeout?: number): Promise<boolean> {
  const state = processState();
  const { client } = state;
  state.client = undefined;
  if (state.clients.size === 0) return state.workers.flush(timeout);
  const others = [...state.clients].filter((each) => each !== client);
  const all = others.map((each) => each.flush(timeout));
  if (client !== undefined) all.push(client.close(timeout));
  return (await Promise.all(all)).every(Boolean);
}

/**
 * Sends on events that this package has made elsewhere: an array of them, or the bytes that a
 * `Transport` was given. For the one process that takes the events of others from a queue.
 *
 * Whoever wrote the bytes is not trusted: each event is made anew, bounded and scrubbed, with this
 * client's `scrubKeys`; what is no event is dropped as `invalid`. An event keeps its id, time,
 * environment and release. `sampleRate`, `ignoreErrors` and `beforeSend` are not asked: they had
 * their say where it was made.
 *
 * Resolves with what became of exactly these events (see `Relayed`), after `timeout` ms at the latest
 * (default: `shutdownTimeout`; Infinity waits for 24.8 days). Never throws, never rejects. Without
 * `init` it is `pending`.
 */
export async function relay(
  events: Uint8Array | readonly ErrsightEvent[],
  timeout?: number,
): Promise<Relayed> {
  const { client } = processState();
  if (client === undefined) return 'pending';
  return client.pipeline.relay(events, timeout ?? client.config.shutdownTimeout);
}

/** What became of the events captured on this thread since `init`. */
export function stats(): Stats {
  return processState().client?.pipeline.stats() ?? emptyStats();
}

/** Where a message comes from, if that is wanted: the line that called `api`. */
function traceOfMessage(api: (...args: never[]) => unknown): Pick<LogRecord, 'trace'> {
  const isWanted = processState().client?.config.attachStacktrace === true;
  return isWanted ? { trace: () => traceOf(api) } : {};
}

function capture(
  given: Pick<LogRecord, 'level'> & Partial<LogRecord>,
  context: Context | undefined,
): string | undefined {
  const { client } = processState();
  if (client === undefined) return undefined;
  const record = { time: Date.now(), message: '', fields: {}, ...given };
  return client.capture(record, context);
}
