/**
 * The direct API: the process-wide client of the main thread. Loggers have entries of their own.
 * This one is for what no logger sees.
 */
import { traceOf } from './main/call-trace.ts';
import { loadInit } from './late.cts';
import { closeClient } from './main/start.ts';
import { msOf } from './lib/ms.ts';
import { nameOurs } from './lib/own-name.ts';
import { reportersOf } from './main/reporters.ts';
import { flushAll, processState } from './main/state.ts';
import type { InitOptions, LevelName } from './options/options.ts';
import { levelFromName } from './event/level.ts';
import { isoTime } from './lib/time.ts';
import { isObject, read } from './lib/safe-read.ts';
import { sumOf, type Stats } from './stats.ts';
import type { ErrsightEvent, User } from './event/event.ts';
import type { BreadcrumbInput, CallTrace, Context, LogRecord, TagValue } from './event/record.ts';
import type { Relayed } from './relayed.ts';
import type { Scope } from './main/scope.ts';

export { OptionError } from './options/option-error.ts';
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
export { captureErrors } from './main/requests/capture-errors.ts';
export {
  captureRequestError,
  scopeForJob,
  watchKnex,
  watchMongo,
  watchPool,
  watchPrisma,
  wrapHandler,
  wrapJob,
  type HandlerOptions,
  type NextErrorContext,
  type NextRequest,
} from './main/uses.ts';
export type { RequestDataOptions, RequestOptions } from './options/requests.ts';

// Threads that start from now on can be seen.
processState().workers.watch();

/** An event in the caller's own words. */
export interface EventInput extends Context {
  /** What happened. If there is an `error`, the event has the error's message instead. */
  readonly message?: string | undefined;
  /** What was thrown, if anything was. */
  readonly error?: unknown;
  /** When it happened. Default: now. */
  readonly timestamp?: Date | number | undefined;
}

/**
 * Starts reporting. If it is called again, it replaces the client, and the events of the old one
 * are sent in the background. Without an API key (option or `ERRSIGHT_API_KEY`) nothing is done.
 *
 * @throws {OptionError} for an option that cannot work. The error names it.
 */
export function init(options: InitOptions = {}): void {
  loadInit().start(options);
}

/**
 * Reports anything that can be thrown, without `init` through a logger of ours on this thread.
 * Returns the event's id, or undefined if nothing will be sent: there is neither, or the event was
 * sampled out, ignored, or dropped by `beforeSend`. Never throws.
 */
export function captureException(error: unknown, context?: Context): string | undefined {
  const trace = (): CallTrace => traceOf(captureException);
  const mechanism = 'captureException';
  return capture({ level: 'error', thrown: { value: error }, mechanism, trace }, context);
}

/**
 * Reports a message, whatever `minLevel` says. Default level: `"info"`. Returns what
 * `captureException` returns. Never throws.
 */
export function captureMessage(
  message: string,
  level: LevelName = 'info',
  context?: Context,
): string | undefined {
  const known = typeof level === 'string' ? levelFromName(level) : undefined;
  const trace = (): CallTrace => traceOf(captureMessage);
  return capture({ level: known ?? 'info', message, mechanism: 'captureMessage', trace }, context);
}

/**
 * Reports an event in the caller's own words. Default level: `"error"` with an `error`, else
 * `"info"`. Returns what `captureException` returns. Never throws.
 */
export function captureEvent(event: EventInput): string | undefined {
  if (!isObject(event)) return undefined;
  // The fields are read one by one, since a getter may throw. The others are then reported.
  const [message, error, timestamp] = ['message', 'error', 'timestamp'].map((key) =>
    read(event, key),
  );
  const time = Date.parse(isoTime(timestamp, Date.now()));
  const said = {
    time,
    mechanism: 'captureEvent',
    trace: () => traceOf(captureEvent),
    ...(message !== undefined && { message: message as string }),
  };
  // Null means that there is no error, as in a log line. To report null itself there is
  // `captureException(null)`.
  return error === undefined || error === null
    ? capture({ level: 'info', ...said }, event)
    : capture({ level: 'error', ...said, thrown: { value: error } }, event);
}

