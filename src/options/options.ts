import { URL } from 'node:url';
import { statSync } from 'node:fs';
import { CA, PROXY, readCa, resolveProxy } from './way.ts';
import { NOTHING, OptionReader, trimVariable, type Environment, type TextRule } from './reader.ts';
import { readConsoleOptions, type ConsoleConfig, type ConsoleOptions } from './console.ts';
import { environmentOf, saidByPlatform } from './platforms.ts';
import { readRequestOptions, type RequestConfig, type RequestOptions } from './requests.ts';
import { DEFAULT_TAGS, type DefaultTag } from '../default-tags.ts';
import { recorder, RECORDING_KEY } from '../recorder.ts';
import { createReporter } from '../lib/report.ts';
import { attempt } from '../lib/safe-read.ts';
import type { Transport } from '../transport.ts';
import type { Level } from '../event/level.ts';
import type { Breadcrumb, ErrsightEvent } from '../event/event.ts';
import type { EventHint, Ignored } from '../event/record.ts';

/** A level as people write it in options. */
export type LevelName = Level | 'trace' | 'warn' | 'critical';

/**
 * Sees each event before it leaves and may change it, replace it, or return null to drop it. What it
 * leaves is scrubbed and bounded once more. Synchronous: on a crash there is no later. One that returns a
 * promise is told of at its first event.
 */
export type BeforeSend = (event: ErrsightEvent, hint: EventHint) => ErrsightEvent | null;

/** The share of events like this one that is sent, 0 to 1. */
export type SampleRate = (event: Readonly<ErrsightEvent>, hint: EventHint) => number;

/** Sees each breadcrumb as it is recorded; returns it, changed or not, or null to leave it out. */
export type BeforeBreadcrumb = (breadcrumb: Breadcrumb) => Breadcrumb | null;

/** Options that every entry takes. All times are milliseconds. */
export interface Options {
  /**
   * The project's write key (`elp_…`). Without one everything is a no-op that starts no thread and
   * opens no socket. Default: the environment variable `ERRSIGHT_API_KEY`.
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
   * The version that is running, or false for none. Default: `ERRSIGHT_RELEASE`, else what the platform
   * says, else the commit that is checked out, else name and version of the package.json. At most 120
   * characters.
   */
  readonly release?: string | false | undefined;
  /** From here on a log line is an event. Default: `"warning"`. */
  readonly minLevel?: LevelName | undefined;
  /** From here on, below `minLevel`, a log line is a breadcrumb. Default: `"info"`. */
  readonly breadcrumbLevel?: LevelName | undefined;
  /** Events that are sent without waiting for `flushInterval`. 1 to 100, default 10. */
  readonly batchSize?: number | undefined;
  /** ms that an event waits for others at most. Default 2,000. */
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
  /** The share of events that is sent, 0 to 1, or a function that says it of each. Default 1. */
  readonly sampleRate?: number | SampleRate | undefined;
  /**
   * Events that are not sent: a string is looked for in "Class: message", a RegExp is tried on it, an
   * error is an instance of a class, or a function returns true. Default: none.
   */
  readonly ignoreErrors?: readonly Ignored[] | undefined;
  /** See `BeforeSend`. When it throws, the event is dropped and counted, since it may be your scrubber. */
  readonly beforeSend?: BeforeSend | undefined;
  /** Send the event unchanged when `beforeSend` throws. Default false. */
  readonly beforeSendFailOpen?: boolean | undefined;
  /** See `BeforeBreadcrumb`. */
  readonly beforeBreadcrumb?: BeforeBreadcrumb | undefined;
  /** Breadcrumbs on an event. 0 to 50, which is what ErrSight keeps; default 50. */
  readonly maxBreadcrumbs?: number | undefined;
  /**
   * The tags that events have by themselves; your own tags of these names win. False for none, or a
   * list of those to keep. Default true, which is all of them.
   */
  readonly defaultTags?: boolean | readonly DefaultTag[] | undefined;
  /**
   * Files whose frames count as the application's although they would not: a string is a part of
   * the path with `/` separators, e.g. `"node_modules/@acme/"`. Default: none.
   */
  readonly inAppInclude?: readonly (string | RegExp)[] | undefined;
  /** Files whose frames do not count as the application's. Default: none. */
  readonly inAppExclude?: readonly (string | RegExp)[] | undefined;
  /**
   * The folder that file names are relative to, and the only one from which source lines are read.
   * Default: the nearest folder with a package.json, upwards from the working directory.
   */
  readonly projectRoot?: string | undefined;
  /** Send the source lines around the application's frames. Default true. */
  readonly sourceContext?: boolean | undefined;
  /**
   * Show the frames of built files as those of the sources that a source map beside or inside them
   * leads to (`dist/app.js` as `src/app.ts`). Maps of up to 8 MiB under `projectRoot` are used.
   * Default true.
   */
  readonly sourceMaps?: boolean | undefined;
  /**
   * Your own sender in place of ErrSight's API, say a queue that a whole fleet shares: a function, or
   * a module (a path, a `file:` URL, a package) that exports one as `transport` or as its default.
   * Only a module has time for what is left when the process exits. See `Transport`.
   */
  readonly transport?: Transport | string | undefined;
  /**
   * Write events to the disk until they have arrived, so that neither `kill -9` nor an outage at the
   * end loses any: a later process of the same application sends what is left to the same server, also
   * with another key. A folder, or true for the first of these that can be written to: `STATE_DIRECTORY`,
   * `XDG_STATE_HOME`, `~/.local/state` (on Windows `LOCALAPPDATA`), the system's for temporary files;
   * `debug` says which. All processes together keep 64 MiB there at most, and events for 30 days;
   * nobody else can read it.
   * Default: `ERRSIGHT_SPOOL_DIR`, else false.
   */
  readonly spool?: boolean | string | undefined;
  /** More names of secrets: the value of a key that contains one, in any case, never leaves. */
  readonly scrubKeys?: readonly string[] | undefined;
  /**
   * Your own secrets, by what they look like: what one of these matches in any text that is sent never
   * leaves, as `/\bCUST-\d{8}\b/`. Each sees 4,000 characters of a text at once. One that repeats what
   * repeats itself, as `/(a+)+$/`, is refused at start: it may never end. Default: none.
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
   * Certificates that are trusted besides those that Node trusts: their PEM text, or the path of a
   * PEM file, which is read at the start. Default: none.
   */
  readonly ca?: string | undefined;
  /** No warning about an `http:` host that is not this machine. Default false. */
  readonly allowInsecureTransport?: boolean | undefined;
  /** Default true; false is like having no API key. */
  readonly enabled?: boolean | undefined;
  /** Print what happens to stderr. Default: `ERRSIGHT_DEBUG`, else false. */
  readonly debug?: boolean | undefined;
}

