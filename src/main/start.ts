import { Client } from './client.ts';
import type { ProcessState } from './state.ts';
import type { InitConfig } from '../options.ts';

/**
 * Makes the process-wide client anew, or none without an API key. What the old one still had is sent
 * in the background.
 */
export function startClient(config: InitConfig, state: ProcessState): void {
  const { apiKey } = config;
  const previous = state.client;
  state.client = apiKey === undefined ? undefined : new Client({ ...config, apiKey }, state);
  state.isDecided = true;
  void previous?.close();
}