/**
 * Calls `callback` with a scope of its own. The scope holds for everything that `callback` does,
 * asynchronous work included, and ends with it. Returns what `callback` returns. If a `Scope` is
 * given, such as `Scope.from` makes, its user, tags and the rest hold from the beginning.
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

/** The scope that holds here: that of the innermost `withScope`, or else the process's own. */
export function getScope(): Scope {
  return processState().scopes.current();
}

/**
 * Sets who is using the application, in the current scope. Null means nobody. After the first
 * request the process's own scope takes no user any more, since every later request would have that
 * user. If requests have no scope of their own, call it within `withScope`.
 */
export function setUser(user: User | null): void {
  getScope().setUser(user);
}

/** Sets a tag in the current scope. Null or undefined removes it. */
export function setTag(key: string, value: TagValue): void {
  getScope().setTag(key, value);
}

/** Sets tags in the current scope. */
export function setTags(tags: Readonly<Record<string, TagValue>>): void {
  getScope().setTags(tags);
}

/**
 * Adds a breadcrumb to the trail of the current scope. Breadcrumbs that are recorded automatically,
 * such as log lines, never push it out. Without a client or a logger of ours it does nothing.
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
 * Resolves with true if all of it has, and with false if something was lost or still waits. Never
 * rejects.
 */
export function flush(timeout?: number): Promise<boolean> {
  return flushAll(timeout);
}

/** Does what `flush` does. Then nothing is captured until the next `init`. */
export async function close(timeout?: number): Promise<boolean> {
  const state = processState();
  const { client } = state;
  state.client = undefined;
  if (client === undefined) state.ended ??= statsOfAll;
  if (state.clients.size === 0) return state.workers.flush(timeout);
  const others = [...state.clients].filter((each) => each !== client);
  const all = others.map((each) => each.flush(timeout));
  if (client !== undefined) all.push(closeClient(client, state, timeout));
  return (await Promise.all(all)).every(Boolean);
}

/**
 * Sends on events that this package has made elsewhere: an array of them, or the bytes that a
 * `Transport` was given. It is for the process that takes the events of others from a queue.
 *
 * The bytes are not trusted: each event is made anew, and scrubbed with this client's `scrubKeys`.
 *
 * Resolves with what became of exactly these events (see `Relayed`), after `timeout` ms at the
 * latest (default: `shutdownTimeout`; Infinity waits for 24.8 days). Never throws, never rejects.
 * Without `init` it is `pending`.
 */
export async function relay(
  events: Uint8Array | readonly ErrsightEvent[],
  timeout?: number,
): Promise<Relayed> {
  const { client } = processState();
  if (client === undefined) return 'pending';
  return client.pipeline.relay(events, msOf(timeout, client.config.shutdownTimeout));
}

/**
 * What became of the events captured on this thread since `init`, also after `close`. Without
 * `init` it counts those of our loggers.
 */
export function stats(): Stats {
  const { client, ended } = processState();
  return client?.pipeline.stats() ?? (ended ?? statsOfAll)();
}

function statsOfAll(): Stats {
  return sumOf([...processState().clients].map(({ pipeline }) => pipeline.stats()));
}

function capture(
  given: Pick<LogRecord, 'level'> & Partial<LogRecord>,
  context: Context | undefined,
): string | undefined {
  const state = processState();
  const { client, isDecided, ended } = state;
  // Whoever has closed reports nothing more, although loggers live on.
  if (client === undefined && (isDecided || ended !== undefined)) return undefined;
  const { trace, ...said } = { time: Date.now(), message: '', fields: {}, ...given };
  const ids = reportersOf(state).map((each) => {
    const isTraced = said.thrown !== undefined || each.config.attachStacktrace;
    return each.capture({ ...said, ...(isTraced && { trace }) }, context);
  });
  return ids.find((id) => id !== undefined);
}
