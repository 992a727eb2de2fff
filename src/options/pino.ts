import type { Options, TrackOptions } from './options.ts';
import type { ConsoleOptions } from './console.ts';
import type { RequestOptions } from './requests.ts';

/** Options of `errsight/pino` as a stream on the thread that makes it. */
export interface PinoStreamOptions extends Options {
  /** The `nestedKey` that pino itself was given. Default: none. `withErrsight` knows it. */
  readonly nestedKey?: string | undefined;
}

/**
 * Options of the target: `pino.transport<PinoTransportOptions>({ target: 'errsight/pino', options })`.
 * Functions cannot cross into pino's worker, so hooks are modules.
 */
export interface PinoTransportOptions extends Omit<
  PinoStreamOptions,
  'beforeSend' | 'beforeBreadcrumb' | 'transport' | 'sampleRate' | 'ignoreErrors'
> {
  /** The share of events that is sent, 0 to 1. Default 1. */
  readonly sampleRate?: number | undefined;
  /**
   * Strings and RegExps, since no class and no function can cross into the worker. See
   * `Options.ignoreErrors`.
   */
  readonly ignoreErrors?: readonly (string | RegExp)[] | undefined;
  /**
   * A module (a path, relative to the working directory, a `file:` URL, or a package) that exports
   * the function as `beforeSend` or as its default. See `BeforeSend`.
   */
  readonly beforeSend?: string | undefined;
  /**
   * A module that exports the function as `beforeBreadcrumb` or as its default. See
   * `BeforeBreadcrumb`.
   */
  readonly beforeBreadcrumb?: string | undefined;
  /** A module that exports the function as `transport` or as its default. See `Transport`. */
  readonly transport?: string | undefined;
}

/** Options of `withErrsight`: those of the target, and those that only the main thread can obey. */
export interface WithErrsightOptions
  extends PinoTransportOptions, TrackOptions, RequestOptions, ConsoleOptions {
  /**
   * Report uncaught errors and unhandled rejections as `fatal`, from the thread that logs. Default
   * true. If `init` was called for the same project, its own option holds instead.
   */
  readonly captureUncaught?: boolean | undefined;
}
