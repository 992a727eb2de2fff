import type { OptionReader } from './reader.ts';

/**
 * The methods of the console that are watched. The others call one of these. `console.trace`, which
 * calls `error`, counts as `debug`: it says where the program is, and not that it failed.
 */
export type ConsoleMethod = 'debug' | 'log' | 'info' | 'warn' | 'error';

/** @internal */
export const CONSOLE_METHODS: readonly ConsoleMethod[] = ['debug', 'log', 'info', 'warn', 'error'];

/** What becomes of what is written to the console. */
export interface ConsoleOptions {
  /**
   * Keep what is written with `console.log` and the other methods as breadcrumbs, from
   * `breadcrumbLevel` on. Default true.
   */
  readonly consoleBreadcrumbs?: boolean | undefined;
  /**
   * Also make events of what is written with these methods, for example `['error']`, whatever
   * `minLevel` says. `true` means `error` alone. Default: none.
   */
  readonly captureConsole?: boolean | readonly ConsoleMethod[] | undefined;
}

/** @internal */
export interface ConsoleConfig {
  readonly steps: boolean;
  readonly events: readonly ConsoleMethod[];
}

/** @internal @throws {OptionError} that names the option. */
export function readConsoleOptions(reader: OptionReader): ConsoleConfig {
  return {
    steps: reader.boolean('consoleBreadcrumbs', true),
    events: reader.someOf('captureConsole', CONSOLE_METHODS, { byTrue: ['error'], byDefault: [] }),
  };
}