/** What is seen of the application by itself, on its main thread. */
export interface TrackOptions {
  /**
   * Give each request of an HTTP server a scope of its own, with its method, path and id. Default true.
   */
  readonly requestScopes?: boolean | undefined;
  /**
   * Remember the requests that are made with `node:http`, `node:https`, `fetch` and undici as
   * breadcrumbs. Default true.
   */
  readonly httpBreadcrumbs?: boolean | undefined;
  /**
   * The same for the commands of ioredis (5.11 and later) and node-redis (5.12 and later): their names
   * only. Default false, since ioredis, while it tells of its commands, takes the failure of one whose
   * promise nobody handles for handled: what would have ended the process goes unnoticed.
   */
  readonly redisBreadcrumbs?: boolean | undefined;
  /**
   * The same for the queries of mysql2 (3.20 and later), without their values. Default false, since
   * mysql2 does the same with the failure of a query that has neither a callback nor a listener.
   */
  readonly mysqlBreadcrumbs?: boolean | undefined;
  /**
   * The same for the queries of pg, in versions that have a diagnostics channel: 8.23 has none, and needs
   * `watchPool`. Default false, since what clients do while anybody listens is theirs to say.
   */
  readonly pgBreadcrumbs?: boolean | undefined;
}

/** The errors for which `localVariables` pauses the application. */
export type PausingError = 'uncaught' | 'repeats';

const PAUSING: readonly PausingError[] = ['uncaught', 'repeats'];

/** The options of `init` and of the loggers on the main thread: what only there can be done comes on top. */
export interface InitOptions extends Options, TrackOptions, RequestOptions, ConsoleOptions {
  /** Report uncaught errors and unhandled rejections as `fatal`, once for each project. Default true. */
  readonly captureUncaught?: boolean | undefined;
  /**
   * Read the local variables of the application's functions where an error is thrown. A thread with a
   * debugger pauses the application for that. `uncaught`: of errors that nobody catches. `repeats`:
   * also of one error of an issue that repeats, each hour. True is `["uncaught"]`. Default false.
   */
  readonly localVariables?: boolean | readonly PausingError[] | undefined;
  /** Give messages without an error the stack of the call. Default false. */
  readonly attachStacktrace?: boolean | undefined;
}

