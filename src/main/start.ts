import { loadClient } from '../late.cts';
import type { Client } from './client.ts';
import type { ProcessState } from './state.ts';
import type { Stats } from '../stats.ts';
import type { InitConfig } from '../options/config.ts';

/** A client with these options. Undefined without an API key. */
export function createClient(
  config: InitConfig,
  state: ProcessState,
  door?: string,
): Client | undefined {
  const { apiKey } = config;
  if (apiKey === undefined) return undefined;
  const { Client: Loaded } = loadClient();
  return new Loaded({ ...config, apiKey }, state, door);
}

/**
 * Replaces the process-wide client, with none if there is no API key. The events of the old one are
 * sent in the background.
 */
export function startClient(config: InitConfig, state: ProcessState, door?: string): void {
  const previous = state.client;
  state.config = config;
  state.client = createClient(config, state, door);
  state.ended = undefined;
  state.isDecided = true;
  void previous?.close();
}

/** Ends the process-wide client. Its stats can still be read. */
export async function closeClient(
  client: Client,
  state: ProcessState,
  timeout: number | undefined,
): Promise<boolean> {
  const ended = (): Stats => client.pipeline.stats();
  state.ended = ended;
  const arrived = await client.close(timeout);
  const last = ended();
  // Only the numbers are kept, not the client.
  if (state.ended === ended) state.ended = () => last;
  return arrived;
}
