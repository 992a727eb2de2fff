import { CA, PROXY, readCa, resolveProxy } from './way.ts';
import { OptionReader, type Environment } from './reader.ts';
import { readConsoleOptions } from './console.ts';
import { environmentOf, saidByPlatform } from './platforms.ts';
import { HOST_VARIABLE, KEY_VARIABLE, tellProblems, type Tell } from './problems.ts';
import { readRequestOptions } from './requests.ts';
import {
  API_KEY,
  ENVIRONMENT,
  folder,
  HOST,
  NESTED_KEY,
  RELEASE,
  shortText,
} from './text-rules.ts';
import { DEFAULT_TAGS } from '../default-tags.ts';
import { recorder, RECORDING_KEY } from '../recorder.ts';
import { createReporter } from '../lib/report.ts';
import type { Config, InitConfig, TargetConfig, TrackConfig } from './config.ts';
import type { BeforeBreadcrumb, BeforeSend, PausingError } from './options.ts';
import type { Transport } from '../transport.ts';

function onStderr(problem: string): void {
  createReporter({ debug: false, apiKey: undefined }).warn(problem);
}

/**
 * Checks the options that every entry takes, and fills in the environment's values and the
 * defaults. A wrong environment variable is told, and counts as not set.
 *
 * @throws {OptionError} that names the option, what was expected, and what came.
 */
export function resolveOptions(
  options: unknown,
  env: Environment = process.env,
  tell: Tell = onStderr,
): Config {
  return resolveShared(new OptionReader(options, env), env, tell);
}

/** The same for `init`. */
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
    localVariables: readPausing(reader),
    attachStacktrace: reader.boolean('attachStacktrace', false),
  };
  return { ...resolveShared(reader, env, tell), ...own };
}

/**
 * The same for the target in pino's worker, before it starts. The worker tells what is wrong,
 * unless there will be no worker.
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
    localVariables: readPausing(reader),
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

const PAUSING: readonly PausingError[] = ['uncaught', 'repeats'];

function readPausing(read: OptionReader): readonly PausingError[] {
  return read.someOf('localVariables', PAUSING, { byTrue: ['uncaught'], byDefault: [] });
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

/** Whether the options go to a worker. A function can't. */
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
  // Events for a server of your own must not go to another one.
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
    read.misnamed('ERRSIGHT_ENVIRONMENT', 'ERRSIGHT_ENV');
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