/** @internal Options after validation: complete, and of one form. */
export interface Config {
  readonly apiKey: string | undefined;
  readonly environment: string;
  /** Where that comes from, in words. */
  readonly environmentBy: string;
  readonly host: string;
  /** False for none; undefined where it is to be found in the files of the project. */
  readonly release: string | false | undefined;
  readonly releaseBy: string | undefined;
  readonly minLevel: Level;
  readonly breadcrumbLevel: Level;
  readonly batchSize: number;
  readonly flushInterval: number;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly timeout: number;
  readonly shutdownTimeout: number;
  readonly sampleRate: number | SampleRate;
  readonly ignoreErrors: readonly Ignored[];
  readonly beforeSend: BeforeSend | undefined;
  readonly beforeSendFailOpen: boolean;
  readonly beforeBreadcrumb: BeforeBreadcrumb | undefined;
  readonly maxBreadcrumbs: number;
  readonly defaultTags: readonly DefaultTag[];
  readonly inAppInclude: readonly (string | RegExp)[];
  readonly inAppExclude: readonly (string | RegExp)[];
  readonly projectRoot: string | undefined;
  readonly sourceContext: boolean;
  readonly sourceMaps: boolean;
  readonly transport: Transport | string | undefined;
  readonly spool: boolean | string;
  readonly scrubKeys: readonly string[];
  readonly scrubPatterns: readonly RegExp[];
  readonly sendDefaultPii: boolean;
  /** A URL, the environment and its exceptions considered; may hold a password. */
  readonly proxy: string | undefined;
  /** What is wrong with the environment's proxy; nothing can then be sent. */
  readonly proxyFault: string | undefined;
  /** Certificates as PEM. */
  readonly ca: string | undefined;
  readonly allowInsecureTransport: boolean;
  readonly debug: boolean;
}

/** @internal */
export type TrackConfig = Readonly<Required<Record<keyof TrackOptions, boolean>>>;

/** @internal */
export interface InitConfig extends Config {
  readonly track: TrackConfig;
  readonly console: ConsoleConfig;
  readonly request: RequestConfig;
  readonly captureUncaught: boolean;
  readonly localVariables: readonly PausingError[];
  readonly attachStacktrace: boolean;
}

/** @internal The target's, as the thread that logs sees them. */
export interface TargetConfig extends Config {
  readonly track: TrackConfig;
  readonly console: ConsoleConfig;
  readonly request: RequestConfig;
  readonly nestedKey: string | undefined;
  readonly captureUncaught: boolean;
  readonly localVariables: readonly PausingError[];
  /** The modules of the hooks. */
  readonly breadcrumbHook: string | undefined;
  readonly sendHook: string | undefined;
}

/** Hears what is wrong, and does not keep the application from starting. */
type Tell = (problem: string) => void;

function onStderr(problem: string): void {
  createReporter({ debug: false, apiKey: undefined }).warn(problem);
}

/**
 * @internal
 * Checks the options that every entry takes and fills in the environment's and the defaults. What the
 * environment says wrongly is told, and counts as not set.
 *
 * @throws {OptionError} naming the option, what was expected and what came.
 */
export function resolveOptions(
  options: unknown,
  env: Environment = process.env,
  tell: Tell = onStderr,
): Config {
  return resolveShared(new OptionReader(options, env), env, tell);
}

/** @internal The same for `init`. */
export function resolveInitOptions(
  options: unknown,
  env: Environment = process.env,
  tell: Tell = onStderr,
): InitConfig {
  const reader = new OptionReader(options, env);
  const own = {
    track: readTracked(reader),
    console: readConsoleOptions(reader),
    request: readRequestOptions(reader),
    captureUncaught: reader.boolean('captureUncaught', true),
    localVariables: reader.someOf('localVariables', PAUSING, {
      byTrue: ['uncaught'],
      byDefault: [],
    }),
    attachStacktrace: reader.boolean('attachStacktrace', false),
  };
  return { ...resolveShared(reader, env, tell), ...own };
}

/**
 * @internal
 * The same for the target in pino's worker, before it starts. What is wrong is for the worker to tell, but
 * where there will be none.
 */
