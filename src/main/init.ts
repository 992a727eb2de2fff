import { resolveInitOptions } from '../options/resolve.ts';
import { startClient } from './start.ts';
import { processState } from './state.ts';
import type { InitOptions } from '../options/options.ts';

/** What `init` does. It is loaded with the first call, with all that checks options. */
export function start(options: InitOptions): void {
  startClient(resolveInitOptions(options), processState());
}
