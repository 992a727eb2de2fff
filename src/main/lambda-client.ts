import { createReporter } from '../lib/report.ts';
import { describe } from '../event/error/one-line.ts';
import { resolveInitOptions } from '../options/resolve.ts';
import { streamOptions } from '../stream-options.ts';
import { NO_WATCHES } from './no-watches.ts';
import { createClient } from './start.ts';
import { reportersOf } from './reporters.ts';
import type { InitConfig } from '../options/config.ts';
import type { Client } from './client.ts';
import type { ProcessState } from './state.ts';

/** The clients that report what a handler throws. If there are none, one is made for it. */
export function handlerReporters(state: ProcessState): readonly Client[] {
  const known = reportersOf(state);
  if (known.length > 0) return known;
  const config = ownConfig(state);
  const made = config === undefined ? undefined : createClient(config, state, 'wrapHandler');
  return made === undefined ? [] : [made];
}

/** Whether a client can be made. */
export function canReport(state: ProcessState): boolean {
  return ownConfig(state) !== undefined;
}

/** The config that the last options gave. */
let read:
  { readonly options: object | undefined; readonly config: InitConfig | undefined } | undefined;

/**
 * The config from the options of pino's stream, or else from the environment. Undefined if `init`
 * was called: it has decided that there is no client.
 */
function ownConfig(state: ProcessState): InitConfig | undefined {
  if (state.isDecided) return undefined;
  const options = streamOptions();
  if (read === undefined || read.options !== options) read = { options, config: configOf(options) };
  return read.config;
}

function configOf(options: object | undefined): InitConfig | undefined {
  try {
    const config = resolveInitOptions(options ?? {});
    if (config.apiKey === undefined) return undefined;
    return {
      ...config,
      track: NO_WATCHES,
      console: { steps: false, events: [] },
      captureUncaught: false,
      localVariables: [],
      attachStacktrace: false,
    };
  } catch (error) {
    createReporter({ debug: false, apiKey: undefined }).warn(
      `an error is not reported: ${describe(error)}`,
    );
    return undefined;
  }
}