export function resolveTargetOptions(
  options: unknown,
  env: Environment = process.env,
  tell: Tell = onStderr,
): TargetConfig {
  const reader = new OptionReader(options, env);
  const own = {
    track: readTracked(reader),
    console: readConsoleOptions(reader),
    request: readRequestOptions(reader),
    nestedKey: reader.plainText('nestedKey', NESTED_KEY),
    captureUncaught: reader.boolean('captureUncaught', true),
    localVariables: reader.someOf('localVariables', PAUSING, {
      byTrue: ['uncaught'],
      byDefault: [],
    }),
    breadcrumbHook: reader.module('beforeBreadcrumb'),
    sendHook: reader.module('beforeSend'),
  };
  reader.module('transport');
  const rest = reader.without(['beforeSend', 'beforeBreadcrumb']);
  let problem: string | undefined;
  const shared = resolveShared(rest, env, (said) => (problem = said), FOR_WORKER);
  if (problem !== undefined && shared.apiKey === undefined) tell(problem);
  return { ...shared, ...own };
}

function readTracked(read: OptionReader): TrackConfig {
  return {
    requestScopes: read.boolean('requestScopes', true),
    httpBreadcrumbs: read.boolean('httpBreadcrumbs', true),
    redisBreadcrumbs: read.boolean('redisBreadcrumbs', false),
    mysqlBreadcrumbs: read.boolean('mysqlBreadcrumbs', false),
    pgBreadcrumbs: read.boolean('pgBreadcrumbs', false),
  };
}

/** Whether the options go to a worker, where no function can go. */
const FOR_WORKER = true;

function resolveShared(
  read: OptionReader,
  env: Environment,
  tell: Tell,
  isForWorker = false,
): Config {
  const enabled = read.boolean('enabled', true);
  const apiKey = read.text('apiKey', KEY_VARIABLE, API_KEY);
  const host = read.text('host', HOST_VARIABLE, HOST) ?? 'https://errsight.com';
  // Events of whoever has a server of their own are not for another one.
  const isOff = !enabled || read.faults.has(HOST_VARIABLE);
  const config: Config = {
    apiKey: (isOff ? undefined : apiKey) ?? (recorder() && RECORDING_KEY),
    ...readEnvironment(read, env),
    host,
    ...readRelease(read, env),
    minLevel: read.level('minLevel', 'warning'),
    breadcrumbLevel: read.level('breadcrumbLevel', 'info'),
    batchSize: read.integer('batchSize', 10, 1, 100),
    flushInterval: read.integer('flushInterval', 2_000, 0, 3_600_000),
    maxQueueSize: read.integer('maxQueueSize', 10_000, 1, 1_000_000),
    maxQueueBytes: read.integer('maxQueueBytes', 32 * 1_048_576, 1_048_576, 4 * 1_073_741_824),
    timeout: read.integer('timeout', 5_000, 1, 600_000),
    shutdownTimeout: read.integer('shutdownTimeout', 5_000, 0, 600_000),
    sampleRate: isForWorker
      ? read.share('sampleRate', 1)
      : (read.shareOf('sampleRate', 1) as Config['sampleRate']),
    ignoreErrors: isForWorker ? read.patterns('ignoreErrors') : read.ignored('ignoreErrors'),
    beforeSend: read.function('beforeSend') as BeforeSend | undefined,
    beforeSendFailOpen: read.boolean('beforeSendFailOpen', false),
    beforeBreadcrumb: read.function('beforeBreadcrumb') as BeforeBreadcrumb | undefined,
    maxBreadcrumbs: read.integer('maxBreadcrumbs', 50, 0, 50),
    defaultTags: read.someOf('defaultTags', DEFAULT_TAGS, {
      byTrue: DEFAULT_TAGS,
      byDefault: DEFAULT_TAGS,
    }),
    inAppInclude: read.patterns('inAppInclude'),
    inAppExclude: read.patterns('inAppExclude'),
    projectRoot: read.text('projectRoot', undefined, shortText(4_096)),
    sourceContext: read.boolean('sourceContext', true),
    sourceMaps: read.boolean('sourceMaps', true),
    transport: read.functionOrModule('transport') as Transport | string | undefined,
    spool: read.place('spool', 'ERRSIGHT_SPOOL_DIR', folder(4_096)),
    scrubKeys: read.texts('scrubKeys'),
    scrubPatterns: read.regExps('scrubPatterns'),
    sendDefaultPii: read.boolean('sendDefaultPii', false),
    ...resolveProxy(read.textOrFalse('proxy', PROXY), host, env),
    ca: readCa(read.plainText('ca', CA)),
    allowInsecureTransport: read.boolean('allowInsecureTransport', false),
    debug: read.boolean('debug', read.flag('ERRSIGHT_DEBUG')),
  };
  read.refuseUnknown();
  if (enabled) tellProblems(read, config, tell);
  return config;
}

