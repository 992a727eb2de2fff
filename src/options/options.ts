import type { ConsoleOptions } from './console.ts';
import type { RequestOptions } from './requests.ts';
import type { DefaultTag } from '../default-tags.ts';
import type { Transport } from '../transport.ts';
import type { Level } from '../event/level.ts';
import type { Breadcrumb, ErrsightEvent } from '../event/event.ts';
import type { EventHint, Ignored } from '../event/record.ts';

/** A level as people write it in options. */
export type LevelName = Level | 'trace' | 'warn' | 'critical';

/**
 * Sees each event before it leaves and may change it, replace it, or return null to drop it. The
 * result is scrubbed and bounded once more. It must be synchronous, since nothing asynchronous runs
 * after a crash. If it returns a promise, a line on stderr says so at the first event.
 */
export type BeforeSend = (event: ErrsightEvent, hint: EventHint) => ErrsightEvent | null;

/** The share of events like this one that is sent, 0 to 1. */
export type SampleRate = (event: Readonly<ErrsightEvent>, hint: EventHint) => number;

/**
 * Sees each breadcrumb when it is recorded. Returns it, changed or not, or null to leave it out.
 */
export type BeforeBreadcrumb = (breadcrumb: Breadcrumb) => Breadcrumb | null;

/** Options that every entry takes. All times are milliseconds. */
export interface Options {
  /**
   * The project's write key (`elp_…`). Without one nothing is done: no thread is started, and no
   * socket is opened. Default: the environment variable `ERRSIGHT_API_KEY`.
   */
  readonly apiKey?: string | undefined;
  /**
   * Where the application runs. Default: `ERRSIGHT_ENV`, else what the platform says, else `NODE_ENV`,
   * else `"production"`. At most 200 characters.
   */
  readonly environment?: string | undefined;
  /** Where ErrSight is. Default: `ERRSIGHT_HOST`, else `https://errsight.com`. */
  readonly host?: string | undefined;
  /**
   * The version that is running, or false for none. Default: `ERRSIGHT_RELEASE`, else what the
   * platform says, else the commit that is checked out, else the name and version in package.json.
   * At most 120 characters.
   */
  readonly release?: string | false | undefined;
  /** A log line from this level on is an event. Default: `"warning"`. */
  readonly minLevel?: LevelName | undefined;
  /** A log line from this level on, and below `minLevel`, is a breadcrumb. Default: `"info"`. */
  readonly breadcrumbLevel?: LevelName | undefined;
  /** How many waiting events are sent without waiting for `flushInterval`. 1 to 100, default 10. */
  readonly batchSize?: number | undefined;
  /** ms that an event waits at most, so that others can go with it. Default 2,000. */
  readonly flushInterval?: number | undefined;
  /** Events that wait in memory at most. Default 10,000. */
  readonly maxQueueSize?: number | undefined;
  /** Bytes that wait in memory at most. Default 32 MiB. */
  readonly maxQueueBytes?: number | undefined;
  /** ms for one request, from connecting to the end of its answer. Default 5,000. */
  readonly timeout?: number | undefined;
  /**
   * ms that the end of the process waits for delivery at most. Default 5,000. In pino's worker no
   * more than 8,000 are used, since pino kills its worker at 10,000.
   */
  readonly shutdownTimeout?: number | undefined;
  /**
   * The share of events that is sent, 0 to 1, or a function that returns it for each event. Default
   * 1.
   */
  readonly sampleRate?: number | SampleRate | undefined;
  /**
   * Events that are not sent. A string is looked for in "Class: message", and a RegExp is tried on
   * it. A class stands for its errors. A function returns true for an event to leave out. Default:
   * none.
   */
  readonly ignoreErrors?: readonly Ignored[] | undefined;
  /**
   * See `BeforeSend`. If it throws, the event is dropped and counted, since it may be your
   * scrubber.
   */
  readonly beforeSend?: BeforeSend | undefined;
  /** Send the event unchanged if `beforeSend` throws. Default false. */
  readonly beforeSendFailOpen?: boolean | undefined;
  /** See `BeforeBreadcrumb`. */
  readonly beforeBreadcrumb?: BeforeBreadcrumb | undefined;
  /** Breadcrumbs on an event. 0 to 50, since ErrSight keeps 50. Default 50. */
  readonly maxBreadcrumbs?: number | undefined;
  /**
   * The tags that events have by themselves. Your own tags of these names win. False for none, or a
   * list of the ones to keep. Default true: all of them.
   */
  readonly defaultTags?: boolean | readonly DefaultTag[] | undefined;
  /**
   * Files whose frames count as the application's, although they would not otherwise. A string is a
   * part of the path with `/` separators, e.g. `"node_modules/@acme/"`. Default: none.
   */
  readonly inAppInclude?: readonly (string | RegExp)[] | undefined;
  /** Files whose frames do not count as the application's. Default: none. */
  readonly inAppExclude?: readonly (string | RegExp)[] | undefined;
  /**
   * The folder that file names are relative to. Source lines are read from it alone. Default: the
   * nearest folder with a package.json, upwards from the working directory.
   */
  readonly projectRoot?: string | undefined;
  /** Send the source lines around the application's frames. Default true. */
  readonly sourceContext?: boolean | undefined;
  /**
   * Show the frames of built files as frames of their sources (`dist/app.js` as `src/app.ts`), if
   * there is a source map beside or inside the file. Maps of up to 8 MiB under `projectRoot` are
   * used. Default true.
   */
  readonly sourceMaps?: boolean | undefined;
  /**
   * Your own sender in place of ErrSight's API, for example a queue that a fleet shares. It is a
   * function, or a module (a path, a `file:` URL, a package) that exports one as `transport` or as
   * its default. Only a module has time for what is left when the process exits. See `Transport`.
   */
  readonly transport?: Transport | string | undefined;
  /**
   * Write events to the disk until they have arrived, so that neither `kill -9` nor an outage at
   * the end loses any. A later process of the same application sends what is left. The value is a
   * folder, or true to find one; `debug` says which. It keeps 64 MiB at most, and events for 30
   * days. Nobody else can read it. Default: `ERRSIGHT_SPOOL_DIR`, else false.
   */
  readonly spool?: boolean | string | undefined;
  /**
   * More names of secrets. If a key contains one, in upper or lower case, its value never leaves.
   */
  readonly scrubKeys?: readonly string[] | undefined;
  /**
   * Your own secrets, by what they look like, for example `/\bCUST-\d{8}\b/`. What a pattern
   * matches in any text never leaves. A pattern sees 4,000 characters of a text at once. If it
   * repeats what repeats itself, as `/(a+)+$/` does, it is refused at start, since it may never
   * end. Default: none.
   */
  readonly scrubPatterns?: readonly RegExp[] | undefined;
  /** Send the IP addresses that requests and headers carry. Default false. */
  readonly sendDefaultPii?: boolean | undefined;
  /**
   * The proxy for all requests, e.g. `"http://user:password@proxy:3128"`, or false for none. Default:
   * what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say at the start.
   */
  readonly proxy?: string | false | undefined;
  /**
   * Certificates to trust besides those that Node trusts. It is their PEM text, or the path of a
   * PEM file, which is read at the start. Default: none.
   */
  readonly ca?: string | undefined;
  /** Don't warn of an `http:` host that is another machine. Default false. */
  readonly allowInsecureTransport?: boolean | undefined;
  /** False is like having no API key. Default true. */
  readonly enabled?: boolean | undefined;
  /** Print what happens to stderr. Default: `ERRSIGHT_DEBUG`, else false. */
  readonly debug?: boolean | undefined;
}

