import type { RequestConfig } from '../options/requests.ts';
import type { Client } from './client.ts';
import type { ProcessState } from './state.ts';

/** Whether there is no client to report to and nothing to wait for. */
export function isAlone({ clients, standby, workers }: ProcessState): boolean {
  return clients.size === 0 && standby === undefined && !workers.isExpected;
}

/**
 * The clients that report what no logger is told: that of `init`, or else one for each project that
 * has a logger here.
 */
export function reportersOf(state: ProcessState): readonly Client[] {
  return state.client === undefined ? openClients(state) : [state.client];
}

/**
 * The first client of each project, if it wants the report. The client of pino's side counts only
 * if its project has no other.
 */
export function openClients(
  { clients, standby }: ProcessState,
  isWanted: (config: RequestConfig) => boolean = () => true,
): readonly Client[] {
  const projects = new Map<string, Client>();
  for (const client of clients) {
    // A client that closes takes no new events.
    if (client.isOpen && !projects.has(client.project)) projects.set(client.project, client);
  }
  const wanted = [...projects.values()].filter(({ config }) => isWanted(config.request));
  if (standby === undefined || projects.has(standby.project)) return wanted;
  const client = isWanted(standby.request) ? standby.client() : undefined;
  return client === undefined ? wanted : [...wanted, client];
}