function readEnvironment(
  read: OptionReader,
  env: Environment,
): Pick<Config, 'environment' | 'environmentBy'> {
  const said = read.text('environment', 'ERRSIGHT_ENV', shortText(ENVIRONMENT));
  if (said === undefined) {
    const { value, by } = environmentOf(env, ENVIRONMENT);
    return { environment: value, environmentBy: by };
  }
  const environmentBy = read.says('environment') ? BY_OPTION : '`ERRSIGHT_ENV`';
  return { environment: said, environmentBy };
}

function readRelease(read: OptionReader, env: Environment): Pick<Config, 'release' | 'releaseBy'> {
  const said = read.textOrNone('release', 'ERRSIGHT_RELEASE', shortText(RELEASE));
  if (said === undefined) {
    const { value, by } = saidByPlatform('release', env, RELEASE) ?? {};
    return { release: value, releaseBy: by };
  }
  return { release: said, releaseBy: read.says('release') ? BY_OPTION : '`ERRSIGHT_RELEASE`' };
}

const BY_OPTION = 'the option';

/** Characters of each; ErrSight keeps 120 of a release. */
const ENVIRONMENT = 200;
/** @internal */
export const RELEASE = 120;

const KEY_VARIABLE = 'ERRSIGHT_API_KEY';
const HOST_VARIABLE = 'ERRSIGHT_HOST';

/** In one line, since all of it is found at once. Who has no key is not told of anything else. */
function tellProblems({ faults }: OptionReader, config: Config, tell: Tell): void {
  const { apiKey, projectRoot } = config;
  const isOff = faults.has(KEY_VARIABLE) || faults.has(HOST_VARIABLE);
  if (apiKey === undefined && !isOff) return;
  const problems = [...faults.values()];
  if (apiKey !== undefined && !KEY.test(apiKey)) {
    problems.push(
      `the API key has ${apiKey.length} characters and not the form of a key, which is \`elp_\` and 48 ` +
        'digits or letters from a to f',
    );
  }
  if (projectRoot !== undefined && !isFolder(projectRoot)) {
    problems.push(`\`projectRoot\` is no folder here, got \`${projectRoot}\``);
  }
  if (problems.length === 0) return;
  const end = isOff ? '; nothing is reported' : '';
  tell(`the settings are wrong: ${problems.join('; ')}${end}`);
}

/** A write key as ErrSight makes it. */
const KEY = /^elp_[0-9a-f]{48}$/;

const API_KEY: TextRule = {
  expected: 'an ErrSight write key (`elp_…`, not a read key `elr_…`)',
  // The server decides which keys are good; this refuses only what can never be one: a read key,
  // and what an HTTP header cannot carry.
  test: (text) =>
    /^[\u0021-\u007e]{1,200}$/.test(text) && !text.startsWith('elr_') && !NOTHING.has(text),
  tidy: trimVariable,
  secret: () => true,
};

const HOST: TextRule = {
  expected: 'an http: or https: URL without user, query and fragment',
  // Not shown where it holds a password.
  secret: (text) => text.includes('@'),
  tidy: (text) => trimVariable(text).replace(ENDPOINT, ''),
  test: (text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    const plain =
      url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    return plain && (url.protocol === 'https:' || url.protocol === 'http:');
  },
};

const NESTED_KEY: TextRule = { expected: 'a string', test: () => true };

function folder(max: number): TextRule {
  return { ...shortText(max), expected: `a folder's path of 1 to ${max} characters` };
}

function shortText(max: number): TextRule {
  return {
    expected: `a text of 1 to ${max} characters`,
    test: (text) => text.trim() !== '' && text.length <= max,
  };
}

/** What people copy with a host: the path of the API, and slashes. A path before it is the server's own. */
const ENDPOINT = /(?:\/+api\/+v1(?:\/+events)?)?\/*$/i;

function isFolder(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false })?.isDirectory()) === true;
}