/** What is watched on the application's main thread without a call of yours. */
export interface TrackOptions {
  /**
   * Give each request of an HTTP server a scope of its own, with its method, path and id. Default true.
   */
  readonly requestScopes?: boolean | undefined;
  /**
   * Keep requests that are made with `node:http`, `node:https`, `fetch` and undici as breadcrumbs.
   * Default true.
   */
  readonly httpBreadcrumbs?: boolean | undefined;
  /**
   * Keep the commands of ioredis (5.11 and later) and node-redis (5.12 and later) as breadcrumbs,
   * by their names only. Default false, since it changes what ioredis does: if nobody handles the
   * promise of a failed command, the process no longer ends because of it.
   */
  readonly redisBreadcrumbs?: boolean | undefined;
  /**
   * Keep the queries of mysql2 (3.20 and later) as breadcrumbs, without their values. Default
   * false, since it changes what mysql2 does: if a failed query has neither a callback nor a
   * listener, the process no longer ends because of it.
   */
  readonly mysqlBreadcrumbs?: boolean | undefined;
  /**
   * Keep the queries of pg as breadcrumbs, in versions that have a diagnostics channel. 8.23 has
   * none, and needs `watchPool`. Default false, since a client may behave differently while anybody
   * listens.
   */
  readonly pgBreadcrumbs?: boolean | undefined;
}

/** The errors for which `localVariables` pauses the application. */
export type PausingError = 'uncaught' | 'repeats';

/** The options of `init` and of the loggers on the main thread. Some can only work there. */
export interface InitOptions extends Options, TrackOptions, RequestOptions, ConsoleOptions {
  /** Report uncaught errors and unhandled rejections as `fatal`, once for each project. Default true. */
  readonly captureUncaught?: boolean | undefined;
  /**
   * Read the local variables of the application's functions where an error is thrown. A thread with
   * a debugger pauses the application for that. `uncaught` does so for errors that nobody catches.
   * `repeats` does so for one error an hour of each issue that repeats. True is `["uncaught"]`.
   * Default false.
   */
  readonly localVariables?: boolean | readonly PausingError[] | undefined;
  /** Give messages without an error the stack of the call. Default false. */
  readonly attachStacktrace?: boolean | undefined;
}
