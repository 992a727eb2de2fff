import type { OptionReader } from './reader.ts';

/** What is seen of the console. The other methods end up in one of these. */
export type ConsoleMethod = 'debug' | 'log' | 'info' | 'warn' | 'error';

/** @internal */
export const CONSOLE_METHODS: readonly ConsoleMethod[] = ['debug', 'log', 'info', 'warn', 'error'];

/** What becomes of what is written to the console. */
export interface ConsoleOptions {
  /**
   * Remember what is written with `console.log` and the like as breadcrumbs, from `breadcrumbLevel` on.
   * Default true.
   */
  readonly consoleBreadcrumbs?: boolean | undefined;
  /**
   * Also make events of what is written with these methods, as `['error']`, whatever `minLevel` says:
   * `true` for `error` alone. Default: none.
   */
  readonly captureConsole?: boolean | readonly ConsoleMethod[] | undefined;
}

/** @internal */
export interface ConsoleConfig {
  readonly steps: boolean;
  readonly events: readonly ConsoleMethod[];
}

/** @internal @throws {OptionError} naming the option. */
export function readConsoleOptions(reader: OptionReader): ConsoleConfig {
  return {
    steps: reader.boolean('consoleBreadcrumbs', true),
    events: reader.someOf('captureConsole', CONSOLE_METHODS, { byTrue: ['error'], byDefault: [] }),
  };
}
