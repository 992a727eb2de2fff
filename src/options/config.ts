import type { ConsoleConfig } from './console.ts';
import type {
  BeforeBreadcrumb,
  BeforeSend,
  PausingError,
  SampleRate,
  TrackOptions,
} from './options.ts';
import type { RequestConfig } from './requests.ts';
import type { DefaultTag } from '../default-tags.ts';
import type { Transport } from '../transport.ts';
import type { Level } from '../event/level.ts';
import type { Ignored } from '../event/record.ts';

/** Options after validation. They are complete, and each has one form. */
export interface Config {
  readonly apiKey: string | undefined;
  readonly environment: string;
  /** Where the environment comes from, in words. */
  readonly environmentBy: string;
  readonly host: string;
  /** False for none. Undefined if it has to be found in the files of the project. */
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
  /** The URL of the proxy for this host, if there is one. It may hold a password. */
  readonly proxy: string | undefined;
  /** What is wrong with the environment's proxy. If there is something, nothing can be sent. */
  readonly proxyFault: string | undefined;
  /** Certificates in PEM. */
  readonly ca: string | undefined;
  readonly allowInsecureTransport: boolean;
  readonly debug: boolean;
}

/** Options with a key, so that events are sent. */
export type ActiveConfig = Config & { readonly apiKey: string };

/** What is on of `TrackOptions`. */
export type TrackConfig = Readonly<Required<Record<keyof TrackOptions, boolean>>>;

/** The options of `init`. */
export interface InitConfig extends Config {
  readonly track: TrackConfig;
  readonly console: ConsoleConfig;
  readonly request: RequestConfig;
  readonly captureUncaught: boolean;
  readonly localVariables: readonly PausingError[];
  readonly attachStacktrace: boolean;
}

/** The options of the target, as the thread that logs sees them. */
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
